package org.latchwork.examples;

import java.nio.file.Path;
import java.time.Duration;
import org.latchwork.checkpoint.Checkpoint;
import org.latchwork.wait.WaitOutcome;

final class CheckpointExample {
    private CheckpointExample() {}

    // @start region=meet
    /** The test program: makes the file, starts a child, releases it when all is ready. */
    static boolean parent(Path file) {
        try (Checkpoint checkpoints = Checkpoint.init(file)) {
            return checkpoints.wake(0, 1, Duration.ofSeconds(10)) == 1;
        }
    }

    /** The child, any process that knows the file: another JVM, C, or {@code tst_checkpoint wait 10000 0}. */
    static boolean child(Path file) {
        try (Checkpoint checkpoints = Checkpoint.reinit(file)) {
            return checkpoints.await(0, Duration.ofSeconds(10)) == WaitOutcome.WOKEN;
        }
    }
    // @end
}
