package org.latchwork.wait;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.latchwork.futex.FutexArray;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.FutexQueue;
import org.latchwork.testing.Running;
import org.latchwork.testing.ThreadKind;

/** Waiting without a thread. */
@EngineTest
class AwaitAsyncTest {
    private final FutexArray array = FutexArray.memfd("async", 2, FutexArray.Spacing.PACKED);

    @AfterEach
    void close() {
        array.close();
    }

    private static <T> T join(CompletableFuture<T> future) {
        return future.orTimeout(Conditions.HANG.toSeconds(), TimeUnit.SECONDS).join();
    }

    @Test
    void aWakeCompletesIt() {
        CompletableFuture<WaitOutcome> future = array.awaitAsync(0, 0);
        FutexQueue.awaitLength(1, array, 0);
        assertFalse(future.isDone());
        assertEquals(1, array.wake(0, 1));
        assertEquals(WaitOutcome.WOKEN, join(future));
    }

    @Test
    void aValueThatDiffersCompletesIt() {
        assertEquals(WaitOutcome.VALUE_DIFFERS, join(array.awaitAsync(0, 1)));
        assertEquals(WaitOutcome.VALUE_DIFFERS, join(array.awaitAsync(0, 1, Deadline.after(Conditions.HANG))));
    }

    @Test
    void aDeadlineCompletesItNeverEarly() {
        for (int millis : new int[] {0, 1, 20}) {
            Deadline deadline = Deadline.after(Duration.ofMillis(millis));
            assertEquals(WaitOutcome.TIMED_OUT, join(array.awaitAsync(0, 0, deadline)));
            assertTrue(System.nanoTime() >= deadline.nanos());
            Instant until = Instant.now().plusMillis(millis);
            assertEquals(WaitOutcome.TIMED_OUT, join(array.awaitAsync(0, 0, Deadline.at(until))));
            assertFalse(Instant.now().isBefore(until));
        }
    }

    @Test
    void cancellingEndsTheWait() {
        for (int i = 0; i < 2; i++) {
            CompletableFuture<WaitOutcome> future = array.awaitAsync(0, 0);
            FutexQueue.awaitLength(1, array, 0);
            assertTrue(i == 0 ? future.cancel(true) : future.complete(WaitOutcome.WOKEN));
            FutexQueue.awaitLength(0, array, 0);
            assertEquals(0, array.wake(0, 1));
        }
    }

    @Test
    void orTimeoutEndsTheWait() {
        CompletableFuture<WaitOutcome> future = array.awaitAsync(0, 0).orTimeout(5, TimeUnit.MILLISECONDS);
        assertInstanceOf(TimeoutException.class, assertThrows(CompletionException.class, future::join).getCause());
        FutexQueue.awaitLength(0, array, 0);
    }

    /** Cancelling at once, before the engine has begun, and a wake afterwards: it is the other waiter's. */
    @Test
    void aCancelledWaitTakesNoWakeFromTheNext() {
        for (int i = 0; i < 50; i++) {
            array.awaitAsync(0, i).cancel(false);
            int expected = i;
            Running<WaitOutcome> next = ThreadKind.VIRTUAL.start(() -> array.await(0, expected));
            // Or it is out already: what a cancelled wait passes on may reach the next round, as a wake for no reason.
            Conditions.await("the next waits", () -> FutexQueue.length(array, 0) == 1 || next.isDone());
            array.set(0, i + 1);
            array.wake(0, 1);
            WaitOutcome outcome = next.result();
            assertTrue(outcome == WaitOutcome.WOKEN || outcome == WaitOutcome.VALUE_DIFFERS, outcome.toString());
        }
    }

    @Test
    void dependentsRunOnAVirtualThreadAndMayBlock() {
        CompletableFuture<WaitOutcome> first = array.awaitAsync(0, 0);
        CompletableFuture<String> then = first.thenApply(outcome -> {
            // A second wait inside of the first one's continuation: in an engine's thread it would stop all waiting.
            WaitOutcome second = array.await(1, 0, Conditions.HANG);
            return outcome + " " + second + " " + Thread.currentThread().isVirtual();
        });
        FutexQueue.awaitLength(1, array, 0);
        array.wake(0, 1);
        FutexQueue.awaitLength(1, array, 1);
        assertEquals(WaitOutcome.TIMED_OUT, join(array.awaitAsync(0, 0, Deadline.after(1, TimeUnit.MILLISECONDS))), "waiting goes on");
        array.set(1, 1); // a batch that takes the last wait out just now is in no queue
        array.wake(1, 1);
        String told = join(then);
        assertTrue(told.matches("WOKEN (WOKEN|VALUE_DIFFERS) true"), told);
    }

    @Test
    void aDependentThatThrowsHarmsNobody() {
        CompletableFuture<WaitOutcome> failing = array.awaitAsync(0, 0).thenApply(outcome -> {
            throw new IllegalStateException("the user's own");
        });
        FutexQueue.awaitLength(1, array, 0);
        array.wake(0, 1);
        assertEquals("the user's own", assertThrows(CompletionException.class, () -> join(failing)).getCause().getMessage());
        aWakeCompletesIt();
    }

    @Test
    void aChainWaitsAgainAndAgain() {
        CompletableFuture<Integer> counted = count(0, 50);
        for (int i = 0; i < 50; i++) {
            FutexQueue.awaitLength(1, array, 0);
            array.set(0, i + 1);
            array.wakeAll(0);
        }
        assertEquals(50, join(counted));
    }

    private CompletableFuture<Integer> count(int from, int to) {
        return from == to
                ? CompletableFuture.completedFuture(from)
                : array.awaitAsync(0, from).thenCompose(outcome -> count(array.get(0), to));
    }

    @Test
    void manyWaitForOneWord() {
        List<CompletableFuture<WaitOutcome>> futures = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            futures.add(array.awaitAsync(0, 0));
        }
        FutexQueue.awaitLength(200, array, 0);
        array.set(0, 1);
        array.wakeAll(0);
        for (CompletableFuture<WaitOutcome> future : futures) {
            WaitOutcome outcome = join(future);
            assertTrue(outcome == WaitOutcome.WOKEN || outcome == WaitOutcome.VALUE_DIFFERS, outcome.toString());
        }
    }

    @Test
    void badIndicesAreRefusedAtOnce() {
        assertThrows(IndexOutOfBoundsException.class, () -> array.awaitAsync(2, 0));
    }
}
