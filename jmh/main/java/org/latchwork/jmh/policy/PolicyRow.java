package org.latchwork.jmh.policy;

import org.latchwork.jmh.wake.Placement;

/**
 * What a wait costs by one policy: medians over the runs, of each run's mean.
 *
 * @param placement where the partner runs
 * @param holdMicros how long it works before it answers
 * @param policy how the waiter waits
 * @param runs how many
 * @param waits how many round trips in all runs
 * @param nanos a round trip's time
 * @param cpuNanos the waiter's CPU time of it
 */
public record PolicyRow(Placement placement, int holdMicros, Policy policy, int runs, long waits, double nanos, double cpuNanos) {
}
