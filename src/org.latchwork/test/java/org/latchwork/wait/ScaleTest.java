package org.latchwork.wait;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.latchwork.futex.Futex;
import org.latchwork.futex.FutexArray;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.FutexQueue;

/** As many waiters as the engine promises, all at once. What they take and how late they are is printed, not judged. */
@EngineTest
class ScaleTest {
    private static final int WORDS = 1_000;

    private final FutexArray array = FutexArray.memfd("scale", WORDS, FutexArray.Spacing.PACKED);
    private final int waiters = EngineUnderTest.scale();

    @AfterEach
    void close() {
        array.close();
    }

    private static void awaitAll(CountDownLatch latch, String what) throws InterruptedException {
        assertTrue(latch.await(Conditions.HANG.toSeconds(), TimeUnit.SECONDS), () -> latch.getCount() + " are missing of " + what);
    }

    @Test
    void allAreWokenAndTheCarriersAreFreeMeanwhile() throws InterruptedException {
        Footprint before = Footprint.now();
        CountDownLatch ended = new CountDownLatch(waiters);
        AtomicInteger woken = new AtomicInteger();
        for (int i = 0; i < waiters; i++) {
            int word = i % WORDS;
            Thread.startVirtualThread(() -> {
                WaitOutcome outcome = array.await(word, 0);
                woken.addAndGet(outcome == WaitOutcome.WOKEN || outcome == WaitOutcome.VALUE_DIFFERS ? 1 : 0);
                ended.countDown();
            });
        }
        Conditions.await("all wait", () -> FutexQueue.total(array) == waiters);
        Footprint meanwhile = Footprint.now();
        System.out.printf("%s: %,d waiters, each %,d bytes of heap, %,d of the kernel; before %s; meanwhile %s%n",
                Futex.waitEngine(), waiters, (meanwhile.heap() - before.heap()) / waiters,
                (meanwhile.kernel() - before.kernel()) / waiters, before, meanwhile);

        CountDownLatch others = new CountDownLatch(1_000);
        for (int i = 0; i < 1_000; i++) {
            Thread.startVirtualThread(() -> {
                Thread.yield();
                others.countDown();
            });
        }
        awaitAll(others, "other virtual threads");
        assertEquals(waiters, ended.getCount());

        long start = System.nanoTime();
        for (int word = 0; word < WORDS; word++) {
            array.set(word, 1);
            array.wakeAll(word);
        }
        awaitAll(ended, "woken waiters");
        System.out.printf("%s: %,d waiters woken, the last after %,d ms%n", Futex.waitEngine(), waiters,
                (System.nanoTime() - start) / 1_000_000);
        assertEquals(waiters, woken.get());
    }

    @Test
    void allTimeOutAtOnce() throws InterruptedException {
        long millis = 100 + waiters / 100;
        while (tooMany(timeOut(millis)) && millis < Conditions.HANG.toMillis() / 4) {
            millis *= 3; // on a busy machine they take longer to begin
        }
    }

    /** Of those who begin after the deadline there may be some; then they end one by one. */
    private boolean tooMany(int late) {
        return late > waiters / 100;
    }

    /** {@return how many were too late to be there at the deadline} */
    private int timeOut(long millis) throws InterruptedException {
        Deadline deadline = Deadline.after(millis, TimeUnit.MILLISECONDS);
        CountDownLatch ended = new CountDownLatch(waiters);
        AtomicInteger timedOut = new AtomicInteger();
        AtomicInteger late = new AtomicInteger();
        AtomicLong latest = new AtomicLong();
        for (int i = 0; i < waiters; i++) {
            int word = i % WORDS;
            Thread.startVirtualThread(() -> {
                late.addAndGet(System.nanoTime() > deadline.nanos() ? 1 : 0);
                WaitOutcome outcome = array.await(word, 0, deadline);
                long lateness = System.nanoTime() - deadline.nanos();
                timedOut.addAndGet(outcome == WaitOutcome.TIMED_OUT && lateness >= 0 ? 1 : 0);
                latest.accumulateAndGet(lateness, Math::max);
                ended.countDown();
            });
        }
        awaitAll(ended, "waiters who should have timed out");
        System.out.printf("%s: %,d simultaneous timeouts, the last %,d ms late (%,d began after the deadline)%n",
                Futex.waitEngine(), waiters, latest.get() / 1_000_000, late.get());
        assertEquals(waiters, timedOut.get());
        assertEquals(0, FutexQueue.total(array), "nobody is left in the kernel");
        return late.get();
    }
}
