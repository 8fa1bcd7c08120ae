package org.latchwork.wait;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.latchwork.futex.FutexArray;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.FutexQueue;
import org.latchwork.testing.Running;
import org.latchwork.testing.ThreadKind;

/** How a wait ends, but for interrupts and closing: woken, value differs, timed out; by every form, on both kinds of threads. */
@EngineTest
class AwaitOutcomesTest {
    private final FutexArray array = FutexArray.memfd("outcomes", 1, FutexArray.Spacing.PACKED);

    @AfterEach
    void close() {
        array.close();
    }

    private interface Await {
        WaitOutcome await(int expected, Duration timeout);
    }

    /** Every form that takes a timeout; with null, none. */
    private List<Await> forms() {
        List<Await> forms = new ArrayList<>(List.of(
                (expected, timeout) -> array.await(0, expected, Deadline.after(timeout)),
                (expected, timeout) -> array.await(0, expected, Deadline.at(Instant.now().plus(timeout))),
                (expected, timeout) -> array.await(0, expected, timeout),
                (expected, timeout) -> array.await(0, expected, timeout.toNanos(), TimeUnit.NANOSECONDS),
                (expected, timeout) -> array.awaitUninterruptibly(0, expected, Deadline.after(timeout)),
                (expected, timeout) -> array.awaitWake(0, expected, timeout.toNanos(), TimeUnit.NANOSECONDS),
                (expected, timeout) -> array.await(0, expected, Deadline.after(timeout), WaitPolicy.block()),
                (expected, timeout) -> array.await(0, expected, Deadline.after(timeout), WaitPolicy.spinThenBlock(Duration.ofMillis(1)))));
        return forms;
    }

    private List<Callable<WaitOutcome>> endless() {
        List<Callable<WaitOutcome>> all = new ArrayList<>(List.of(() -> array.await(0, 0), () -> array.awaitUninterruptibly(0, 0)));
        forms().forEach(form -> all.add(() -> form.await(0, Conditions.HANG)));
        return all;
    }

    @ParameterizedTest
    @EnumSource
    void aWakeEndsTheWait(ThreadKind kind) {
        for (Callable<WaitOutcome> wait : endless()) {
            Running<WaitOutcome> waiter = kind.start(wait);
            FutexQueue.awaitLength(1, array, 0);
            assertEquals(1, array.wake(0, 1));
            assertEquals(WaitOutcome.WOKEN, waiter.result());
            assertEquals(0, array.wake(0, 1));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aChangeAndAWakeEndTheWait(ThreadKind kind) {
        int round = 0;
        for (Callable<WaitOutcome> wait : endless()) {
            array.set(0, 0);
            Running<WaitOutcome> waiter = kind.start(wait);
            FutexQueue.awaitLength(1, array, 0);
            array.set(0, ++round);
            array.wakeAll(0);
            WaitOutcome outcome = waiter.result();
            assertTrue(outcome == WaitOutcome.WOKEN || outcome == WaitOutcome.VALUE_DIFFERS, outcome.toString());
        }
    }

    @ParameterizedTest
    @EnumSource
    void aValueThatDiffersEndsTheWaitAtOnce(ThreadKind kind) {
        array.set(0, 0x80000001); // the sign bit travels too
        for (Await form : forms()) {
            for (int expected : new int[] {0, 1, 0x80000000, 0x7fffffff, -1}) {
                assertEquals(WaitOutcome.VALUE_DIFFERS, kind.start(() -> form.await(expected, Conditions.HANG)).result());
            }
            assertEquals(WaitOutcome.TIMED_OUT, kind.start(() -> form.await(0x80000001, Duration.ZERO)).result());
        }
    }

    /** All forms at the same time, so that the long ones take their time together. */
    @ParameterizedTest
    @EnumSource
    void aTimeoutIsNeverEarly(ThreadKind kind) {
        for (long millis : new long[] {0, 1, 5, 25, 100}) {
            Duration timeout = Duration.ofMillis(millis);
            List<Running<String>> waiters = forms().stream().map(form -> kind.start(() -> timed(form, timeout))).toList();
            for (Running<String> waiter : waiters) {
                assertEquals("TIMED_OUT in time", waiter.result());
            }
        }
    }

    private static String timed(Await form, Duration timeout) {
        long start = System.nanoTime();
        Instant until = Instant.now().plus(timeout);
        WaitOutcome outcome = form.await(0, timeout);
        boolean early = Instant.now().isBefore(until) || System.nanoTime() - start < timeout.toNanos();
        return outcome + (early ? " early" : " in time");
    }

    @ParameterizedTest
    @EnumSource
    void aDeadlineThatHasPassedEndsTheWaitAtOnce(ThreadKind kind) {
        for (Deadline passed : List.of(Deadline.after(Duration.ofDays(-1)), Deadline.at(Instant.EPOCH),
                Deadline.at(Instant.ofEpochSecond(-5)), Deadline.at(Instant.now()))) {
            assertEquals(WaitOutcome.TIMED_OUT, kind.start(() -> array.await(0, 0, passed)).result(), passed.toString());
            assertEquals(WaitOutcome.TIMED_OUT, kind.start(() -> array.awaitUninterruptibly(0, 0, passed)).result(), passed.toString());
        }
        assertEquals(WaitOutcome.TIMED_OUT, kind.start(() -> array.await(0, 0, -1, TimeUnit.DAYS)).result());
    }

    /** One that times out leaves its place in the queue, so a wake is for others. */
    @ParameterizedTest
    @EnumSource
    void whoTimedOutTakesNoWake(ThreadKind kind) {
        Running<WaitOutcome> patient = kind.start(() -> array.awaitWake(0, 0, Conditions.HANG.toSeconds(), TimeUnit.SECONDS));
        FutexQueue.awaitLength(1, array, 0);
        for (int i = 0; i < 20; i++) {
            assertEquals(WaitOutcome.TIMED_OUT, kind.start(() -> array.awaitWake(0, 0, 1, TimeUnit.MILLISECONDS)).result());
        }
        assertEquals(1, array.wake(0, 2));
        assertEquals(WaitOutcome.WOKEN, patient.result());
    }

    @Test
    void privateMemoryAndTheTwoKindsOfThreadsMeet() {
        try (FutexArray own = FutexArray.allocate(2, FutexArray.Spacing.CACHE_LINE)) {
            List<Running<WaitOutcome>> waiters = List.of(ThreadKind.PLATFORM.start(() -> own.await(1, 0)),
                    ThreadKind.VIRTUAL.start(() -> own.await(1, 0)));
            FutexQueue.awaitLength(2, own, 1);
            assertEquals(0, own.wakeAll(0));
            assertFalse(waiters.stream().anyMatch(Running::isDone));
            own.set(1, 1);
            assertEquals(2, own.wakeAll(1));
            waiters.forEach(waiter -> assertEquals(WaitOutcome.WOKEN, waiter.result()));
        }
    }
}
