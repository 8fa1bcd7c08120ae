package org.latchwork.examples;

import org.latchwork.futex.FutexArray;
import org.latchwork.lock.Held;
import org.latchwork.lock.SeqLock;

/** A pair of words that belong together, read without writing anything. */
final class SeqLockExample {
    private SeqLockExample() {}

    // @start region=both
    static void move(SeqLock position, FutexArray words, int x, int y) {
        try (Held held = position.acquire()) {
            if (held.ownerDied()) {
                held.markConsistent(); // both halves are written anew below
            }
            words.setPlain(0, x);
            words.setPlain(1, y);
        }
    }

    record Point(int x, int y) {}

    static Point where(SeqLock position, FutexArray words) {
        return position.read(() -> new Point(words.getPlain(0), words.getPlain(1)));
    }
    // @end

    // @start region=optimistic
    static Point whereByHand(SeqLock position, FutexArray words) {
        long stamp = position.tryOptimisticRead();
        Point seen = new Point(words.getPlain(0), words.getPlain(1)); // perhaps half of one and half of another
        return position.validate(stamp) ? seen : where(position, words);
    }
    // @end
}
