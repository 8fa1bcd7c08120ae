package org.latchwork.wait;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.latchwork.futex.Futex;
import org.latchwork.futex.FutexArray;
import org.latchwork.futex.FutexWait;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.FutexQueue;
import org.latchwork.testing.Running;
import org.latchwork.testing.ThreadKind;

/** Interrupts before, during and after a wait, as {@link java.util.concurrent.locks.LockSupport} has them; hints that come late. */
@EngineTest
class InterruptTest {
    private final FutexArray array = FutexArray.memfd("interrupts", 2, FutexArray.Spacing.PACKED);

    @AfterEach
    void close() {
        array.close();
    }

    /** What a wait came to, and whether the thread's status was set afterwards. */
    private record End(WaitOutcome outcome, boolean interrupted) {}

    private static End end(Callable<WaitOutcome> wait) throws Exception {
        WaitOutcome outcome = wait.call();
        return new End(outcome, Thread.currentThread().isInterrupted());
    }

    private List<Callable<WaitOutcome>> interruptible() {
        return List.of(
                () -> array.await(0, 0),
                () -> array.await(0, 0, Conditions.HANG),
                () -> array.await(0, 0, Deadline.after(Conditions.HANG), WaitPolicy.block()),
                () -> array.awaitWake(0, 0, Conditions.HANG.toSeconds(), TimeUnit.SECONDS),
                () -> Futex.awaitAny(new FutexWait(array, 0, 0)).outcome(),
                () -> Futex.awaitAny(Deadline.after(Conditions.HANG), new FutexWait(array, 0, 0), new FutexWait(array, 1, 0)).outcome());
    }

    private List<Callable<WaitOutcome>> uninterruptible() {
        return List.of(
                () -> array.awaitUninterruptibly(0, 0),
                () -> array.awaitUninterruptibly(0, 0, Deadline.after(Conditions.HANG)),
                () -> Futex.awaitAnyUninterruptibly(Deadline.NEVER, new FutexWait(array, 0, 0), new FutexWait(array, 1, 0)).outcome());
    }

    @ParameterizedTest
    @EnumSource
    void anInterruptBeforeTheWaitEndsItAtOnce(ThreadKind kind) {
        for (Callable<WaitOutcome> wait : interruptible()) {
            Running<End> waiter = kind.start(() -> {
                Thread.currentThread().interrupt();
                return end(wait);
            });
            assertEquals(new End(WaitOutcome.INTERRUPTED, true), waiter.result());
        }
    }

    @ParameterizedTest
    @EnumSource
    void anInterruptDuringTheWaitEndsIt(ThreadKind kind) {
        for (Callable<WaitOutcome> wait : interruptible()) {
            Running<End> waiter = kind.start(() -> end(wait));
            FutexQueue.awaitLength(1, array, 0);
            waiter.thread().interrupt();
            assertEquals(new End(WaitOutcome.INTERRUPTED, true), waiter.result());
            FutexQueue.awaitLength(0, array, 0); // with several words and a thread each, the others follow
        }
    }

    @ParameterizedTest
    @EnumSource
    void anInterruptWhileItSpinsEndsIt(ThreadKind kind) {
        AtomicInteger begun = new AtomicInteger();
        Running<End> waiter = kind.start(() -> {
            begun.set(1);
            return end(() -> array.await(0, 0, Deadline.NEVER, WaitPolicy.spin()));
        });
        Conditions.await("it spins", () -> begun.get() == 1);
        waiter.thread().interrupt();
        assertEquals(new End(WaitOutcome.INTERRUPTED, true), waiter.result());
    }

    /** The wake was there first: the interrupt is the business of whatever the thread does next. */
    @ParameterizedTest
    @EnumSource
    void anInterruptAfterTheWakeIsForTheNextWait(ThreadKind kind) {
        AtomicInteger step = new AtomicInteger();
        Running<List<End>> waiter = kind.start(() -> {
            End first = end(() -> array.await(0, 0));
            step.set(1);
            Conditions.await("the interrupt", () -> Thread.currentThread().isInterrupted());
            return List.of(first, end(() -> array.await(0, 0)));
        });
        FutexQueue.awaitLength(1, array, 0);
        assertEquals(1, array.wake(0, 1));
        Conditions.await("the first wait is over", () -> step.get() == 1);
        waiter.thread().interrupt();
        assertEquals(List.of(new End(WaitOutcome.WOKEN, false), new End(WaitOutcome.INTERRUPTED, true)), waiter.result());
    }

    @ParameterizedTest
    @EnumSource
    void anUninterruptibleWaitGoesOnAndKeepsTheStatus(ThreadKind kind) {
        for (Callable<WaitOutcome> wait : uninterruptible()) {
            Running<End> before = kind.start(() -> {
                Thread.currentThread().interrupt();
                return end(wait);
            });
            FutexQueue.awaitLength(1, array, 0);
            assertFalse(before.isDone());
            array.wake(0, 1);
            assertEquals(new End(WaitOutcome.WOKEN, true), before.result());

            Running<End> during = kind.start(() -> end(wait));
            FutexQueue.awaitLength(1, array, 0);
            during.thread().interrupt();
            during.thread().interrupt();
            FutexQueue.awaitLength(1, array, 0);
            assertFalse(during.isDone());
            array.wake(0, 1);
            assertEquals(new End(WaitOutcome.WOKEN, true), during.result());
        }
    }

    @ParameterizedTest
    @EnumSource
    void anUninterruptibleWaitOfAnInterruptedThreadTimesOut(ThreadKind kind) {
        Running<End> waiter = kind.start(() -> {
            Thread.currentThread().interrupt();
            long start = System.nanoTime();
            End end = end(() -> array.awaitUninterruptibly(0, 0, Deadline.after(30, TimeUnit.MILLISECONDS)));
            assertTrue(System.nanoTime() - start >= 30_000_000);
            return end;
        });
        assertEquals(new End(WaitOutcome.TIMED_OUT, true), waiter.result());
    }

    @ParameterizedTest
    @EnumSource
    void throwIfInterruptedClearsTheStatusAndThrows(ThreadKind kind) {
        Running<Boolean> waiter = kind.start(() -> {
            WaitOutcome outcome = array.await(0, 0);
            assertThrows(InterruptedException.class, outcome::throwIfInterrupted);
            return Thread.currentThread().isInterrupted();
        });
        FutexQueue.awaitLength(1, array, 0);
        waiter.thread().interrupt();
        assertFalse(waiter.result());
    }

    /**
     * The interrupt and its hint to the kernel are two steps, and the thread can be gone in between: out of the wait because the status was
     * set, the status cleared, into the next wait, where the hint arrives. There it must count for nothing.
     */
    @ParameterizedTest
    @EnumSource
    void aHintThatComesLateEndsNoLaterWait(ThreadKind kind) {
        int rounds = EngineUnderTest.looksInSlices() ? 50 : 1_000;
        AtomicInteger round = new AtomicInteger();
        Running<Integer> waiter = kind.start(() -> {
            int timedOut = 0;
            for (int i = 1; i <= rounds; i++) {
                round.set(i);
                assertEquals(WaitOutcome.INTERRUPTED, array.await(0, 0, Deadline.NEVER, WaitPolicy.block()));
                assertTrue(Thread.interrupted());
                long start = System.nanoTime();
                assertEquals(WaitOutcome.TIMED_OUT, array.await(0, 0, Deadline.after(50, TimeUnit.MICROSECONDS), WaitPolicy.block()));
                timedOut += System.nanoTime() - start >= 50_000 ? 1 : 0;
            }
            return timedOut;
        });
        for (int i = 1; i <= rounds; i++) {
            while (round.get() < i && !waiter.isDone()) {
                Thread.onSpinWait();
            }
            waiter.thread().interrupt();
        }
        assertEquals(rounds, waiter.result());
    }
}
