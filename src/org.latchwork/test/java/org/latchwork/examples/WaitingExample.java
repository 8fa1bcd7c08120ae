package org.latchwork.examples;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.latchwork.futex.Futex;
import org.latchwork.futex.FutexArray;
import org.latchwork.futex.FutexVector;
import org.latchwork.futex.FutexWait;
import org.latchwork.wait.Deadline;
import org.latchwork.wait.WaitPolicy;

/** Waiting for one of several words, without a thread, and with a policy. */
final class WaitingExample {
    private static final int NOTHING = 0;
    private static final int STOP = 1;

    private WaitingExample() {}

    // @start region=any
    /** {@return what came first: an order, or -1 for the sign to stop} */
    static int nextOrder(FutexArray orders, FutexArray signs) {
        while (true) {
            int order = orders.getAcquire(0);
            if (order != NOTHING) {
                return order;
            }
            if (signs.getAcquire(0) == STOP) {
                return -1;
            }
            FutexVector.Result end = Futex.awaitAny(new FutexWait(orders, 0, NOTHING), new FutexWait(signs, 0, NOTHING));
            switch (end.outcome()) {
                case WOKEN, VALUE_DIFFERS -> { } // either way, both words tell what holds now
                default -> throw new IllegalStateException("no order: " + end.outcome());
            }
        }
    }
    // @end

    // @start region=async
    static CompletableFuture<String> whenAnswered(FutexArray answers, int index) {
        return answers.awaitAsync(index, NOTHING, Deadline.after(Duration.ofSeconds(10)))
                .thenApply(outcome -> outcome + " " + answers.getAcquire(index));
    }
    // @end

    // @start region=policy
    /** The other side answers within a few microseconds, from another core: worth a look before sleeping. */
    static int answer(FutexArray answers, int index, Deadline deadline, WaitPolicy policy) throws InterruptedException {
        int answer;
        while ((answer = answers.getAcquire(index)) == NOTHING && !deadline.hasPassed()) {
            answers.await(index, NOTHING, deadline, policy).throwIfInterrupted();
        }
        return answer;
    }
    // @end
}
