package org.latchwork.wait;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.latchwork.futex.FutexArray;
import org.latchwork.testing.Child;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.ProcessTest;

/**
 * An io_uring whose calls fail under thousands of waiters: nobody is lost. strace(1) makes the kernel's answers, attached to the JVM when
 * the waiters are asleep; what it has answered stands in its output.
 */
@ProcessTest
class RingFailureTest {
    private static final int WAITERS = 3000;
    private static final int LATE = 2000;
    private static final int ROUNDS = 50;

    @TempDir
    Path directory;

    /** Lets {@code io_uring_enter} fail in a process, or in one of its threads, from now on. */
    private Child inject(String failure, long pid, boolean allThreads) {
        assumeTrue(straceIsThere(), "skipped: no 'strace' on the PATH (Debian: apt-get install strace)");
        Child strace = Child.start("strace", allThreads ? "-f" : "-q", "-o", output().toString(), "-e", "trace=io_uring_enter",
                "-e", "inject=io_uring_enter:error=" + failure, "-p", String.valueOf(pid));
        Conditions.await("strace is attached", () -> tracer(pid) == strace.pid() || !strace.process().isAlive());
        assumeTrue(strace.process().isAlive(), "skipped: strace may not attach (it says why; see /proc/sys/kernel/yama/ptrace_scope)");
        return strace;
    }

    private static boolean straceIsThere() {
        return Stream.of(System.getenv("PATH").split(":")).anyMatch(folder -> Files.isExecutable(Path.of(folder, "strace")));
    }

    private Path output() {
        return directory.resolve("strace.out");
    }

    private static long tracer(long task) {
        return status(task).filter(line -> line.startsWith("TracerPid:")).mapToLong(line -> Long.parseLong(line.substring(10).strip()))
                .findFirst().orElse(-1);
    }

    private static Stream<String> status(long task) {
        try {
            return Files.readAllLines(Path.of("/proc/" + task + "/status")).stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private long injected() {
        try {
            return Files.readAllLines(output()).stream().filter(line -> line.endsWith("(INJECTED)")).count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@return the kernel's id of the thread that serves the ring} */
    private static long ringThread(long pid) {
        try (Stream<Path> tasks = Files.list(Path.of("/proc/" + pid + "/task"))) {
            return tasks.map(task -> Long.parseLong(task.getFileName().toString()))
                    .filter(task -> status(task).anyMatch(line -> line.equals("Name:\tlatchwork-waite"))).findFirst().orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void awaitAllAsleep(FutexArray array, Crowd crowd, int count) {
        // Each is woken once without a change, and waits again: so it has been in the kernel.
        for (int i = 0; i < count; i++) {
            int word = i;
            Conditions.await("somebody waits on word " + i, () -> array.wakeAll(word) == 1);
        }
        assertEquals("{}", crowd.ends());
    }

    private static void wakeEach(FutexArray array, int count) {
        for (int i = 0; i < count; i++) {
            array.setRelease(i, 1);
            array.wake(i, 1);
        }
    }

    /** The one ring fails once; another takes its waits over. */
    @Test
    void aRingThatFailsIsReplaced() throws IOException {
        int all = WAITERS + LATE;
        Path file = Crowd.file(directory, all);
        try (Crowd crowd = Crowd.start(null, file, all); FutexArray array = FutexArray.map(file, all, FutexArray.Spacing.PACKED)) {
            crowd.awaitChange(WAITERS, 0);
            awaitAllAsleep(array, crowd, WAITERS);
            try (Child strace = inject("EBADF:when=1", ringThread(crowd.pid()), false)) {
                crowd.awaitChange(LATE, WAITERS);
                while (injected() == 0) {
                    Thread.onSpinWait();
                }
                assertEquals(1, mostWoken(array, WAITERS), "waiters of a word while one ring follows the other");
                Conditions.await("the failure is logged", () -> crowd.log().contains("WARNING"));
                assertEquals(0, strace.exit(), "the thread that it was attached to has ended");
                assertEquals(1, injected());
            }
            wakeEach(array, all);
            crowd.awaitEnds(all, "WOKEN");
            assertEquals(0, leftInKernel(array, all));
            assertEquals(WaitEngine.IO_URING, crowd.engine());
            assertEquals(1, crowd.rings());
            assertTrue(crowd.log().contains("io_uring_enter") && crowd.log().contains("EBADF"), crowd.log());
        }
    }

    /** {@return how many waiters one wake has found on one word, at most, over a time} An entry of a ring that is gone is one too many. */
    private static int mostWoken(FutexArray array, int count) {
        int most = 0;
        for (int round = 0; round < ROUNDS; round++) {
            for (int i = 0; i < count; i++) {
                most = Math.max(most, array.wakeAll(i));
            }
        }
        return most;
    }

    private static int leftInKernel(FutexArray array, int count) {
        int woken = 0;
        for (int i = 0; i < count; i++) {
            woken += array.wakeAll(i);
        }
        return woken;
    }

    /** What may pass is borne: no ring is given up for it, and nothing is logged. */
    @ParameterizedTest
    @ValueSource(strings = {"EINTR", "EAGAIN", "ENOMEM", "EBUSY"})
    void aPassingFailureIsBorne(String errno) throws IOException {
        int all = WAITERS + LATE;
        Path file = Crowd.file(directory, all);
        try (Crowd crowd = Crowd.start(null, file, all); FutexArray array = FutexArray.map(file, all, FutexArray.Spacing.PACKED)) {
            crowd.awaitChange(WAITERS, 0);
            awaitAllAsleep(array, crowd, WAITERS);
            try (Child strace = inject(errno + ":when=1..3", ringThread(crowd.pid()), false)) {
                crowd.awaitChange(LATE, WAITERS);
                Conditions.await("it has failed three times", () -> injected() == 3);
                strace.signal("INT"); // detaches
                strace.exit();
            }
            wakeEach(array, all);
            crowd.awaitEnds(all, "WOKEN");
            assertFalse(crowd.log().contains("WARNING"), crowd.log());
            assertEquals(WaitEngine.IO_URING, crowd.engine());
        }
    }

    /** Every call of every ring fails: the waits go on in batches. */
    @Test
    void ringsThatKeepFailingAreGivenUp() throws IOException {
        int all = WAITERS + LATE;
        Path file = Crowd.file(directory, all);
        try (Crowd crowd = Crowd.start(null, file, all); FutexArray array = FutexArray.map(file, all, FutexArray.Spacing.PACKED)) {
            crowd.awaitChange(WAITERS, 0);
            awaitAllAsleep(array, crowd, WAITERS);
            try (Child strace = inject("EBADF", crowd.pid(), true)) {
                crowd.awaitChange(LATE, WAITERS);
                Conditions.await("the io_uring is given up", () -> crowd.engine() == WaitEngine.FUTEX_WAITV);
                strace.signal("INT");
                strace.exit();
            }
            assertTrue(injected() >= 3, "each of three rings has failed");
            assertTrue(crowd.log().contains("WARNING") && crowd.log().contains("go on by futex_waitv"), crowd.log());
            wakeEach(array, all);
            crowd.awaitEnds(all, "WOKEN");
            assertEquals(0, crowd.rings());
            assertEquals(0, leftInKernel(array, all));
        }
    }

    /** Forced, there is nothing to go on by: the waits say why. */
    @Test
    void ofAForcedRingThatKeepsFailingTheWaitsFail() throws IOException {
        Path file = Crowd.file(directory, WAITERS);
        try (Crowd crowd = Crowd.start(WaitEngine.IO_URING, file, WAITERS);
                FutexArray array = FutexArray.map(file, WAITERS, FutexArray.Spacing.PACKED)) {
            crowd.awaitChange(WAITERS - 1, 0);
            awaitAllAsleep(array, crowd, WAITERS - 1);
            try (Child strace = inject("EBADF", crowd.pid(), true)) {
                crowd.awaitChange(1, WAITERS - 1);
                crowd.awaitEnds(WAITERS, "EBADF");
                strace.signal("INT");
                strace.exit();
            }
            assertTrue(injected() >= 3);
            assertEquals(0, crowd.rings());
        }
    }
}
