package org.latchwork.wait;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.latchwork.futex.Futex;
import org.latchwork.futex.FutexArray;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.FutexQueue;

/** A hundred times many waiters, who end by wakes, timeouts, interrupts and closing: nothing is left of them. */
@EngineTest
class NoGrowthTest {
    private static final int ROUNDS = 100;
    private static final int WORDS = 100;

    private final int waiters = Math.min(2_000, EngineUnderTest.scale());

    @Test
    void nothingGrowsWithTheRounds() throws InterruptedException {
        for (int i = 0; i < ROUNDS / 4; i++) {
            round(i); // until everything has been there once
        }
        Footprint before = Footprint.now();
        for (int i = 0; i < ROUNDS; i++) {
            round(i);
        }
        Footprint after = Footprint.now();
        System.out.println(Futex.waitEngine() + ": before " + before + "; after " + ROUNDS + " rounds of " + waiters + " waiters " + after);
        // Per waiter anything that is left would be 200,000 times there; the bounds are for what a JVM does besides.
        assertTrue(after.heap() - before.heap() < 4 << 20, "heap");
        assertTrue(after.engineThreads() <= before.engineThreads() + 100, "threads of the engine");
        assertTrue(after.descriptors() <= before.descriptors() + 5, "descriptors");
        assertTrue(after.mappings() <= before.mappings() + 500, "mappings");
    }

    private void round(int number) throws InterruptedException {
        FutexArray array = FutexArray.memfd("growth", WORDS, FutexArray.Spacing.PACKED);
        CountDownLatch ended = new CountDownLatch(waiters);
        Thread[] threads = new Thread[waiters];
        boolean timesOut = number % 4 == 0;
        for (int i = 0; i < waiters; i++) {
            int word = i % WORDS;
            threads[i] = Thread.startVirtualThread(() -> {
                array.await(word, 0, timesOut ? Deadline.after(5, TimeUnit.MILLISECONDS) : Deadline.NEVER, WaitPolicy.block());
                ended.countDown();
            });
        }
        if (!timesOut) {
            Conditions.await("all wait", () -> FutexQueue.total(array) == waiters);
        }
        switch (number % 4) {
            case 1 -> {
                for (int word = 0; word < WORDS; word++) {
                    array.set(word, 1);
                    array.wakeAll(word);
                }
            }
            case 2 -> {
                for (Thread thread : threads) {
                    thread.interrupt();
                }
            }
            case 3 -> array.close();
            default -> {} // they time out
        }
        assertTrue(ended.await(Conditions.HANG.toSeconds(), TimeUnit.SECONDS),
                () -> "of round " + number + " " + ended.getCount() + " are missing");
        array.close();
    }
}
