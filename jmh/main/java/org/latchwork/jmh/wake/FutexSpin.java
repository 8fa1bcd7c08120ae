package org.latchwork.jmh.wake;

import org.latchwork.futex.FutexArray;
import org.latchwork.wait.Deadline;
import org.latchwork.wait.WaitPolicy;

/**
 * The word is twice the number, plus one while somebody sleeps on it: only then the waker makes a call. The waiter first reads the word for
 * up to {@link #SPIN_NANOS}, which is longer than the waker's pause: a wake finds it running.
 *
 * <p>A {@link WaitPolicy} that spins cannot do this: between looking and sleeping the waiter has to leave its mark in the word.
 */
record FutexSpin(FutexArray words) implements Waking {
    private static final long SPIN_NANOS = 1_000_000;
    private static final int READS_BETWEEN_CLOCKS = 64;
    private static final int SLEEPER = 1;

    @Override
    public void wake(int number) {
        if ((words.getAndSet(0, number << 1) & SLEEPER) != 0) {
            words.wake(0, 1);
        }
    }

    @Override
    public void await(int number) {
        int woken = number << 1;
        long end = System.nanoTime() + SPIN_NANOS;
        do {
            for (int i = 0; i < READS_BETWEEN_CLOCKS; i++) {
                if (words.getAcquire(0) == woken) {
                    return;
                }
                Thread.onSpinWait();
            }
        } while (System.nanoTime() < end);
        int seen;
        while ((seen = words.get(0)) != woken) {
            if ((seen & SLEEPER) != 0 || words.compareAndSet(0, seen, seen | SLEEPER)) {
                words.await(0, seen | SLEEPER, Deadline.NEVER, WaitPolicy.block());
            }
        }
    }

    @Override
    public String sleepsIn() {
        return FutexWords.sleepsIn();
    }

    @Override
    public void close() {
        words.close();
    }
}
