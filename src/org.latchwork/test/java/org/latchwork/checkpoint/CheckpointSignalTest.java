package org.latchwork.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.latchwork.testing.Child;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.NativeThread;
import org.latchwork.testing.ProcessTest;
import org.latchwork.wait.WaitOutcome;

/** Signals, stops and interrupts during a wait: none ends it, none prolongs it. */
@ProcessTest
class CheckpointSignalTest {
    private static final CheckpointLayout PATCH = CheckpointLayout.PATCH;
    private static final long SELF = ProcessHandle.current().pid();

    @TempDir
    Path directory;

    private Path file;
    private Checkpoint checkpoint;

    @BeforeEach
    void init() {
        file = directory.resolve("file");
        checkpoint = Checkpoint.init(file);
    }

    @AfterEach
    void close() {
        checkpoint.close();
    }

    /** Were the whole timeout started again at each signal, this wait would last as long as the signals come. */
    @Test
    void aSignalDoesNotRestartTheTimeout() {
        Duration timeout = Duration.ofSeconds(1);
        long start = System.nanoTime();
        NativeThread<WaitOutcome> waiter = NativeThread.start(() -> checkpoint.await(0, timeout));
        Conditions.await("it sleeps", () -> Peer.asleep(SELF, PATCH, file, 0) == 1);
        long before = waiter.voluntarySwitches();
        AtomicLong switches = new AtomicLong();
        Conditions.await("it ends while signals come", () -> {
            waiter.signal();
            switches.accumulateAndGet(waiter.voluntarySwitches(), Math::max);
            return waiter.isDone();
        });
        assertTrue(switches.get() > before + 2, "signals have made it leave the kernel and come back");
        assertEquals(WaitOutcome.TIMED_OUT, waiter.result());
        assertTrue(System.nanoTime() - start >= timeout.toNanos());
    }

    @Test
    void aSignalIsNoWake() {
        NativeThread<WaitOutcome> waiter = NativeThread.start(() -> checkpoint.await(0, Conditions.HANG));
        Conditions.await("it sleeps", () -> Peer.asleep(SELF, PATCH, file, 0) == 1);
        for (int i = 0; i < 5; i++) {
            long before = waiter.voluntarySwitches();
            waiter.signal();
            Conditions.await("it sleeps again",
                    () -> waiter.voluntarySwitches() > before && Peer.asleep(SELF, PATCH, file, 0) == 1);
        }
        assertEquals(1, checkpoint.wake(0, 1, Conditions.HANG));
        assertEquals(WaitOutcome.WOKEN, waiter.result());
    }

    @Test
    void signalsDoNotEndOrProlongAWake() {
        Duration timeout = Duration.ofMillis(100);
        long start = System.nanoTime();
        NativeThread<Integer> waker = NativeThread.start(() -> checkpoint.wake(0, 1, timeout));
        Conditions.await("it ends while signals come", () -> {
            waker.signal();
            return waker.isDone();
        });
        assertEquals(0, waker.result());
        assertTrue(System.nanoTime() - start >= timeout.toNanos());
    }

    /** An interrupt ends a wait, and the search of a waker, who has woken fewer then. The status stays. */
    @Test
    void anInterruptEndsWaitAndWake() {
        NativeThread<Boolean> waiter = NativeThread.start(
                () -> checkpoint.await(0, Conditions.HANG) == WaitOutcome.INTERRUPTED && Thread.interrupted());
        Conditions.await("it sleeps", () -> Peer.asleep(SELF, PATCH, file, 0) == 1);
        waiter.thread().interrupt();
        assertTrue(waiter.result(), "interrupted, and the status is still set");
        NativeThread<Boolean> waker = NativeThread.start(() -> checkpoint.wake(0, 1, Conditions.HANG) == 0 && Thread.interrupted());
        Conditions.await("it looks for somebody", waker::isInFutexCall);
        waker.thread().interrupt();
        assertTrue(waker.result(), "has woken nobody, and the status is still set");
        NativeThread<WaitOutcome> both = NativeThread.start(() -> {
            Thread.currentThread().interrupt();
            return checkpoint.wakeAndAwait(0, 1, Conditions.HANG);
        });
        assertEquals(WaitOutcome.INTERRUPTED, both.result());
    }

    @Test
    void aStoppedWaiterInCIsWokenAfterItGoesOn() {
        Peer c = new Peer(directory);
        try (Child waiter = c.asleep(PATCH, file, 0, 1)) {
            assertWokenAfterStop(waiter);
            Peer.assertWoken(waiter);
        }
    }

    @Test
    void aStoppedWaiterInJavaIsWokenAfterItGoesOn() {
        try (Child waiter = Child.jvm(JavaPeer.class, "wait", file, 0, 1)) {
            Peer.awaitAsleep(waiter, PATCH, file, 0, 1);
            assertWokenAfterStop(waiter);
            assertEquals("WOKEN", waiter.line());
            assertEquals(0, waiter.exit());
        }
    }

    private void assertWokenAfterStop(Child waiter) {
        waiter.signal("STOP");
        Conditions.await("it is stopped", () -> isStopped(waiter));
        assertEquals(0, checkpoint.wake(0, 1, Duration.ofMillis(20)), "a stopped waiter has left the kernel's queue");
        NativeThread<Integer> waker = NativeThread.start(() -> checkpoint.wake(0, 1, Conditions.HANG));
        Conditions.await("the waker looks for it", waker::isInFutexCall);
        waiter.signal("CONT");
        assertEquals(1, waker.result());
    }

    private static boolean isStopped(Child child) {
        try (var tasks = Files.list(Path.of("/proc/" + child.pid() + "/task"))) {
            return tasks.allMatch(task -> state(task).equals("T"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The third field of proc_pid_stat(5), after the name in parentheses. */
    private static String state(Path task) {
        try {
            return Files.readString(task.resolve("stat")).replaceFirst("(?s).*\\) ", "").substring(0, 1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
