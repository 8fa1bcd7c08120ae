package org.latchwork.jmh.ratio;

/**
 * Java against C, pair by pair.
 *
 * @param name what was measured
 * @param goal the greatest ratio that is good enough
 * @param javaNanos the median over the pairs of one operation's time in Java; each pair's is the median over its batches
 * @param cNanos the same in C
 * @param ratio of the pairs' ratios
 */
public record Ratio(String name, double goal, double javaNanos, double cNanos, MedianInterval ratio) {
    /** {@return in words, whether the goal is met; it is missed only if the whole interval lies above it} */
    public String verdict() {
        return ratio.median() <= goal ? "met" : ratio.lower() <= goal ? "met within the interval" : "missed";
    }
}
