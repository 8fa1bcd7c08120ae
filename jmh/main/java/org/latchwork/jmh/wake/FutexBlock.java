package org.latchwork.jmh.wake;

import org.latchwork.futex.FutexArray;
import org.latchwork.wait.Deadline;
import org.latchwork.wait.WaitPolicy;

/**
 * The word is the number; the waiter sleeps while it is another, at once and interruptibly.
 *
 * @param words the word
 * @param sleepsIn as {@link Waking#sleepsIn}, which depends on the kind of thread that waits
 */
record FutexBlock(FutexArray words, String sleepsIn) implements Waking {
    private static final WaitPolicy AT_ONCE = WaitPolicy.block();

    @Override
    public void wake(int number) {
        words.set(0, number);
        words.wake(0, 1);
    }

    @Override
    public void await(int number) {
        int seen;
        while ((seen = words.get(0)) != number) {
            words.await(0, seen, Deadline.NEVER, AT_ONCE);
        }
    }

    @Override
    public int waiters() {
        return FutexWords.waiters(words, 0);
    }

    @Override
    public void close() {
        words.close();
    }
}
