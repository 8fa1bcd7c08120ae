package org.latchwork.jmh.ratio;

import java.util.Arrays;

/**
 * A median, and two of the values between which the median of the whole population lies with a confidence of at least 95 %, whatever its
 * distribution: the order statistics that the binomial distribution gives (the sign test turned round).
 *
 * @param median of the values
 * @param lower end of the interval
 * @param upper end of the interval
 * @param count how many values
 */
public record MedianInterval(double median, double lower, double upper, int count) {
    private static final double TAIL = 0.025;

    /** {@return that of these values, at least 6, which is how many 95 % takes} */
    public static MedianInterval of(double... values) {
        if (values.length < 6) {
            throw new IllegalArgumentException("an interval of 95 % takes 6 values or more, not " + values.length);
        }
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int n = sorted.length;
        int rank = rank(n);
        return new MedianInterval(median(values), sorted[rank - 1], sorted[n - rank], n);
    }

    /** The greatest k with P(fewer than k of n coins show heads) ≤ 2.5 %. */
    static int rank(int n) {
        double probability = Math.pow(0.5, n);
        double below = probability;
        int k = 0;
        while (below <= TAIL) {
            k++;
            probability = probability * (n - k + 1) / k;
            below += probability;
        }
        return k;
    }

    /** {@return the median of these values} */
    public static double median(double... values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int n = sorted.length;
        return (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
    }
}
