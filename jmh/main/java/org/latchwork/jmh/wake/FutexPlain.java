package org.latchwork.jmh.wake;

import java.lang.foreign.MemorySegment;
import org.latchwork.futex.FutexArray;

/**
 * As {@link FutexBlock}, but the waiter sleeps in the kernel's plain {@code FUTEX_WAIT_BITSET}.
 *
 * @param words the word
 * @param word the same, as the raw operation takes it
 */
record FutexPlain(FutexArray words, MemorySegment word) implements Waking {
    FutexPlain(FutexArray words) {
        this(words, words.word(0));
    }

    @Override
    public void wake(int number) {
        words.set(0, number);
        words.wake(0, 1);
    }

    @Override
    public void await(int number) {
        int seen;
        while ((seen = words.get(0)) != number) {
            FutexWords.waitPlainly(words.kind(), word, seen);
        }
    }

    @Override
    public String sleepsIn() {
        return FutexWords.sleepsPlainlyIn(words);
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
