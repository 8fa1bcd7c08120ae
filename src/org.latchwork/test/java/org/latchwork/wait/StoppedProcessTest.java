package org.latchwork.wait;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.latchwork.futex.FutexArray;
import org.latchwork.testing.Child;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.ProcessTest;

/** Processes that are stopped (SIGSTOP) or killed (SIGKILL) while their threads wait, on each engine. */
@ProcessTest
class StoppedProcessTest {
    private static final int WAITERS = 20;

    @TempDir
    Path directory;

    /** So many waiters on one word: all are in the kernel, woken once and back again. */
    private static int wakeAllOf(FutexArray array, int word, int waiters) {
        int woken = 0;
        long deadline = System.nanoTime() + Conditions.HANG.toNanos();
        while (woken < waiters && System.nanoTime() < deadline) {
            woken += array.wakeAll(word);
        }
        return woken;
    }

    private static void stop(Child child) {
        child.signal("STOP");
        Conditions.await("the process has stopped", () -> states(child.pid()).allMatch(state -> state.contains("T (stopped)")));
    }

    private static Stream<String> states(long pid) {
        try (Stream<Path> tasks = Files.list(Path.of("/proc/" + pid + "/task"))) {
            return tasks.map(StoppedProcessTest::state).toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String state(Path task) {
        try (Stream<String> lines = Files.lines(task.resolve("status"))) {
            return lines.filter(line -> line.startsWith("State:")).findFirst().orElse("");
        } catch (IOException e) {
            return "State:\tended"; // meanwhile: look again
        }
    }

    /** The kernel's entries of an io_uring stay while its process is stopped: they take a wake, which is handed over afterwards. */
    @Test
    void aStoppedRingTakesWakesAndHandsThemOver() throws IOException {
        Path file = Crowd.file(directory, 2);
        try (Crowd crowd = Crowd.start(WaitEngine.IO_URING, file, 2);
                FutexArray array = FutexArray.map(file, 2, FutexArray.Spacing.PACKED)) {
            crowd.awaitWakeOf(WAITERS, 0);
            assertEquals(WAITERS, wakeAllOf(array, 0, WAITERS));
            crowd.awaitEnds(WAITERS, "WOKEN");
            crowd.awaitWakeOf(WAITERS, 0);
            crowd.awaitAsleep(WAITERS);
            stop(crowd.child());
            assertEquals(WAITERS, array.wakeAll(0));
            assertEquals(0, array.wakeAll(0));
            crowd.child().signal("CONT");
            crowd.awaitEnds(2 * WAITERS, "WOKEN");
        }
    }

    /** Threads that block in a call leave the kernel's queue while they are stopped, and come back. */
    @ParameterizedTest
    @EnumSource(names = {"FUTEX_WAITV", "FUTEX"})
    void stoppedThreadsTakeNoWakeAndComeBack(WaitEngine engine) throws IOException {
        Path file = Crowd.file(directory, 2 + WAITERS);
        try (Crowd crowd = Crowd.start(engine, file, 2 + WAITERS);
                FutexArray array = FutexArray.map(file, 2 + WAITERS, FutexArray.Spacing.PACKED)) {
            crowd.awaitWakeOf(WAITERS, 0);
            crowd.awaitWakeOnPlatformThreads(WAITERS, 1);
            crowd.awaitChange(WAITERS, 2); // in batches, where there are batches
            crowd.awaitAsleep(2 * WAITERS + (engine == WaitEngine.FUTEX ? WAITERS : 1));
            stop(crowd.child());
            for (int i = 0; i < array.length(); i++) {
                assertEquals(0, array.wakeAll(i), "word " + i);
            }
            for (int i = 2; i < array.length(); i++) {
                array.set(i, 1); // nobody is there to be woken; the value is seen afterwards
            }
            crowd.child().signal("CONT");
            assertEquals(WAITERS, wakeAllOf(array, 0, WAITERS));
            assertEquals(WAITERS, wakeAllOf(array, 1, WAITERS));
            crowd.awaitEnds(3 * WAITERS, "WOKEN");
        }
    }

    /** The waiters of a process that is killed count no longer, and those of others on the same word are as they were. */
    @ParameterizedTest
    @EnumSource
    void aKilledProcessLeavesNoWaiterBehind(WaitEngine engine) throws IOException {
        Path file = Crowd.file(directory, 1);
        try (Crowd killed = Crowd.start(engine, file, 1); Crowd other = Crowd.start(engine, file, 1);
                FutexArray array = FutexArray.map(file, 1, FutexArray.Spacing.PACKED)) {
            killed.awaitWakeOf(WAITERS, 0);
            killed.awaitAsleep(WAITERS);
            other.awaitWakeOf(1, 0);
            other.awaitAsleep(1);
            killed.child().signal("KILL");
            killed.child().exit();
            assertEquals("{}", other.ends());
            assertEquals(1, wakeAllOf(array, 0, 1));
            assertEquals(0, array.wakeAll(0));
            other.awaitEnds(1, "WOKEN");
        }
    }
}
