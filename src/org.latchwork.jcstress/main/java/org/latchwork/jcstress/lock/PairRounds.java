package org.latchwork.jcstress.lock;

import java.util.concurrent.CompletableFuture;
import org.latchwork.jcstress.Pauses;
import org.latchwork.jcstress.Rounds;
import org.latchwork.jcstress.Threads;

/**
 * Rounds with two waiters, for what shows only when one of them gets a wake that the other needs. Both have to pass. The second is not an
 * actor: with two CPUs, jcstress leaves out what has three.
 */
public abstract class PairRounds extends Rounds {
    @Override
    protected final void await(int round) {
        CompletableFuture<Void> other = CompletableFuture.runAsync(() -> passFirst(round), Threads.PLATFORM);
        Pauses.ofAnyLength();
        pass(round);
        other.join();
    }

    /** One waiter's part: returns when the waker has done its part of the round. */
    abstract void pass(int round);

    /** The part of the one that mostly comes first. */
    void passFirst(int round) {
        pass(round);
    }
}
