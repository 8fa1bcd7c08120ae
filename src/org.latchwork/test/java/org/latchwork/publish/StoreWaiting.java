package org.latchwork.publish;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.latchwork.file.Durability;
import org.latchwork.testing.Child;
import org.latchwork.testing.Conditions;
import org.latchwork.wait.Deadline;
import org.latchwork.wait.WaitOutcome;

/** A store whose names are waited for, by threads of this process or by a child. */
abstract class StoreWaiting {
    static final StoreKey NAME = StoreKey.named("name");
    static final byte[] CONTENT = "content".getBytes(UTF_8);
    /** The thread that reads inotify. */
    static final String WATCHER = "latchwork-inotify";

    @TempDir
    Path directory;
    PublishStore store;

    @BeforeEach
    void open() {
        store = PublishStore.open(directory.resolve("store"));
    }

    @AfterEach
    void close() {
        store.close();
    }

    Path path(String relative) {
        return store.path().resolve(relative);
    }

    /** A thread that waits for a key, in the kernel or with its request at the engine. */
    final class Waiter {
        final StoreKey key;
        final FutureTask<Awaited> task;
        final Thread thread;

        Waiter(boolean virtual, StoreKey key) {
            this(virtual, key, Deadline.NEVER);
        }

        Waiter(boolean virtual, StoreKey key, Deadline deadline) {
            this.key = key;
            this.task = new FutureTask<>((Callable<Awaited>) () -> store.await(key, deadline));
            this.thread = virtual ? Thread.ofVirtual().start(task) : Thread.ofPlatform().daemon().start(task);
        }

        /** It has said on the board that it waits, and is in its wait. */
        Waiter awaitWaiting() {
            Conditions.await(key + " is waited for", () -> (word(key) & 1) == 1 && isBlocked());
            return this;
        }

        boolean isBlocked() {
            String innermost = Stream.of(thread.getStackTrace()).map(StackTraceElement::toString).toList().toString();
            // The store's own gate is the engine's as well, and is passed before the first look: only the wait itself comes after the last one.
            return innermost.contains("engine.") && (innermost.contains("Futex.awaitAny(") || innermost.contains("FutexArray.await("));
        }

        Awaited end() {
            try {
                return task.get(Conditions.HANG.toSeconds(), TimeUnit.SECONDS);
            } catch (Exception e) {
                throw new AssertionError(key + " is still waited for, or the wait failed", e);
            }
        }

        void endsWithFile() {
            Awaited awaited = end();
            assertEquals(WaitOutcome.WOKEN, awaited.outcome());
            assertEquals(key, awaited.file().orElseThrow().key());
            assertEquals(CONTENT.length, awaited.file().orElseThrow().size());
        }
    }

    /** {@return the key's word on the board, 0 where there is no board yet} */
    int word(StoreKey key) {
        try (FileChannel board = FileChannel.open(path(NoticeBoard.FILE), StandardOpenOption.READ)) {
            ByteBuffer word = ByteBuffer.allocate(4).order(ByteOrder.nativeOrder());
            board.read(word, 4L * NoticeBoard.index(key));
            return word.getInt(0);
        } catch (IOException e) {
            return 0;
        }
    }

    /** A publisher has found the waiter on the board; the lowest bit is the waiter's, which may have set it again before its last look. */
    void assertTold(int before) {
        assertEquals((before >> 1) + 1, word(NAME) >> 1);
    }

    static void shell(String command, Object... arguments) {
        List<String> all = new ArrayList<>(List.of("sh", "-ec", command, "sh"));
        Stream.of(arguments).map(Object::toString).forEach(all::add);
        assertEquals(0, Child.start(all.toArray(String[]::new)).exit(), command);
    }

    Path content() {
        try {
            Path file = directory.resolve("content");
            return Files.exists(file) ? file : Files.write(file, CONTENT);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void write(Child child, StoreKey key) throws IOException {
        var writer = child.process().outputWriter();
        writer.write(key + "\n");
        writer.flush();
    }

    /** A warm process that publishes what it is told to. */
    static final class PublishingChild implements AutoCloseable {
        final Child child;
        final long thread;

        PublishingChild(Path store) {
            // Not compiled: who asks for a compilation wakes the compiler's threads, by a futex call of the JVM's own.
            child = Child.start(Map.of(), Child.jvmCommand(List.of("-Xint"), PublisherMain.class, store));
            thread = Long.parseLong(child.line());
        }

        void tell(StoreKey key) throws IOException {
            write(child, key);
        }

        String answer() {
            return child.line();
        }

        @Override
        public void close() {
            child.close();
        }
    }

    static final class PublisherMain {
        public static void main(String[] arguments) throws IOException {
            Path folder = Path.of(arguments[0]);
            // What it may do later it has done before: it has published, with somebody waiting and with nobody.
            try (PublishStore store = PublishStore.open(folder);
                    StoreFolder again = StoreFolder.open(folder);
                    NoticeBoard board = new NoticeBoard(again)) {
                for (int i = 0; i < 50; i++) {
                    StoreKey key = StoreKey.named("warm-up/" + ProcessHandle.current().pid() + "/" + i);
                    if (i % 2 == 0) {
                        NoticeBoard.expect(board.forWaiters(), NoticeBoard.index(key));
                    }
                    store.publish(key, CONTENT, Durability.NONE);
                }
                System.out.println(Files.readSymbolicLink(Path.of("/proc/thread-self")).getFileName());
                BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
                for (String line; (line = in.readLine()) != null; ) {
                    System.out.println(store.publish(StoreKey.parse(line), CONTENT, Durability.NONE));
                }
            }
        }
    }
}
