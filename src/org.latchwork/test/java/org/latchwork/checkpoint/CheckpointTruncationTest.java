package org.latchwork.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.latchwork.file.FileTruncatedException;
import org.latchwork.testing.Child;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.NativeThread;
import org.latchwork.testing.ProcessTest;

/** Somebody cuts the file under a mapping. In a child JVM, since a mistake here ends it. */
@ProcessTest
class CheckpointTruncationTest {
    @TempDir
    Path directory;

    @Test
    void everyCallSaysThatTheFileIsTruncated() throws IOException {
        Path file = directory.resolve("file");
        try (Child child = Child.jvm(Victim.class, file)) {
            String truncated = "FileTruncatedException: " + file + ": was truncated to 0 bytes while 4096 bytes of it are mapped; "
                    + "close it and make the file anew";
            for (String call : new String[] {"waiting", "await", "await 0", "wake", "wake 0", "wakeAndAwait"}) {
                assertEquals(call + ": " + truncated, child.line());
            }
            assertEquals("closed", child.line());
            assertEquals(0, child.exit());
        }
        assertEquals(0, Files.size(file), "the file is cut, and nobody has extended it");
    }

    /** The process that has the file mapped. */
    static final class Victim {
        public static void main(String[] arguments) throws IOException {
            Path file = Path.of(arguments[0]);
            try (Checkpoint checkpoint = Checkpoint.init(file)) {
                Duration moment = Duration.ofMillis(20);
                NativeThread<String> waiting = NativeThread.start(() -> tried("waiting", () -> checkpoint.await(0, Duration.ofSeconds(3))));
                long self = ProcessHandle.current().pid();
                Conditions.await("it sleeps", () -> Peer.asleep(self, CheckpointLayout.PATCH, file, 0) == 1);
                try (RandomAccessFile cut = new RandomAccessFile(file.toFile(), "rw")) {
                    cut.setLength(0);
                }
                System.out.println(waiting.result());
                System.out.println(tried("await", () -> checkpoint.await(0, moment)));
                System.out.println(tried("await 0", () -> checkpoint.await(0, Duration.ZERO)));
                System.out.println(tried("wake", () -> checkpoint.wake(0, 1, moment)));
                System.out.println(tried("wake 0", () -> checkpoint.wake(0, 1, Duration.ZERO)));
                System.out.println(tried("wakeAndAwait", () -> checkpoint.wakeAndAwait(0, 1, moment)));
            }
            System.out.println("closed");
        }

        private static String tried(String name, Callable<?> call) {
            try {
                return name + ": " + call.call();
            } catch (FileTruncatedException e) {
                return name + ": " + e.getClass().getSimpleName() + ": " + e.getMessage();
            } catch (Exception e) {
                return name + ": " + e;
            }
        }
    }
}
