package org.latchwork.jmh.ratio;

import java.nio.file.Path;
import org.latchwork.futex.FutexArray;
import org.latchwork.jmh.wake.FutexWords;
import org.latchwork.wait.Deadline;
import org.latchwork.wait.WaitPolicy;

/** Each side says a number to the other and waits until the other has said it: step by step what the C program does. */
final class RoundTrip implements AutoCloseable {
    /** Words of the file. */
    static final int PING = 0;
    static final int PONG = 1;
    private static final int WORDS = 2;

    private static final WaitPolicy AT_ONCE = WaitPolicy.block();

    private final FutexArray words;

    private RoundTrip(FutexArray words) {
        this.words = words;
    }

    static RoundTrip open(Path file) {
        return new RoundTrip(FutexWords.map(file, WORDS));
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
                words.await(word, seen, Deadline.NEVER, AT_ONCE);
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
