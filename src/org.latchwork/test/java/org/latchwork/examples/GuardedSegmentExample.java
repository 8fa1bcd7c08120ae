package org.latchwork.examples;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import org.latchwork.lock.GuardedSegment;
import org.latchwork.lock.SyncRegion;

/** Data that can be reached only under its lock. */
final class GuardedSegmentExample {
    private GuardedSegmentExample() {}

    // @start region=guard
    static long bookOrder(SyncRegion region, long amount) {
        GuardedSegment orders = region.guardedSegment("orders", 16); // how many, and their sum
        try (var guard = orders.acquire()) {
            if (guard.ownerDied()) {
                guard.data().fill((byte) 0); // half a booking may be in it: count anew
                guard.markConsistent();
            }
            guard.data().set(JAVA_LONG, 0, guard.data().get(JAVA_LONG, 0) + 1);
            guard.data().set(JAVA_LONG, 8, guard.data().get(JAVA_LONG, 8) + amount);
            return guard.data().get(JAVA_LONG, 8);
        }
    }
    // @end
}
