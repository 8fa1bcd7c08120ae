package org.latchwork.futex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.Signals;
import org.latchwork.testing.Waiters;
import org.latchwork.wait.Deadline;
import org.latchwork.wait.WaitOutcome;

/** EINTR: the raw waits say SIGNALLED; {@link FutexArray#await} goes on, towards the one deadline it was given. */
class FutexSignalTest {
    static List<Futex> kinds() {
        return Memory.kinds();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void aSignalEndsARawWait(Futex kind) {
        MemorySegment word = Memory.word(kind);
        FutexVector vector = new FutexVector(1).set(0, kind, word, 0);
        assertSignalled(word, () -> kind.wait(word, 0, Memory.hangTimeout()));
        assertSignalled(word, () -> kind.wait(word, 0, null));
        assertSignalled(word, () -> kind.waitBitset(word, 0, Memory.hang(), -1));
        assertSignalled(word, () -> kind.waitBitset(word, 0, Deadline.at(Instant.now().plus(Memory.hangTimeout())), -1));
        assertSignalled(word, () -> kind.wait2(word, 0, Memory.hang(), -1));
        assertSignalled(vector.segment(), () -> Futex.waitv(vector, Memory.hang()).outcome());
        assertEquals(0, kind.wake(word, Integer.MAX_VALUE), "nobody is left in the queue");
    }

    private static void assertSignalled(MemorySegment sleepsOn, Callable<WaitOutcome> wait) {
        Waiter waiter = new Waiter(wait);
        Waiters.awaitAsleep(1, sleepsOn);
        Signals.deliver(waiter.tid());
        assertEquals(WaitOutcome.SIGNALLED, waiter.take());
    }

    /** Were the timeout started anew at each signal, the wait could not end while they keep coming. */
    @ParameterizedTest
    @MethodSource("kinds")
    void signalsDoNotProlongAnAwait(Futex kind) {
        FutexArray array = FutexArray.of(Memory.word(kind), FutexArray.Spacing.PACKED, kind);
        Duration timeout = Duration.ofMillis(300);
        Deadline monotonic = Deadline.after(timeout);
        assertEndsUnderSignals(array, () -> array.await(0, 0, monotonic));
        assertTrue(System.nanoTime() >= monotonic.nanos());

        Instant until = Instant.now().plus(timeout);
        assertEndsUnderSignals(array, () -> array.await(0, 0, Deadline.at(until)));
        assertTrue(!Instant.now().isBefore(until));

        long start = System.nanoTime();
        assertEndsUnderSignals(array, () -> array.await(0, 0, timeout));
        assertTrue(System.nanoTime() - start >= timeout.toNanos());
    }

    private static void assertEndsUnderSignals(FutexArray array, Callable<WaitOutcome> await) {
        Waiter waiter = new Waiter(await);
        Waiters.awaitAsleep(1, array.word(0));
        int[] delivered = {0};
        Conditions.await("the wait ends while signals keep coming", () -> {
            if (waiter.ended()) {
                return true;
            }
            Signals.deliver(waiter.tid());
            delivered[0]++;
            return false;
        });
        assertEquals(WaitOutcome.TIMED_OUT, waiter.take());
        assertTrue(delivered[0] >= 2, () -> "too few signals to tell: " + delivered[0]);
    }

    @Test
    void anAwaitWithoutDeadlineGoesOnAfterASignal() {
        try (FutexArray array = FutexArray.allocate(1, FutexArray.Spacing.PACKED)) {
            Waiter waiter = new Waiter(() -> array.await(0, 0));
            Waiters.awaitAsleep(1, array.word(0));
            Signals.deliver(waiter.tid());
            Waiters.awaitAsleep(1, array.word(0));
            assertEquals(1, array.wake(0, 1));
            assertEquals(WaitOutcome.WOKEN, waiter.take());
        }
    }

    /** A thread whose kernel id is known and which lives on after its wait, so that a signal always finds it. */
    private static final class Waiter {
        private final CompletableFuture<Integer> tid = new CompletableFuture<>();
        private final CompletableFuture<WaitOutcome> outcome = new CompletableFuture<>();
        private final CompletableFuture<Void> released = new CompletableFuture<>();

        Waiter(Callable<WaitOutcome> wait) {
            Thread thread = new Thread(() -> {
                tid.complete(Signals.tid());
                try {
                    outcome.complete(wait.call());
                } catch (Throwable thrown) {
                    outcome.completeExceptionally(thrown);
                }
                released.join();
            });
            thread.setDaemon(true);
            thread.start();
        }

        int tid() {
            return tid.join();
        }

        boolean ended() {
            return outcome.isDone();
        }

        WaitOutcome take() {
            WaitOutcome end = outcome.orTimeout(Conditions.HANG.toSeconds(), TimeUnit.SECONDS).join();
            released.complete(null);
            return end;
        }
    }
}
