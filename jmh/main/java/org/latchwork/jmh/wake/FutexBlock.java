package org.latchwork.jmh.wake;

import org.latchwork.futex.FutexArray;

/** The word is the number; the waiter sleeps while it is another. */
record FutexBlock(FutexArray words) implements Waking {
    @Override
    public void wake(int number) {
        words.set(0, number);
        words.wake(0, 1);
    }

    @Override
    public void await(int number) {
        int seen;
        while ((seen = words.get(0)) != number) {
            words.await(0, seen);
        }
    }

    @Override
    public String sleepsIn() {
        return FutexWords.sleepsIn(words);
    }

    @Override
    public void close() {
        words.close();
    }
}
