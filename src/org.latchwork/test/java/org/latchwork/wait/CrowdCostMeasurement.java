package org.latchwork.wait;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.latchwork.futex.FutexArray;

/**
 * Measures what a crowd of waiters in an io_uring costs others: {@code FUTEX_WAKE} of a shared word on which nobody waits, by another
 * process. All shared futexes of the machine are in one hash table of the kernel, and whoever looks for a waiter walks a chain of it. Who
 * wakes one word again and again finds its chain in the CPU's caches, others may not. A program, not a test; CONTRIBUTING says how to
 * run it.
 */
final class CrowdCostMeasurement {
    private static final int MOST = 100_000;
    /** Words on which nobody waits: so many, so that they spread over the hash table. */
    private static final int FREE = 4096;
    private static final int ROUNDS = 2001;
    /** Wakes a round: so few that most rounds are not interrupted. */
    private static final int WAKES = 64;

    private CrowdCostMeasurement() {}

    public static void main(String[] arguments) throws IOException {
        Path directory = Files.createTempDirectory("latchwork-");
        Path file = Crowd.file(directory, MOST + FREE);
        try (Crowd crowd = Crowd.start(WaitEngine.IO_URING, file, MOST + FREE);
                FutexArray array = FutexArray.map(file, MOST + FREE, FutexArray.Spacing.PACKED)) {
            emptyWake(array, FREE); // warm-up
            int before = 0;
            for (int waiters : new int[] {0, 10_000, MOST}) {
                if (waiters > 0) {
                    crowd.awaitWake(waiters - before, before);
                    crowd.awaitAsleep(waiters);
                }
                before = waiters;
                System.out.printf("%,7d waiters: an empty FUTEX_WAKE takes %.0f ns of one word, %.0f ns of ever another word%n", waiters,
                        emptyWake(array, 1), emptyWake(array, FREE));
            }
        } finally {
            Files.delete(file);
            Files.delete(directory);
        }
    }

    /** {@return nanoseconds, the median of the rounds} */
    private static double emptyWake(FutexArray array, int words) {
        double[] nanos = new double[ROUNDS];
        for (int round = 0; round < ROUNDS; round++) {
            long start = System.nanoTime();
            for (int i = 0; i < WAKES; i++) {
                array.wake(MOST + (round * WAKES + i) % words, 1);
            }
            nanos[round] = (double) (System.nanoTime() - start) / WAKES;
        }
        Arrays.sort(nanos);
        return nanos[ROUNDS / 2];
    }
}
