package org.latchwork.jmh.scale;

import org.HdrHistogram.Histogram;
import org.latchwork.jmh.wake.Mechanism;

/**
 * Many waiters at once.
 *
 * @param mechanism how they wait
 * @param waiters how many
 * @param rounds how often all were woken
 * @param wakesPerSecond waiters by the time until the last one is back; the median of the rounds
 * @param lastNanos from before the first wake until the last waiter is back; the median of the rounds
 * @param histogram every wake, from just before the waking call until the waiter runs, in nanoseconds
 */
public record ScaleRow(Mechanism mechanism, int waiters, int rounds, double wakesPerSecond, double lastNanos, Histogram histogram) {
    /**
     * A row without figures.
     *
     * @param mechanism which
     * @param waiters how many
     * @param reason why
     */
    public record LeftOut(Mechanism mechanism, int waiters, String reason) {
    }

    /** {@return a name for files} */
    public String fileName() {
        return ("scale." + waiters + "." + mechanism).toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }
}
