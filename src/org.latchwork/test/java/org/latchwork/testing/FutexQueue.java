package org.latchwork.testing;

import org.latchwork.futex.FutexArray;

/** Who waits in the kernel's queue of a word, whoever blocks there on whose behalf: the proof that a wait has begun. */
public final class FutexQueue {
    private FutexQueue() {}

    /**
     * {@return how many waiters the kernel has queued for a word}
     *
     * <p>{@code FUTEX_CMP_REQUEUE} from a word to the same word wakes nobody and moves everybody nowhere, and counts them. Unlike
     * {@link FutexSleepers} it sees waiters in an io_uring, too, for which no thread sleeps. A waiter of several words counts for each.
     */
    public static int length(FutexArray array, int index) {
        int length;
        do {
            length = array.requeue(index, array.get(index), 0, Integer.MAX_VALUE, index);
        } while (length < 0); // the word changed under the look
        return length;
    }

    /** Waits until exactly so many wait for a word. */
    public static void awaitLength(int length, FutexArray array, int index) {
        Conditions.await(length + " waiters of word " + index, () -> length(array, index) == length);
    }

    /** {@return how many wait for all words of an array, taken together} */
    public static int total(FutexArray array) {
        int total = 0;
        for (int i = 0; i < array.length(); i++) {
            total += length(array, i);
        }
        return total;
    }
}
