package org.latchwork.futex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.latchwork.LinuxException;
import org.latchwork.testing.Waiters;
import org.latchwork.wait.Deadline;
import org.latchwork.wait.WaitOutcome;

/** Waits: a value that differs, timeouts and deadlines on both clocks, never early, and deadlines that have passed. */
class FutexWaitTest {
    private static final int ANY = -1;

    static List<Futex> kinds() {
        return Memory.kinds();
    }

    /** Every wait that takes a moment on CLOCK_MONOTONIC or CLOCK_REALTIME. */
    private static List<WaitUntil> waits(Futex kind, MemorySegment word) {
        return List.of(
                (expected, deadline) -> kind.waitBitset(word, expected, deadline, ANY),
                (expected, deadline) -> kind.wait2(word, expected, deadline, ANY),
                (expected, deadline) -> Futex.waitv(new FutexVector(1).set(0, kind, word, expected), deadline).outcome(),
                (expected, deadline) -> FutexArray.of(word, FutexArray.Spacing.PACKED, kind).await(0, expected, deadline));
    }

    private interface WaitUntil {
        WaitOutcome wait(int expected, Deadline deadline);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void aValueThatDiffersEndsTheWaitAtOnce(Futex kind) {
        MemorySegment word = Memory.word(kind);
        word.set(ValueLayout.JAVA_INT, 0, 0x80000001); // the sign bit travels too
        for (int expected : new int[] {0, 1, 0x80000000, 0x7fffffff, -1}) {
            assertEquals(WaitOutcome.VALUE_DIFFERS, kind.wait(word, expected, Memory.hangTimeout()));
            assertEquals(WaitOutcome.VALUE_DIFFERS, kind.wait(word, expected, null));
            for (WaitUntil wait : waits(kind, word)) {
                assertEquals(WaitOutcome.VALUE_DIFFERS, wait.wait(expected, Memory.hang()));
                assertEquals(WaitOutcome.VALUE_DIFFERS, wait.wait(expected, Deadline.NEVER));
                assertEquals(WaitOutcome.VALUE_DIFFERS, wait.wait(expected, Deadline.after(Duration.ZERO)),
                        "before the deadline is looked at");
            }
        }
        for (WaitUntil wait : waits(kind, word)) {
            assertEquals(WaitOutcome.TIMED_OUT, wait.wait(0x80000001, Deadline.after(Duration.ZERO)));
        }
    }

    /** All ways to wait at the same time, so that the second-long ones take one second together. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 5, 10, 25, 100, 1000})
    void aTimeoutIsNeverEarly(long millis) throws Exception {
        Duration timeout = Duration.ofMillis(millis);
        List<Callable<String>> timed = new ArrayList<>();
        for (Futex kind : Memory.kinds()) {
            MemorySegment word = Memory.word(kind);
            timed.add(monotonic(timeout, () -> kind.wait(word, 0, timeout)));
            for (WaitUntil wait : waits(kind, word)) {
                timed.add(monotonic(timeout, () -> wait.wait(0, Deadline.after(timeout))));
                timed.add(realtime(timeout, wait));
            }
            FutexArray array = FutexArray.of(word, FutexArray.Spacing.PACKED, kind);
            timed.add(monotonic(timeout, () -> array.await(0, 0, timeout)));
            timed.add(monotonic(timeout, () -> array.await(0, 0, millis, TimeUnit.MILLISECONDS)));
        }
        try (ExecutorService threads = Executors.newThreadPerTaskExecutor(Thread::new)) {
            for (Future<String> result : threads.invokeAll(timed)) {
                assertEquals("TIMED_OUT in time", result.get());
            }
        }
    }

    private static Callable<String> monotonic(Duration timeout, Callable<WaitOutcome> wait) {
        return () -> {
            long start = System.nanoTime();
            WaitOutcome outcome = wait.call();
            long early = timeout.toNanos() - (System.nanoTime() - start);
            return outcome + (early > 0 ? " " + early + " ns early" : " in time");
        };
    }

    private static Callable<String> realtime(Duration timeout, WaitUntil wait) {
        return () -> {
            Instant until = Instant.now().plus(timeout);
            WaitOutcome outcome = wait.wait(0, Deadline.at(until));
            Instant now = Instant.now();
            return outcome + (now.isBefore(until) ? " " + Duration.between(now, until) + " early" : " in time");
        };
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void aDeadlineThatHasPassedEndsTheWaitAtOnce(Futex kind) {
        MemorySegment word = Memory.word(kind);
        List<Deadline> passed = List.of(Deadline.after(Duration.ZERO), Deadline.after(Duration.ofDays(-1)), Deadline.at(Instant.EPOCH),
                Deadline.at(Instant.ofEpochSecond(-5)), Deadline.at(Instant.now()));
        for (WaitUntil wait : waits(kind, word)) {
            for (Deadline deadline : passed) {
                assertEquals(WaitOutcome.TIMED_OUT, wait.wait(0, deadline), deadline.toString());
            }
        }
        assertEquals(WaitOutcome.TIMED_OUT, kind.wait(word, 0, Duration.ZERO));
        LinuxException negative = assertThrows(LinuxException.class, () -> kind.wait(word, 0, Duration.ofNanos(-1)));
        assertEquals("EINVAL", negative.errnoName(), "the kernel's word for a negative relative timeout");
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void withoutADeadlineOnlyAWakeEndsTheWait(Futex kind) {
        List<Callable<WaitOutcome>> endless = new ArrayList<>();
        MemorySegment word = Memory.word(kind);
        endless.add(() -> kind.wait(word, 0, null));
        for (WaitUntil wait : waits(kind, word)) {
            endless.add(() -> wait.wait(0, Deadline.NEVER));
        }
        endless.add(() -> FutexArray.of(word, FutexArray.Spacing.PACKED, kind).await(0, 0));
        List<Waiters<WaitOutcome>> waiters = endless.stream().map(wait -> Waiters.start(1, wait)).toList();
        Waiters.awaitAsleep(endless.size(), word);
        int woken = 0;
        while (woken < endless.size()) {
            woken += kind.wake(word, Integer.MAX_VALUE);
        }
        assertEquals(endless.size(), woken);
        for (Waiters<WaitOutcome> waiter : waiters) {
            assertEquals(WaitOutcome.WOKEN, waiter.take());
        }
    }

    @Test
    void heapMemoryAndClosedMemoryAreRefused() {
        MemorySegment heap = MemorySegment.ofArray(new int[1]);
        IllegalArgumentException onHeap = assertThrows(IllegalArgumentException.class, () -> Futex.PRIVATE.wake(heap, 1));
        assertTrue(onHeap.getMessage().startsWith("a futex word must lie in native memory; this is heap memory: "), onHeap.getMessage());

        Arena arena = Arena.ofConfined();
        MemorySegment closed = arena.allocate(ValueLayout.JAVA_INT);
        arena.close();
        IllegalStateException afterClose = assertThrows(IllegalStateException.class, () -> Futex.PRIVATE.wait(closed, 0, null));
        assertTrue(afterClose.getMessage().startsWith("the memory of the futex word has been closed: "), afterClose.getMessage());
    }

    @Test
    void theKindsKnowThemselves() {
        assertTrue(Futex.PRIVATE.isPrivate());
        assertFalse(Futex.SHARED.isPrivate());
        assertEquals("Futex.PRIVATE Futex.SHARED", Futex.PRIVATE + " " + Futex.SHARED);
    }
}
