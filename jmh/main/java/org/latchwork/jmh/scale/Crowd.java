package org.latchwork.jmh.scale;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.latchwork.file.MappedFile;
import org.latchwork.file.SharedFile;
import org.latchwork.file.StagedFile;
import org.latchwork.futex.FutexArray;
import org.latchwork.jmh.wake.FutexWords;

/**
 * What the waker and the waiters' JVM share: a futex word for each waiter, a word for the last one to say that all are back, and two times
 * for each waiter, when it was woken and how long that took.
 */
final class Crowd implements AutoCloseable {
    private final int size;
    private final FutexArray words;
    private final MappedFile file;
    private final MemorySegment times;

    private Crowd(Path directory, int size) {
        this.size = size;
        this.words = FutexWords.map(directory.resolve("words"), size + 1);
        this.file = SharedFile.open(directory.resolve("times")).map(bytes(size));
        this.times = file.segment();
    }

    private static long bytes(int size) {
        return (2L * size + 1) * Long.BYTES;
    }

    static Crowd create(Path directory, int size) {
        try (StagedFile staged = StagedFile.in(directory, 0600)) {
            staged.map(bytes(size)).close();
            staged.publish(directory.resolve("times"));
        }
        return attach(directory, size);
    }

    static Crowd attach(Path directory, int size) {
        return new Crowd(directory, size);
    }

    FutexArray words() {
        return words;
    }

    int size() {
        return size;
    }

    /** The index of the word that says which round is over. */
    int over() {
        return size;
    }

    /** The waker, just before it wakes this one. */
    void stamp(int waiter) {
        times.setAtIndex(ValueLayout.JAVA_LONG, waiter, System.nanoTime());
    }

    /** The waiter, as soon as it is back. */
    void back(int waiter) {
        times.setAtIndex(ValueLayout.JAVA_LONG, size + waiter, System.nanoTime() - times.getAtIndex(ValueLayout.JAVA_LONG, waiter));
    }

    /** The last one, when all are. */
    void allAreBack(int round) {
        times.setAtIndex(ValueLayout.JAVA_LONG, 2L * size, System.nanoTime());
        words.set(over(), round);
        words.wake(over(), 1);
    }

    long whenAllWereBack() {
        return times.getAtIndex(ValueLayout.JAVA_LONG, 2L * size);
    }

    long latency(int waiter) {
        return times.getAtIndex(ValueLayout.JAVA_LONG, size + waiter);
    }

    @Override
    public void close() {
        words.close();
        file.close();
    }
}
