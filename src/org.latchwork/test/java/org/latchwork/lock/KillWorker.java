package org.latchwork.lock;

import java.nio.file.Path;
import java.time.Duration;
import org.latchwork.futex.FutexArray;
import org.latchwork.wait.Deadline;

/**
 * Changes two counters and one of its own under a lock that it shares with others, which are killed like itself. {@code arguments}: the region,
 * the file of words, its number.
 */
final class KillWorker {
    /** Words: what all have begun in sum, in two parts that agree while nobody is inside; then some for the test; then one for each worker. */
    static final int LEFT = 0;
    static final int RIGHT = 1;
    static final int STOP = 2;
    /** How often a lock whose owner died was handed over with this being said. */
    static final int REPORTED = 3;
    /** How often the two parts did not agree and nobody had said why. */
    static final int UNREPORTED = 4;
    static final int FIRST_WORKER = 16;
    static final int WORKERS = 64;
    static final int WORDS = FIRST_WORKER + WORKERS;

    private KillWorker() {}

    public static void main(String[] arguments) throws Exception {
        FutexArray words = FutexArray.map(Path.of(arguments[1]), WORDS, FutexArray.Spacing.PACKED);
        int own = FIRST_WORKER + Integer.parseInt(arguments[2]);
        try (SyncRegion region = SyncRegion.open(Path.of(arguments[0]))) {
            Mutex mutex = region.mutex("orders");
            MutexCondition changed = mutex.condition("changed");
            System.out.println("ready");
            for (int n = 0; words.get(STOP) == 0; n++) {
                try (Held held = mutex.acquire()) {
                    check(words, held);
                    if (n % 64 == 0) {
                        held.await(changed, Deadline.after(Duration.ofMillis(1)));
                        check(words, held);
                    }
                    words.setRelease(own, words.getPlain(own) + 1);
                    words.setRelease(LEFT, words.getPlain(LEFT) + 1);
                    words.setRelease(RIGHT, words.getPlain(RIGHT) + 1);
                    if (n % 16 == 0) {
                        changed.signal();
                    }
                }
            }
        }
        System.out.println("done");
    }

    /** Completes what a dead owner began; notes what nobody has reported. */
    static void check(FutexArray words, Held held) {
        int begun = 0;
        for (int i = FIRST_WORKER; i < WORDS; i++) {
            begun += words.getPlain(i);
        }
        boolean whole = words.getPlain(LEFT) == begun && words.getPlain(RIGHT) == begun;
        if (held.ownerDied()) {
            words.setPlain(LEFT, begun);
            words.setPlain(RIGHT, begun);
            words.getAndIncrement(REPORTED);
            held.markConsistent();
        } else if (!whole) {
            words.getAndIncrement(UNREPORTED);
        }
    }
}
