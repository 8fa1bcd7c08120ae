package org.latchwork.lock;

import org.latchwork.region.Region;
import org.latchwork.region.RegionObject;
import org.latchwork.wait.Deadline;
import org.latchwork.wait.engine.Spinner;

/**
 * What a spinner does between two looks at a lock: it spins, twice as long each time up to a limit, so that many spinners do not keep taking
 * the cache line from the owner; and looks for reasons to give up, of which the kernel would tell one who sleeps.
 *
 * <p>Who has spun for long tells others so ({@link Region#waits}), which also has the dead looked for, and from then on offers its CPU to
 * others at each turn: the owner may have lost its own.
 */
final class Backoff implements AutoCloseable {
    /** Some 2 µs (measured: 30 ns each): a look more often is a cache miss of the owner; more seldom, the lock lies idle too long. */
    private static final int MOST_PAUSES = 64;
    /** Turns at that limit, some 30 µs in all: what blocking and being woken costs. An owner that takes longer is not running, or dead. */
    private static final int SHORT_TURNS = 15;

    private final Region region;
    private final RegionObject object;
    private final Deadline deadline;
    private final boolean interruptible;
    private int pauses = 1;
    private int turns;
    private int record;

    Backoff(Region region, RegionObject object, Deadline deadline, boolean interruptible) {
        this.region = region;
        this.object = object;
        this.deadline = deadline;
        this.interruptible = interruptible;
    }

    /** {@return {@code null} after a while, or why to give up: TIMED_OUT, INTERRUPTED, CLOSED} */
    LockWord.Result pause() {
        if (interruptible && Thread.currentThread().isInterrupted()) {
            return LockWord.Result.INTERRUPTED;
        }
        if (!region.isOpen()) {
            return LockWord.Result.CLOSED;
        }
        if (deadline.hasPassed()) {
            return LockWord.Result.TIMED_OUT;
        }
        for (int i = 0; i < pauses; i++) {
            Thread.onSpinWait();
        }
        if (pauses < MOST_PAUSES) {
            pauses *= 2;
        } else if (turns < SHORT_TURNS) {
            turns++;
            if (turns == SHORT_TURNS) {
                record = region.waits().begin(object.index());
                region.watch();
            }
        } else {
            Spinner.giveWay();
        }
        return null;
    }

    /** The spinner has the lock, or has given up. */
    @Override
    public void close() {
        if (turns == SHORT_TURNS) {
            region.waits().end(record);
        }
    }
}
