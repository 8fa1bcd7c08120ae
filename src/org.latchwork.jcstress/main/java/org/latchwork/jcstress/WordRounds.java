package org.latchwork.jcstress;

import org.latchwork.wait.WaitOutcome;

/** Rounds with one word, which holds the number of the last round that the waker has begun: change the word, then wake. */
public abstract class WordRounds extends Rounds {
    private final int word = Words.take();

    /**
     * Waits while the word holds the expected value. Any end is good: the word is read again.
     *
     * @return how it ended
     */
    protected abstract WaitOutcome await(int word, int expected);

    @Override
    protected final void await(int round) {
        while (Words.ARRAY.get(word) != round) {
            WaitOutcome outcome = await(word, round - 1);
            if (outcome != WaitOutcome.WOKEN && outcome != WaitOutcome.VALUE_DIFFERS) {
                throw new IllegalStateException("nobody interrupts or closes, and there is no deadline, but it ended with " + outcome);
            }
        }
    }

    @Override
    protected final void wake(int round) {
        Words.ARRAY.set(word, round);
        Words.ARRAY.wakeAll(word);
    }
}
