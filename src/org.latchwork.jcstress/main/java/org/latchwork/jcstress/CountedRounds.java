package org.latchwork.jcstress;

import java.util.concurrent.TimeUnit;
import org.latchwork.wait.WaitOutcome;

/**
 * Rounds with a word that nobody changes, as a checkpoint's: the waker tries until the kernel has counted one. Then the waiter must have
 * been woken, once.
 */
public abstract class CountedRounds extends Rounds {
    private final int word = Words.take();

    @Override
    protected final void await(int round) {
        WaitOutcome outcome = Words.ARRAY.awaitWake(word, 0, 2 * Pauses.HANG_SECONDS, TimeUnit.SECONDS);
        if (outcome != WaitOutcome.WOKEN) {
            throw new IllegalStateException("only a wake ends it, but it ended with " + outcome);
        }
    }

    @Override
    protected final void wake(int round) {
        Pauses.until(() -> Words.ARRAY.wake(word, 1) == 1);
    }
}
