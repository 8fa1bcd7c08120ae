package org.latchwork.jcstress;

import org.latchwork.wait.WaitOutcome;

/** Rounds in which an interrupt ends the wait, once each. */
public abstract class InterruptRounds extends Rounds {
    private final int word = Words.take();
    private volatile Thread waiter;

    @Override
    protected final void await(int round) {
        waiter = Thread.currentThread();
        WaitOutcome outcome = Words.ARRAY.await(word, 0);
        if (outcome != WaitOutcome.INTERRUPTED) {
            throw new IllegalStateException("only an interrupt ends it, but it ended with " + outcome);
        }
        if (!Thread.interrupted()) {
            throw new IllegalStateException("INTERRUPTED leaves the status set");
        }
    }

    @Override
    protected final void wake(int round) {
        Pauses.until(() -> waiter != null);
        waiter.interrupt();
    }
}
