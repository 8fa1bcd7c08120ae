package org.latchwork.jcstress.lock;

import org.latchwork.lock.OwnedLock;

/** Who has the lock counts, in a plain field. Two threads that take it twice each. */
public abstract class Counting {
    final OwnedLock lock;
    int count;

    Counting(OwnedLock lock) {
        this.lock = lock;
    }

    final void countTwice() {
        for (int i = 0; i < 2; i++) {
            try (var _ = lock.acquire()) {
                count++;
            }
        }
    }

    final int counted() {
        try (var _ = lock.acquire()) {
            return count;
        }
    }
}
