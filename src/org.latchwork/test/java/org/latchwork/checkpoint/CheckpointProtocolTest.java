package org.latchwork.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.latchwork.testing.Child;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.FutexSleepers;
import org.latchwork.testing.NativeThread;
import org.latchwork.testing.ProcessTest;
import org.latchwork.wait.WaitOutcome;

/** Java and C meet at a checkpoint, whoever comes first, whoever made the file, before and after exec(). */
@ProcessTest
class CheckpointProtocolTest {
    private static final CheckpointLayout PATCH = CheckpointLayout.PATCH;
    private static final long HANG = Conditions.HANG.toMillis();
    private static final long SELF = ProcessHandle.current().pid();
    private static final int CLOCK_NANOSLEEP = 230;

    @TempDir
    static Path programs;

    static Peer c;

    @TempDir
    Path directory;

    @BeforeAll
    static void compile() {
        c = new Peer(programs);
    }

    /** The offsets are written down here once more: were two of them swapped in the code, C would wait elsewhere. */
    @ParameterizedTest
    @CsvSource({"patch, 4", "plain, 0", "ltp-20250930, 68", "ltp-20260529, 76", "200, 200", "4092, 4092", "12:plain, 12"})
    void everyLayoutMeetsBothWays(String name, int offset) {
        Path file = directory.resolve("file");
        CheckpointLayout agreed = new CheckpointLayout(offset, !name.endsWith("plain"));
        try (Checkpoint checkpoint = Checkpoint.init(file, CheckpointLayout.parse(name), 0600)) {
            for (int id : new int[] {0, checkpoint.size() / 2, checkpoint.size() - 1}) {
                try (Child waiter = c.asleep(agreed, file, id, 1)) {
                    assertEquals(1, checkpoint.wake(id, 1, HANG, TimeUnit.MILLISECONDS));
                    Peer.assertWoken(waiter);
                }
                NativeThread<WaitOutcome> waiter = NativeThread.start(() -> checkpoint.await(id, HANG, TimeUnit.MILLISECONDS));
                Conditions.await("Java sleeps", () -> Peer.asleep(SELF, agreed, file, id) == 1);
                assertEquals(0, c.start(agreed, file, "wake", id, 1, HANG).exit());
                assertEquals(WaitOutcome.WOKEN, waiter.result());
            }
        }
    }

    @Test
    void aJavaWakerThatComesFirstFindsAWaiterInC() {
        Path file = directory.resolve("file");
        try (Checkpoint checkpoint = Checkpoint.init(file)) {
            NativeThread<Integer> waker = NativeThread.start(() -> checkpoint.wake(7, 1, HANG, TimeUnit.MILLISECONDS));
            Conditions.await("the waker has tried and sleeps", waker::isInFutexCall);
            try (Child waiter = c.start(PATCH, file, "wait", 7, HANG)) {
                Peer.assertWoken(waiter);
            }
            assertEquals(1, waker.result());
        }
    }

    @Test
    void aCWakerThatComesFirstFindsAWaiterInJava() {
        Path file = directory.resolve("file");
        try (Checkpoint checkpoint = Checkpoint.init(file); Child waker = c.start(PATCH, file, "wake", 7, 1, HANG)) {
            Conditions.await("the waker has tried and sleeps", () -> FutexSleepers.inCall(waker.pid(), CLOCK_NANOSLEEP) == 1);
            assertEquals(WaitOutcome.WOKEN, checkpoint.await(7, HANG, TimeUnit.MILLISECONDS));
            assertEquals(0, waker.exit());
        }
    }

    @Test
    void twoCProgramsMeetInAFileMadeByJava() {
        Path file = directory.resolve("file");
        Checkpoint.init(file).close();
        try (Child waiter = c.asleep(PATCH, file, 1022, 1)) {
            assertEquals(0, c.start(PATCH, file, "wake", 1022, 1, HANG).exit());
            Peer.assertWoken(waiter);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"init", "reinit"})
    void javaMeetsCInAFileMadeByC(String how) throws Exception {
        Path file = directory.resolve("file");
        assertEquals(0, c.start(PATCH, file, "init").exit());
        assertEquals("LTPM", Files.readString(file), "C leaves four bytes and no more");
        try (Checkpoint checkpoint = how.equals("init") ? Checkpoint.init(file) : Checkpoint.reinit(file);
                Child waiter = c.asleep(PATCH, file, 5, 1)) {
            assertEquals(1, checkpoint.wake(5, 1, HANG, TimeUnit.MILLISECONDS));
            Peer.assertWoken(waiter);
        }
    }

    @Test
    void aProcessInCAttachesAgainAfterExec() {
        Path file = directory.resolve("file");
        try (Checkpoint checkpoint = Checkpoint.init(file)) {
            // One process: attached by name, then exec() of itself, which has nothing but the variable.
            List<String> after = c.command(PATCH, Path.of("-"), "wait", 3, HANG);
            try (Child process = Child.start(Map.of(Checkpoint.PATH_VARIABLE, file.toString()),
                    c.command(PATCH, file, (Object[]) prefixed(after, "exec")))) {
                Peer.awaitAsleep(process, PATCH, file, 3, 1);
                assertEquals(1, checkpoint.wake(3, 1, HANG, TimeUnit.MILLISECONDS));
                Peer.assertWoken(process);
            }
        }
    }

    @Test
    void aJvmAttachesAfterExecInItsOwnLayout() {
        Path file = directory.resolve("file");
        CheckpointLayout layout = CheckpointLayout.LTP_20250930;
        try (Checkpoint checkpoint = Checkpoint.init(file, layout, 0600)) {
            List<String> java = Child.jvmCommand(List.of(), JavaPeer.class, "reinit-wait", 3);
            Map<String, String> environment = Map.of(Checkpoint.PATH_VARIABLE, file.toString(), Checkpoint.LAYOUT_VARIABLE, "ltp-20250930");
            try (Child process = Child.start(environment, List.of(prefixed(java, "bash", "-c", "exec \"$@\"", "bash")))) {
                Peer.awaitAsleep(process, layout, file, 3, 1);
                assertEquals(1, checkpoint.wake(3, 1, HANG, TimeUnit.MILLISECONDS));
                assertEquals("WOKEN", process.line());
                assertEquals(0, process.exit());
            }
        }
    }

    @Test
    void wakeAndAwaitGoesToAndFroBetweenTwoJvms() {
        Path file = directory.resolve("file");
        int rounds = 50;
        try (Checkpoint checkpoint = Checkpoint.init(file);
                Child other = Child.jvm(JavaPeer.class, "ping-pong", file, rounds)) {
            for (int i = 0; i < rounds; i++) {
                assertEquals(WaitOutcome.WOKEN, checkpoint.wakeAndAwait(0, 1, HANG, TimeUnit.MILLISECONDS), "round " + i);
                assertEquals("WOKEN", other.line());
            }
            assertEquals("1", other.line());
            assertEquals(0, other.exit());
        }
    }

    private static String[] prefixed(List<String> rest, String... first) {
        return Stream.concat(Stream.of(first), rest.stream()).toArray(String[]::new);
    }
}
