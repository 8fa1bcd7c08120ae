package org.latchwork.examples;

import org.latchwork.futex.FutexArray;
import org.latchwork.lock.EventCount;
import org.latchwork.wait.Deadline;

/** A counter of tickets that is taken from without a lock, and waited for while it is empty. */
final class EventCountExample {
    private EventCountExample() {}

    // @start region=wait
    static void put(FutexArray tickets, EventCount filled) {
        tickets.incrementAndGet(0); // first what they wait for,
        filled.signal(); // then the signal
    }

    static void take(FutexArray tickets, EventCount filled) throws InterruptedException {
        while (!tryTake(tickets)) {
            long key = filled.prepare();
            if (tryTake(tickets)) { // once more: it may have been filled before prepare()
                filled.cancel(key);
                return;
            }
            filled.await(key).throwIfInterrupted();
        }
    }

    /** The same, for those who like it short. */
    static boolean take(FutexArray tickets, EventCount filled, Deadline deadline) throws InterruptedException {
        return filled.await(() -> tryTake(tickets), deadline);
    }
    // @end

    private static boolean tryTake(FutexArray tickets) {
        int seen;
        do {
            seen = tickets.get(0);
        } while (seen > 0 && !tickets.compareAndSet(0, seen, seen - 1));
        return seen > 0;
    }
}
