package org.latchwork.jmh.wake;

import java.nio.file.Path;
import org.latchwork.file.StagedFile;
import org.latchwork.futex.Futex;
import org.latchwork.futex.FutexArray;
import org.latchwork.jmh.abi.Bench;

/** The word to wait on: in a file between processes, in private memory between threads. */
final class FutexWords {
    private FutexWords() {}

    static FutexArray open(Path directory, Scope scope) {
        return scope == Scope.THREADS
                ? FutexArray.allocate(1, FutexArray.Spacing.CACHE_LINE)
                : map(directory.resolve("futex"), 1);
    }

    /** Whoever comes first publishes the file. */
    static FutexArray map(Path file, int words) {
        try (StagedFile staged = StagedFile.in(file.getParent(), 0600)) {
            staged.map((long) words * FutexArray.Spacing.CACHE_LINE.bytes()).close();
            staged.publish(file);
        }
        return FutexArray.map(file, words, FutexArray.Spacing.CACHE_LINE);
    }

    static String sleepsIn(FutexArray words) {
        int operation = Bench.FUTEX_WAIT_BITSET() | (words.kind() == Futex.PRIVATE ? Bench.FUTEX_PRIVATE_FLAG() : 0);
        return "%d 0x%x 0x%x ".formatted(Bench.SYS_futex(), words.word(0).address(), operation);
    }
}
