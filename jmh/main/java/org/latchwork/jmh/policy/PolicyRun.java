package org.latchwork.jmh.policy;

import org.latchwork.jmh.wake.Placement;

/**
 * One run.
 *
 * @param policy how the waiter waits
 * @param placement where its partner runs
 * @param cpu the waiter's
 * @param partnerCpu the partner's
 * @param holdNanos how long the partner works before it answers
 * @param millis how long the run takes, about
 */
record PolicyRun(Policy policy, Placement placement, int cpu, int partnerCpu, long holdNanos, int millis) {
    /**
     * What comes out.
     *
     * @param waits how many round trips
     * @param nanos their time
     * @param cpuNanos the waiter's CPU time meanwhile
     */
    record Outcome(long waits, long nanos, long cpuNanos) {
        double nanosPerWait() {
            return (double) nanos / waits;
        }

        double cpuNanosPerWait() {
            return (double) cpuNanos / waits;
        }
    }
}
