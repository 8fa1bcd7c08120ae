package org.latchwork.examples;

import org.latchwork.lock.HeldAll;
import org.latchwork.lock.Locks;
import org.latchwork.lock.Mutex;

/** Two locks at once. */
final class AcquireAllExample {
    private AcquireAllExample() {}

    // @start region=move
    /** Whoever moves the other way at the same time takes them in the same order. */
    static void move(Mutex from, Mutex to, Runnable move, Runnable repair) {
        try (HeldAll both = Locks.acquireAll(from, to)) {
            if (both.ownerDied()) {
                repair.run();
                both.held().forEach(held -> held.markConsistent());
            }
            move.run();
        }
    }
    // @end
}
