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
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.FutexSleepers;
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

    private interface Await {
        WaitOutcome await(Duration timeout);
    }

    /** Were the timeout started anew at each signal, the wait could not end while they keep coming. */
    @ParameterizedTest
    @MethodSource("kinds")
    void signalsDoNotProlongAnAwait(Futex kind) {
        FutexArray array = FutexArray.of(Memory.word(kind), FutexArray.Spacing.PACKED, kind);
        assertEndsUnderSignals(array, timeout -> {
            long start = System.nanoTime();
            WaitOutcome outcome = array.await(0, 0, timeout);
            assertTrue(System.nanoTime() - start >= timeout.toNanos());
            return outcome;
        });
        assertEndsUnderSignals(array, timeout -> {
            Deadline deadline = Deadline.after(timeout);
            WaitOutcome outcome = array.await(0, 0, deadline);
            assertTrue(System.nanoTime() >= deadline.nanos());
            return outcome;
        });
        assertEndsUnderSignals(array, timeout -> {
            Instant until = Instant.now().plus(timeout);
            WaitOutcome outcome = array.await(0, 0, Deadline.at(until));
            assertTrue(!Instant.now().isBefore(until));
            return outcome;
        });
    }

    /** On a busy machine a wait can be over before two signals have met it asleep; then a longer one is tried. */
    private static void assertEndsUnderSignals(FutexArray array, Await await) {
        Duration timeout = Duration.ofMillis(200);
        while (signalsDuring(array, await, timeout) < 2) {
            timeout = timeout.multipliedBy(4);
            assertTrue(timeout.compareTo(Conditions.HANG) < 0, "the waiter is never seen asleep");
        }
    }

    /** {@return how many signals have met the waiter asleep} */
    private static int signalsDuring(FutexArray array, Await await, Duration timeout) {
        Waiter waiter = new Waiter(() -> await.await(timeout));
        long pid = ProcessHandle.current().pid();
        AtomicInteger delivered = new AtomicInteger();
        Conditions.await("the wait ends while signals keep coming", () -> {
            if (FutexSleepers.on(pid, array.word(0).address()) == 1) {
                Signals.deliver(waiter.tid());
                delivered.getAndIncrement();
            }
            return waiter.ended();
        });
        assertEquals(WaitOutcome.TIMED_OUT, waiter.take());
        return delivered.get();
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
