package org.latchwork.jmh.report;

import java.util.Locale;

/** Microseconds for people: three digits, never an exponent. */
final class Micros {
    private Micros() {}

    static String text(double micros) {
        int decimals = micros < 10 ? 2 : micros < 100 ? 1 : 0;
        return String.format(Locale.ROOT, "%,." + decimals + "f", micros);
    }
}
