package org.latchwork.wait;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.latchwork.futex.Futex;
import org.latchwork.futex.FutexArray;
import org.latchwork.futex.FutexWait;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.FutexQueue;
import org.latchwork.testing.Running;
import org.latchwork.testing.ThreadKind;

/** Closing an array under its waiters: every wait ends, then the memory goes. */
@EngineTest
class CloseTest {
    private static FutexArray array() {
        return FutexArray.memfd("close", 2, FutexArray.Spacing.PACKED);
    }

    private static List<Callable<WaitOutcome>> forms(FutexArray array) {
        return List.of(
                () -> array.await(0, 0),
                () -> array.awaitUninterruptibly(0, 0),
                () -> array.awaitWake(0, 0, Conditions.HANG.toSeconds(), TimeUnit.SECONDS),
                () -> array.await(0, 0, Conditions.HANG),
                () -> Futex.awaitAny(new FutexWait(array, 0, 0)).outcome());
    }

    @ParameterizedTest
    @EnumSource
    void everyWaitEndsAndTheProcessGoesOn(ThreadKind kind) {
        FutexArray array = array();
        List<Callable<WaitOutcome>> forms = forms(array);
        List<Running<WaitOutcome>> waiters = forms.stream().map(kind::start).toList();
        List<CompletableFuture<WaitOutcome>> futures = List.of(array.awaitAsync(0, 0),
                array.awaitAsync(0, 0, Deadline.after(Conditions.HANG)));
        FutexQueue.awaitLength(forms.size() + futures.size(), array, 0);
        array.close();
        waiters.forEach(waiter -> assertEquals(WaitOutcome.CLOSED, waiter.result()));
        futures.forEach(future -> assertEquals(WaitOutcome.CLOSED, future.orTimeout(60, TimeUnit.SECONDS).join()));

        array.close(); // again: nothing
        for (Callable<WaitOutcome> form : forms) {
            assertEquals("the futex array is closed", assertThrows(IllegalStateException.class, form::call).getMessage());
        }
        assertThrows(IllegalStateException.class, () -> array.awaitAsync(0, 0));
        assertThrows(IllegalStateException.class, () -> array.wake(0, 1));

        try (FutexArray next = array()) {
            Running<WaitOutcome> waiter = kind.start(() -> next.await(0, 0));
            FutexQueue.awaitLength(1, next, 0);
            assertEquals(1, next.wake(0, 1));
            assertEquals(WaitOutcome.WOKEN, waiter.result());
        }
    }

    @ParameterizedTest
    @EnumSource
    void waitersOfOtherArraysStay(ThreadKind kind) {
        FutexArray closed = array();
        try (FutexArray open = array()) {
            Running<WaitOutcome> stays = kind.start(() -> open.await(0, 0));
            Running<WaitOutcome> goes = kind.start(() -> closed.await(0, 0));
            FutexQueue.awaitLength(1, open, 0);
            FutexQueue.awaitLength(1, closed, 0);
            closed.close();
            assertEquals(WaitOutcome.CLOSED, goes.result());
            FutexQueue.awaitLength(1, open, 0);
            assertFalse(stays.isDone());
            assertEquals(1, open.wake(0, 1));
            assertEquals(WaitOutcome.WOKEN, stays.result());
        }
    }

    @ParameterizedTest
    @EnumSource
    void awaitAnyEndsWhenOneOfItsArraysCloses(ThreadKind kind) {
        for (int closing = 0; closing < 2; closing++) {
            FutexArray[] arrays = {array(), array()};
            Running<WaitOutcome> waiter = kind.start(() ->
                    Futex.awaitAny(new FutexWait(arrays[0], 0, 0), new FutexWait(arrays[1], 1, 0)).outcome());
            FutexQueue.awaitLength(1, arrays[0], 0);
            FutexQueue.awaitLength(1, arrays[1], 1);
            arrays[closing].close();
            assertEquals(WaitOutcome.CLOSED, waiter.result());
            assertEquals(0, arrays[1 - closing].wakeAll(closing), "it has left the other, too");
            arrays[1 - closing].close();
        }
    }

    /** The closer blocks until all have left; one of those may be the one that asks for it. */
    @ParameterizedTest
    @EnumSource
    void aWaiterMayCloseWhenItIsOut(ThreadKind kind) {
        FutexArray array = array();
        List<Running<WaitOutcome>> waiters = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            waiters.add(kind.start(() -> {
                WaitOutcome outcome = array.await(0, 0);
                array.close();
                return outcome;
            }));
        }
        FutexQueue.awaitLength(5, array, 0);
        assertEquals(1, array.wake(0, 1));
        List<WaitOutcome> outcomes = waiters.stream().map(Running::result).sorted().toList();
        assertEquals(List.of(WaitOutcome.WOKEN, WaitOutcome.CLOSED, WaitOutcome.CLOSED, WaitOutcome.CLOSED, WaitOutcome.CLOSED), outcomes);
    }

    @Test
    void aContinuationMayClose() {
        FutexArray array = array();
        CompletableFuture<WaitOutcome> closing = array.awaitAsync(0, 0).whenComplete((outcome, thrown) -> array.close());
        CompletableFuture<WaitOutcome> closed = array.awaitAsync(1, 0).whenComplete((outcome, thrown) -> array.close());
        FutexQueue.awaitLength(1, array, 0);
        FutexQueue.awaitLength(1, array, 1);
        array.wake(0, 1);
        assertEquals(WaitOutcome.WOKEN, closing.orTimeout(60, TimeUnit.SECONDS).join());
        assertEquals(WaitOutcome.CLOSED, closed.orTimeout(60, TimeUnit.SECONDS).join());
    }

    /** Two close at once: one does it, the other returns; neither hangs. */
    @ParameterizedTest
    @EnumSource
    void closersMeet(ThreadKind kind) {
        for (int i = 0; i < 50; i++) {
            FutexArray array = array();
            Running<WaitOutcome> waiter = kind.start(() -> {
                try {
                    return array.await(0, 0);
                } catch (IllegalStateException closedBefore) {
                    return WaitOutcome.CLOSED;
                }
            });
            Callable<Boolean> close = () -> {
                array.close();
                return true;
            };
            Running<Boolean> one = kind.start(close);
            Running<Boolean> two = kind.start(close);
            assertEquals(WaitOutcome.CLOSED, waiter.result());
            assertTrue(one.result() && two.result());
        }
    }

    /** Who closes while interrupted waits for the waiters all the same, and stays interrupted. */
    @ParameterizedTest
    @EnumSource
    void anInterruptedCloserFinishesAndStaysInterrupted(ThreadKind kind) {
        FutexArray array = array();
        Running<WaitOutcome> waiter = kind.start(() -> array.await(0, 0));
        FutexQueue.awaitLength(1, array, 0);
        Running<Boolean> closer = kind.start(() -> {
            Thread.currentThread().interrupt();
            array.close();
            return Thread.currentThread().isInterrupted();
        });
        assertTrue(closer.result());
        assertEquals(WaitOutcome.CLOSED, waiter.result());
    }

    /** A deadline that comes just when the file is closed is a timeout, or the closing; never a failure of the file that is gone. */
    @Test
    void anAsynchronousTimeoutSurvivesTheClosing() {
        for (int i = 0; i < 300; i++) {
            FutexArray array = array();
            CompletableFuture<WaitOutcome> future = array.awaitAsync(0, 0, Deadline.after(i, TimeUnit.MICROSECONDS));
            array.close();
            WaitOutcome outcome = future.orTimeout(60, TimeUnit.SECONDS).join();
            assertTrue(outcome == WaitOutcome.TIMED_OUT || outcome == WaitOutcome.CLOSED, outcome.toString());
        }
    }
}
