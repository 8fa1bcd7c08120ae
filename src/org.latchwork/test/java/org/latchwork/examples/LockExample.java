package org.latchwork.examples;

import java.nio.file.Path;
import org.latchwork.lock.Held;
import org.latchwork.lock.Mutex;
import org.latchwork.lock.SyncRegion;

/** Taking a lock that other processes take as well, and what to do when one of them dies. */
final class LockExample {
    private LockExample() {}

    // @start region=open
    static void shareALock(Path file) {
        try (SyncRegion region = SyncRegion.open(file)) {
            Mutex orders = region.mutex("orders"); // the same in every process that opens the file
            update(orders);
        }
    }
    // @end

    // @start region=acquire
    static void update(Mutex orders) {
        try (var _ = orders.acquire()) {
            change();
        }
    }
    // @end

    // @start region=repair
    static boolean updateOrRepair(Mutex orders) {
        try (Held held = orders.acquire()) {
            if (held.ownerDied()) {
                repair(); // what it left half-changed
                held.markConsistent();
            }
            change();
            return held.ownerDied();
        }
    }
    // @end

    private static void repair() {}

    private static void change() {}
}
