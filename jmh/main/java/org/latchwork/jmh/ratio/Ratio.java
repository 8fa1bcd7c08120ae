package org.latchwork.jmh.ratio;

import java.io.IOException;
import java.util.Arrays;

/**
 * One way against another, pair by pair.
 *
 * @param name what was measured
 * @param goal the greatest ratio that is good enough, or {@code null} where there is none
 * @param measured the one
 * @param measuredNanos the median over the pairs of one operation's time
 * @param reference the other
 * @param referenceNanos the same of it
 * @param ratio of the pairs' ratios
 */
public record Ratio(String name, Double goal, String measured, double measuredNanos, String reference, double referenceNanos,
        MedianInterval ratio) {
    /** Runs both by turns: {@return what comes out} What changes on the machine meanwhile meets both. */
    public static Ratio ofPairs(String name, Double goal, int pairs, Contender measured, Contender reference) throws IOException {
        double[] one = new double[pairs];
        double[] other = new double[pairs];
        for (int i = 0; i < pairs; i++) {
            if (i % 2 == 0) { // the order changes too
                one[i] = measured.measure();
                other[i] = reference.measure();
            } else {
                other[i] = reference.measure();
                one[i] = measured.measure();
            }
        }
        return of(name, goal, measured.label(), one, reference.label(), other);
    }

    /** {@return the ratio of times that were measured in pairs} */
    public static Ratio of(String name, Double goal, String measured, double[] measuredNanos, String reference, double[] referenceNanos) {
        double[] ratios = new double[measuredNanos.length];
        Arrays.setAll(ratios, i -> measuredNanos[i] / referenceNanos[i]);
        return new Ratio(name, goal, measured, MedianInterval.median(measuredNanos), reference, MedianInterval.median(referenceNanos),
                MedianInterval.of(ratios));
    }

    /** {@return in words, whether the goal is met; it is missed only if the whole interval lies above it} */
    public String verdict() {
        return goal == null ? "no goal" : ratio.median() <= goal ? "met" : ratio.lower() <= goal ? "met within the interval" : "missed";
    }
}
