package org.latchwork.jmh.wake;

/**
 * What one run of a mechanism yields, in Java and in C alike: every latency, and totals over the same wakes.
 *
 * @param proven wakes before which the waiter was seen asleep in its waiting call or, if it spins, seen running
 * @param wakerCpuNanos CPU time of the waking calls
 * @param waiterCpuNanos CPU time of the waiting calls
 * @param waitedNanos how long the waiting calls took
 * @param voluntarySwitches how often the waiter slept in them
 * @param involuntarySwitches how often its CPU was taken away in them
 * @param latencies nanoseconds from just before the waking call to just after the waiting one, wake by wake
 */
public record RawSeries(long proven, long wakerCpuNanos, long waiterCpuNanos, long waitedNanos, long voluntarySwitches,
        long involuntarySwitches, long[] latencies) {
}
