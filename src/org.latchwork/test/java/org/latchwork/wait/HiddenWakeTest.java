package org.latchwork.wait;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.latchwork.futex.Futex;
import org.latchwork.futex.FutexArray;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.FutexQueue;
import org.latchwork.testing.Running;
import org.latchwork.testing.ThreadKind;

/**
 * Several wakes at once, on words that their waker leaves as they are. Where many waiters share one {@code futex_waitv}, its one answer
 * hides all wakes but one: {@code await} by virtual threads may miss them, as is documented; {@code awaitWake} never does.
 */
@EngineTest
class HiddenWakeTest {
    private static final int WAITERS = 60;

    private interface Await {
        WaitOutcome await(FutexArray array, int index);
    }

    private static List<Running<WaitOutcome>> waiters(ThreadKind kind, FutexArray array, Await await) {
        List<Running<WaitOutcome>> waiters = new ArrayList<>();
        for (int i = 0; i < WAITERS; i++) {
            int index = i % array.length();
            waiters.add(kind.start(() -> await.await(array, index)));
        }
        Conditions.await("all wait", () -> FutexQueue.total(array) == WAITERS);
        return waiters;
    }

    private static WaitOutcome awaitWake(FutexArray array, int index) {
        return array.awaitWake(index, 0, Conditions.HANG.toSeconds(), TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @EnumSource
    void awaitWakeHearsOfEveryWake(ThreadKind kind) {
        for (int round = 0; round < 5; round++) {
            try (FutexArray array = FutexArray.memfd("hidden", WAITERS, FutexArray.Spacing.PACKED)) {
                List<Running<WaitOutcome>> waiters = waiters(kind, array, HiddenWakeTest::awaitWake);
                int woken = 0;
                for (int i = 0; i < WAITERS; i++) {
                    woken += array.wake(i, 1);
                }
                assertEquals(WAITERS, woken);
                waiters.forEach(waiter -> assertEquals(WaitOutcome.WOKEN, waiter.result()));
            }
        }
    }

    /** As those of a checkpoint: the waker asks for so many, and gets them, from the first to the last. */
    @ParameterizedTest
    @EnumSource
    void eachWaiterOfOneWordCountsAsOne(ThreadKind kind) {
        try (FutexArray array = FutexArray.memfd("counted", 1, FutexArray.Spacing.PACKED)) {
            List<Running<WaitOutcome>> waiters = waiters(kind, array, HiddenWakeTest::awaitWake);
            assertEquals(1, array.wake(0, 1));
            assertEquals(1, array.wake(0, 1));
            assertEquals(10, array.wake(0, 10));
            Conditions.await("twelve are out", () -> waiters.stream().filter(Running::isDone).count() == 12);
            FutexQueue.awaitLength(WAITERS - 12, array, 0);
            assertEquals(WAITERS - 12, array.wake(0, WAITERS));
            assertEquals(0, array.wake(0, 1));
            waiters.forEach(waiter -> assertEquals(WaitOutcome.WOKEN, waiter.result()));
        }
    }

    /** On an io_uring each waiter is in the kernel by itself, so that {@code await} hears of each wake, too; and so does a thread. */
    @ParameterizedTest
    @EnumSource
    void awaitHearsOfEveryWakeUnlessItSharesACall(ThreadKind kind) {
        try (FutexArray array = FutexArray.memfd("hidden", WAITERS, FutexArray.Spacing.PACKED)) {
            List<Running<WaitOutcome>> waiters = waiters(kind, array, (words, index) -> words.await(index, 0));
            int woken = 0;
            for (int i = 0; i < WAITERS; i++) {
                woken += array.wake(i, 1);
            }
            if (kind == ThreadKind.VIRTUAL && Futex.waitEngine() == WaitEngine.FUTEX_WAITV) {
                assertTrue(woken <= WAITERS, "some wakes may have found nobody");
            } else {
                assertEquals(WAITERS, woken);
                waiters.forEach(waiter -> assertEquals(WaitOutcome.WOKEN, waiter.result()));
            }
            // Who has missed his wake waits on, and a change reaches him.
            for (int i = 0; i < WAITERS; i++) {
                array.set(i, 1);
                array.wakeAll(i);
            }
            waiters.forEach(waiter -> assertFalse(waiter.result() == WaitOutcome.TIMED_OUT));
        }
    }

    /** The documented case, shown: with one call for all, wakes of two words at the same time are one wake. Nowhere else. */
    @Test
    void onlyASharedCallHidesWakesOfWordsThatDoNotChange() {
        boolean shared = Futex.waitEngine() == WaitEngine.FUTEX_WAITV;
        int missed = 0;
        for (int round = 0; round < (shared ? 500 : 20) && missed == 0; round++) {
            try (FutexArray array = FutexArray.memfd("hidden", WAITERS, FutexArray.Spacing.PACKED)) {
                List<Running<WaitOutcome>> waiters = waiters(ThreadKind.VIRTUAL, array, (words, index) -> words.await(index, 0));
                int woken = 0;
                for (int i = 0; i < WAITERS; i++) {
                    woken += array.wake(i, 1);
                }
                // Whoever stands in the queue again, when the batch has gathered itself, has not heard of his wake.
                Conditions.await("all are out or wait again", () -> FutexQueue.total(array) + ended(waiters) == WAITERS);
                missed += Math.max(0, woken - (int) ended(waiters));
                for (int i = 0; i < WAITERS; i++) {
                    array.set(i, 1);
                    array.wakeAll(i);
                }
                waiters.forEach(Running::result);
            }
        }
        assertEquals(shared, missed > 0, "wakes that nobody heard of: " + missed);
    }

    private static long ended(List<Running<WaitOutcome>> waiters) {
        return waiters.stream().filter(Running::isDone).count();
    }
}
