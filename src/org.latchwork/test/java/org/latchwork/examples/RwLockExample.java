package org.latchwork.examples;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.latchwork.lock.Held;
import org.latchwork.lock.RwLock;

/** Rates that many read and few change. */
final class RwLockExample {
    private RwLockExample() {}

    // @start region=rates
    static double rate(RwLock lock, MemorySegment rates, int currency) {
        try (var _ = lock.acquireRead()) {
            return rates.getAtIndex(ValueLayout.JAVA_DOUBLE, currency);
        }
    }

    static void changeRate(RwLock lock, MemorySegment rates, int currency, double rate) {
        try (Held held = lock.acquireWrite()) {
            rates.setAtIndex(ValueLayout.JAVA_DOUBLE, currency, rate); // one store: there is nothing to repair
            held.markConsistent();
        }
    }
    // @end
}
