package org.latchwork.examples;

import java.util.ArrayDeque;
import java.util.Queue;
import org.latchwork.lock.Held;
import org.latchwork.lock.Mutex;
import org.latchwork.lock.MutexCondition;

/** A queue whose takers wait until there is something. */
final class ConditionExample {
    private final Queue<String> orders = new ArrayDeque<>();
    private final Mutex mutex;
    private final MutexCondition notEmpty;

    ConditionExample(Mutex mutex) {
        this.mutex = mutex;
        this.notEmpty = mutex.condition("not empty"); // the same in every process
    }

    // @start region=queue
    void put(String order) {
        try (var _ = mutex.acquire()) {
            orders.add(order);
            notEmpty.signal();
        }
    }

    String take() throws InterruptedException {
        try (Held held = mutex.acquire()) {
            while (orders.isEmpty()) {
                held.await(notEmpty);
            }
            return orders.remove();
        }
    }
    // @end
}
