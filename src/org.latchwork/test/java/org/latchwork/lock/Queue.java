package org.latchwork.lock;

import org.latchwork.region.RegionMemory;
import org.latchwork.testing.Conditions;

/** Who waits in the kernel's queue of a region's word, in whatever process: the proof that a wait has begun. */
final class Queue {
    private Queue() {}

    /** {@return how many waiters the kernel has queued for a word} As {@link org.latchwork.testing.FutexQueue} counts them. */
    static int length(RegionMemory memory, long offset) {
        int length;
        do {
            length = memory.requeue(offset, memory.get(offset), Integer.MAX_VALUE, offset);
        } while (length < 0); // the word changed under the look
        return length;
    }

    static int length(OwnedLock lock) {
        return length(lock.region().memory(), lock.word().offset());
    }

    static int length(MutexCondition condition) {
        return length(condition.lock().region().memory(), condition.sequence());
    }

    /** Waits until exactly so many wait. */
    static void awaitLength(int length, OwnedLock lock) {
        Conditions.await(length + " waiters of " + lock, () -> length(lock) == length);
    }

    static void awaitLength(int length, MutexCondition condition) {
        Conditions.await(length + " waiters of " + condition, () -> length(condition) == length);
    }
}
