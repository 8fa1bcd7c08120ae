package org.latchwork.jmh.wake;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.latchwork.checkpoint.Checkpoint;
import org.latchwork.wait.WaitOutcome;

/** Id 0 of a checkpoint file. */
final class CheckpointWake implements Waking {
    private final Checkpoint checkpoint;

    CheckpointWake(Path directory) {
        checkpoint = Checkpoint.init(directory.resolve("checkpoint"));
    }

    @Override
    public void wake(int number) {
        if (checkpoint.wake(0, 1, 10, TimeUnit.SECONDS) != 1) {
            throw new IllegalStateException("nobody waits at the checkpoint");
        }
    }

    @Override
    public void await(int number) {
        if (checkpoint.await(0, 60, TimeUnit.SECONDS) != WaitOutcome.WOKEN) {
            throw new IllegalStateException("nobody wakes the checkpoint");
        }
    }

    /** A checkpoint does not remember wakes. */
    @Override
    public void rehearse(int number) {
        checkpoint.wake(0, 1, 0, TimeUnit.SECONDS);
        checkpoint.await(0, 1, TimeUnit.NANOSECONDS);
    }

    @Override
    public String sleepsIn() {
        return FutexWords.sleepsIn();
    }

    @Override
    public void close() {
        checkpoint.close();
    }
}
