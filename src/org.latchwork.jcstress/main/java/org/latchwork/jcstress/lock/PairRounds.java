package org.latchwork.jcstress.lock;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.latchwork.jcstress.Pauses;
import org.latchwork.jcstress.Rounds;
import org.latchwork.jcstress.Threads;

/**
 * Rounds with two waiters, for what shows only when one of them gets a wake that the other needs. Both have to pass. The second is not an
 * actor: with two CPUs, jcstress leaves out what has three.
 */
public abstract class PairRounds extends Rounds {
    /** Long enough for both to have done with spinning. */
    private static final long ASLEEP_NANOS = 500_000;

    private final AtomicInteger come = new AtomicInteger();

    @Override
    protected final void await(int round) {
        CompletableFuture<Void> other = CompletableFuture.runAsync(() -> {
            come.incrementAndGet();
            passFirst(round);
        }, Threads.PLATFORM);
        Pauses.ofAnyLength();
        come.incrementAndGet();
        pass(round);
        other.join();
    }

    /** For the waker: returns when both are about to wait, or asleep already. */
    final void untilBothCome(int round) {
        Pauses.until(() -> come.get() >= 2 * round);
        Pauses.upTo(ASLEEP_NANOS);
    }

    /** One waiter's part: returns when the waker has done its part of the round. */
    abstract void pass(int round);

    /** The part of the one that mostly comes first. */
    void passFirst(int round) {
        pass(round);
    }
}
