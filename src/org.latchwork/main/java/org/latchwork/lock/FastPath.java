package org.latchwork.lock;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import org.latchwork.region.RegionMemory;

/**
 * Words of 32 bits, each a segment that the lock itself holds. {@link RegionMemory} would do the same; but every object between the lock and the
 * address costs a nanosecond or two, each time, since what was loaded before a compare-and-exchange is loaded again after it.
 *
 * <p>Each change looks at the word first, without any order, for the sake of a page that somebody has cut off the file: a load throws there, and so
 * does a compare-and-exchange in compiled code, but one in the interpreter ends the JVM. A look that orders nothing is free, where a volatile one
 * took a quarter of the time of lock and unlock (measured).
 */
final class FastPath {
    private static final VarHandle WORD = ValueLayout.JAVA_INT.varHandle();

    private FastPath() {}

    /** {@return the word, in no order with anything: for a compare-and-exchange to come, which will find out} */
    static int look(MemorySegment word) {
        return (int) WORD.get(word, 0L);
    }

    /** {@return the word, sequentially consistent} */
    static int get(MemorySegment word) {
        return (int) WORD.getVolatile(word, 0L);
    }

    /** Sets the word if it holds what a {@link #look} has seen there. Sequentially consistent. */
    static boolean compareAndSet(MemorySegment word, int seen, int value) {
        return WORD.compareAndSet(word, 0L, seen, value);
    }

    /** Sets the word if it holds what the caller expects. Sequentially consistent. */
    static boolean swap(MemorySegment word, int expected, int value) {
        return look(word) == expected && compareAndSet(word, expected, value);
    }

    /** Adds to the word. Sequentially consistent. */
    static void add(MemorySegment word, int delta) {
        look(word);
        WORD.getAndAdd(word, 0L, delta);
    }
}
