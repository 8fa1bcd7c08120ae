package org.latchwork.jmh.wake;

import com.google.gson.Gson;
import java.io.IOException;
import java.util.Locale;
import org.HdrHistogram.Histogram;
import org.latchwork.jmh.Peer;

/**
 * One measured series.
 *
 * @param plan what was measured
 * @param raw what the run has yielded
 * @param histogram every latency, in nanoseconds
 */
public record Series(Plan plan, RawSeries raw, Histogram histogram) {
    private static final int SIGNIFICANT_DIGITS = 3;

    /** Asks a {@link SeriesProgram}, or the C program. */
    public static Series measure(Plan plan, Peer peer) throws IOException {
        String answer = peer.ask(new Gson().toJson(plan), plan.warmUpMillis() + plan.measureMillis());
        return of(plan, new Gson().fromJson(answer, RawSeries.class));
    }

    /** Checks and records every latency. */
    public static Series of(Plan plan, RawSeries raw) {
        Histogram histogram = new Histogram(SIGNIFICANT_DIGITS);
        for (long latency : raw.latencies()) {
            if (latency < 0) {
                throw new IllegalStateException("%s: a waiter that ran %d ns before it was woken; do the CPUs' clocks agree?"
                        .formatted(plan.mechanism().label(), -latency));
            }
            histogram.recordValue(latency);
        }
        if (histogram.getTotalCount() == 0) {
            throw new IllegalStateException(plan.mechanism().label() + ": not one wake in " + plan.measureMillis() + " ms");
        }
        return new Series(plan, raw, histogram);
    }

    /** {@return how many wakes} */
    public long wakes() {
        return histogram.getTotalCount();
    }

    /** {@return the latency at this percentile, in microseconds} */
    public double micros(double percentile) {
        return histogram.getValueAtPercentile(percentile) / 1000.0;
    }

    /** {@return CPU time of the waking call, in microseconds per wake} */
    public double wakerCpuMicros() {
        return perWake(Math.max(0, raw.wakerCpuNanos())) / 1000;
    }

    /** {@return CPU time of the waiting call, in microseconds per wake} */
    public double waiterCpuMicros() {
        return perWake(raw.waiterCpuNanos()) / 1000;
    }

    /** {@return CPU time of the waiting call as a share of the time it took} */
    public double waiterCpuShare() {
        return (double) raw.waiterCpuNanos() / raw.waitedNanos();
    }

    /** {@return how often the waiter slept, per wake} */
    public double voluntarySwitches() {
        return perWake(raw.voluntarySwitches());
    }

    /** {@return how often the waiter's CPU was taken away, per wake} */
    public double involuntarySwitches() {
        return perWake(raw.involuntarySwitches());
    }

    private double perWake(long total) {
        return (double) total / wakes();
    }

    /** {@return what the waiter was seen doing just before the wakes} */
    public String proof() {
        String state = plan.mechanism().spins() ? "running" : "asleep";
        return "%s %d of %d".formatted(state, raw.proven(), wakes());
    }

    /** {@return a name for files} */
    public String fileName() {
        return "%s.%s.%s".formatted(plan.scope(), plan.placement(), plan.mechanism()).toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
