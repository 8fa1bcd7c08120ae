package org.latchwork.jmh.wake;

import java.util.List;
import java.util.stream.LongStream;

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
    /** {@return several runs as one} */
    public static RawSeries ofAll(List<RawSeries> runs) {
        return new RawSeries(runs.stream().mapToLong(RawSeries::proven).sum(), runs.stream().mapToLong(RawSeries::wakerCpuNanos).sum(),
                runs.stream().mapToLong(RawSeries::waiterCpuNanos).sum(), runs.stream().mapToLong(RawSeries::waitedNanos).sum(),
                runs.stream().mapToLong(RawSeries::voluntarySwitches).sum(), runs.stream().mapToLong(RawSeries::involuntarySwitches).sum(),
                runs.stream().flatMapToLong(run -> LongStream.of(run.latencies())).toArray());
    }
}
