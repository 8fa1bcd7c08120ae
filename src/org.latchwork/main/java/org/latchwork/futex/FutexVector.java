package org.latchwork.futex;

import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.latchwork.linux.WaitVector;
import org.latchwork.wait.WaitOutcome;

/**
 * An array of {@code struct futex_waitv}: words with the values at which to block, for {@link Futex#waitv} and {@link Futex#requeue2}.
 *
 * <p>It holds the segments of its words strongly, so that none is collected while the kernel knows its address only. Reusable; not for
 * use by several threads at once.
 */
public final class FutexVector {
    private final WaitVector vector;
    private final MemorySegment[] words;

    /**
     * Makes a vector of null words.
     *
     * @param size 1 to {@link #maxSize()} words
     */
    public FutexVector(int size) {
        if (size < 1 || size > maxSize()) {
            throw new IllegalArgumentException("a futex vector has 1 to " + maxSize() + " words, not " + size);
        }
        this.vector = new WaitVector(size);
        this.words = new MemorySegment[size];
    }

    /**
     * Sets one entry.
     *
     * @param index which
     * @param kind {@link Futex#SHARED} or {@link Futex#PRIVATE}
     * @param word the word
     * @param expected the value at which to block
     * @return this
     */
    public FutexVector set(int index, Futex kind, MemorySegment word, int expected) {
        Objects.checkIndex(index, words.length);
        vector.set(index, word.address(), expected, kind.futex2Flags());
        words[index] = word;
        return this;
    }

    /** {@return how many words one {@code futex_waitv} can wait for: {@code FUTEX_WAITV_MAX}} */
    public static int maxSize() {
        return WaitVector.maxSize();
    }

    /** {@return how many words} */
    public int size() {
        return words.length;
    }

    /** {@return the array as the kernel reads it: 24 bytes an entry} */
    public MemorySegment segment() {
        return vector.segment();
    }

    /**
     * How a wait for many ended.
     *
     * @param outcome how
     * @param index the highest index among the words that were woken; −1 where none was
     */
    public record Result(WaitOutcome outcome, int index) {}
}
