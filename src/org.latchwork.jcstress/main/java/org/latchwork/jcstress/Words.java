package org.latchwork.jcstress;

import java.util.concurrent.atomic.AtomicInteger;
import org.latchwork.futex.FutexArray;
import org.latchwork.futex.FutexArray.Spacing;

/**
 * The words of all states of a test. jcstress makes states by the million, so they share one array, which is never closed, and use its
 * words in turn. There are six times as many as the states that live at a time, with two words each: 20,480 at most.
 */
public final class Words {
    private static final int COUNT = 1 << 17;

    /** A cache line for each word: neighbours on one line would order each other's accesses by chance. */
    public static final FutexArray ARRAY = FutexArray.allocate(COUNT, Spacing.CACHE_LINE);

    private static final AtomicInteger NEXT = new AtomicInteger();

    private Words() {}

    /** {@return the index of a word that no living state has; it is 0} */
    public static int take() {
        int index = NEXT.getAndIncrement() & COUNT - 1;
        ARRAY.set(index, 0);
        return index;
    }
}
