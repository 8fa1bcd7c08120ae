package org.latchwork.jcstress;

/**
 * A waiter and a waker that meet many times, for a test in {@code Mode.Termination}: jcstress itself sleeps a millisecond before each
 * signal, so that it would always find the waiter asleep. Here the waiter says that it is about to wait, and both go on after a pause of any
 * length: so the wake comes before the wait, between its look at the word and its sleep, or after it.
 *
 * <p>The waker waits for the waiter's answer before the next round, or the next wake would make up for one that is lost.
 */
public abstract class Rounds {
    /** Not more: where interrupts are noticed within 20 ms only, each takes that long. */
    protected static final int ROUNDS = 20;

    private volatile int about;
    private volatile int done;

    /** The waiter's part, once: returns when the waker has done its part of the round. */
    protected abstract void await(int round);

    /** The waker's part, once. */
    protected abstract void wake(int round);

    /** The waiter. */
    protected final void awaitAll() {
        for (int round = 1; round <= ROUNDS; round++) {
            about = round;
            Pauses.ofAnyLength();
            await(round);
            done = round;
        }
    }

    /** The waker. It gives up when the waiter does not answer, which jcstress then finds stale. */
    protected final void wakeAll() {
        for (int next = 1; next <= ROUNDS; next++) {
            int round = next;
            if (!Pauses.until(() -> about >= round)) {
                return;
            }
            Pauses.ofAnyLength();
            wake(round);
            if (!Pauses.until(() -> done >= round)) {
                return;
            }
        }
    }
}
