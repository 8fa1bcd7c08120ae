package org.latchwork.jmh.wake;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.latchwork.file.StagedFile;
import org.latchwork.futex.Futex;
import org.latchwork.futex.FutexArray;
import org.latchwork.jmh.abi.Bench;
import org.latchwork.wait.Deadline;

/** The word to wait on: in a file between processes, in private memory between threads. And how a sleeper on it looks from outside. */
public final class FutexWords {
    private static final int ANY_WAKE = -1; // FUTEX_BITSET_MATCH_ANY

    private FutexWords() {}

    static FutexArray open(Path directory, Scope scope) {
        return scope == Scope.THREADS
                ? FutexArray.allocate(1, FutexArray.Spacing.CACHE_LINE)
                : map(directory.resolve("futex"), 1);
    }

    /** {@return words of a file, each on a cache line of its own} Whoever comes first publishes the file. */
    public static FutexArray map(Path file, int words) {
        try (StagedFile staged = StagedFile.in(file.getParent(), 0600)) {
            staged.map((long) words * FutexArray.Spacing.CACHE_LINE.bytes()).close();
            staged.publish(file);
        }
        return FutexArray.map(file, words, FutexArray.Spacing.CACHE_LINE);
    }

    /**
     * {@code FUTEX_WAIT_BITSET} and nothing else: no interrupt ends it, no close, and a virtual thread holds its carrier meanwhile.
     *
     * @param kind shared or private
     * @param word the word
     * @param expected the value at which to block
     */
    public static void waitPlainly(Futex kind, MemorySegment word, int expected) {
        kind.waitBitset(word, expected, Deadline.NEVER, ANY_WAKE);
    }

    /** How a thread sleeps in {@link #waitPlainly}. */
    static String sleepsPlainlyIn(FutexArray words) {
        int operation = Bench.FUTEX_WAIT_BITSET() | (words.kind() == Futex.PRIVATE ? Bench.FUTEX_PRIVATE_FLAG() : 0);
        return "%d 0x%x 0x%x ".formatted(Bench.SYS_futex(), words.word(0).address(), operation);
    }

    /**
     * How a platform thread sleeps in {@link FutexArray#await}: in {@code futex_waitv} for two words, its own cancel word and this one.
     * Nothing else in these processes waits so.
     */
    static String sleepsIn() {
        return "%d * 0x2 0x0 ".formatted(Bench.SYS_futex_waitv());
    }

    /** How a virtual thread's carrier sleeps while it has nothing to run: parked, in any operation of futex(2). */
    static String carrierSleepsIn() {
        return Bench.SYS_futex() + " ";
    }

    /**
     * {@return how many waiters the kernel has in the word's queue, of all processes} A requeue from the word to itself counts them and
     * leaves them where they are. A parked virtual thread shows in no other way that it waits: no thread of its own sleeps.
     *
     * @param words the words
     * @param index which
     */
    public static int waiters(FutexArray words, int index) {
        return Math.max(0, words.requeue(index, words.get(index), 0, Integer.MAX_VALUE, index));
    }
}
