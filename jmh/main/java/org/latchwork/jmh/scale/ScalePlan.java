package org.latchwork.jmh.scale;

import org.latchwork.jmh.wake.Mechanism;

/**
 * One measurement.
 *
 * @param mechanism how the waiters wait
 * @param waiters how many
 * @param warmUpMillis how long to wake before anything is recorded, and one round at least
 * @param measureMillis how long to record, and a few rounds at least
 * @param maxWakes after so many records it ends before that time
 * @param deadlineMillis how long all the waiters may take to wait, or to come back, before the row is called stalled
 * @param directory for its files, a directory of its own
 */
record ScalePlan(Mechanism mechanism, int waiters, int warmUpMillis, int measureMillis, int maxWakes, int deadlineMillis,
        String directory) {
    /** Rounds that are measured at least, where one takes longer than the time that there is. */
    static final int MIN_ROUNDS = 3;

    /** {@return how long it may take: each round a deadline to begin and one to end, before it is given up} */
    long longestMillis() {
        return warmUpMillis + measureMillis + (1 + MIN_ROUNDS) * 2L * deadlineMillis;
    }

    /**
     * What comes out.
     *
     * @param stalled in words, what did not happen in time; else {@code null}
     * @param roundNanos round by round, from before the first wake until the last waiter is back
     * @param latencies wake by wake, from just before the waking call until the waiter runs
     */
    record Outcome(String stalled, long[] roundNanos, long[] latencies) {
    }
}
