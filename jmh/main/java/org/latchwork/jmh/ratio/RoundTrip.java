package org.latchwork.jmh.ratio;

import java.nio.file.Path;
import org.latchwork.file.StagedFile;
import org.latchwork.futex.FutexArray;

/** Each side says a number to the other and waits until the other has said it: step by step what the C program does. */
final class RoundTrip implements AutoCloseable {
    /** Words of the file. */
    static final int PING = 0;
    static final int PONG = 1;
    private static final int WORDS = 2;

    private final FutexArray words;

    private RoundTrip(FutexArray words) {
        this.words = words;
    }

    /** Whoever comes first makes the file. */
    static RoundTrip open(Path file) {
        try (StagedFile staged = StagedFile.in(file.getParent(), 0600)) {
            staged.map((long) WORDS * FutexArray.Spacing.CACHE_LINE.bytes()).close();
            staged.publish(file);
        }
        return new RoundTrip(FutexArray.map(file, WORDS, FutexArray.Spacing.CACHE_LINE));
    }

    void say(int word, int number, boolean spin) {
        if (spin) {
            words.setRelease(word, number);
        } else {
            words.set(word, number);
            words.wake(word, 1);
        }
    }

    void hear(int word, int number, boolean spin) {
        int seen;
        while ((seen = words.getAcquire(word)) != number) {
            if (spin) {
                Thread.onSpinWait();
            } else {
                words.await(word, seen);
            }
        }
    }

    void emptyWake() {
        words.wake(PING, 1);
    }

    @Override
    public void close() {
        words.close();
    }
}
