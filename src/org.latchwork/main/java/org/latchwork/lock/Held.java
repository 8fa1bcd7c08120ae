package org.latchwork.lock;

import java.util.Optional;
import org.latchwork.wait.Deadline;
import org.latchwork.wait.WaitOutcome;

/**
 * A lock that is held, until this is closed: the guard that {@link OwnedLock#acquire()} returns. It belongs to the thread that took the lock.
 *
 * <p>If the last owner died, {@link #ownerDied()} says so: look at what the lock guards, repair it, and call {@link #markConsistent()}. Who
 * closes the guard without that makes the lock unrecoverable for all.
 *
 * {@snippet class="org.latchwork.examples.LockExample" region="repair"}
 */
public final class Held implements AutoCloseable {
    private final OwnedLock lock;
    private boolean ownerDied;
    private boolean open = true;

    Held(OwnedLock lock, boolean ownerDied) {
        this.lock = lock;
        this.ownerDied = ownerDied;
    }

    /** {@return whether the last owner died while it had the lock} */
    public boolean ownerDied() {
        return ownerDied;
    }

    /** {@return who that was; empty if it did not die} */
    public Optional<PreviousOwner> previousOwner() {
        return ownerDied ? Optional.of(lock.previousOwner()) : Optional.empty();
    }

    /**
     * Says that what the lock guards is as it should be. Does nothing if the last owner did not die.
     *
     * @throws IllegalMonitorStateException if the calling thread does not have the lock, or the guard is closed
     */
    public void markConsistent() {
        requireOpen();
        if (ownerDied) {
            lock.markConsistent();
        }
    }

    /** Closes it, and leaves the lock as it was found: what it guards has not been touched. */
    void giveBack() {
        requireOpen();
        if (ownerDied && lock.isInconsistent()) {
            lock.giveBack();
        } else {
            lock.unlock();
        }
        open = false;
    }

    /**
     * Lets the lock go, waits for a signal, and takes the lock again, as {@link MutexCondition#await()} does; but if the lock's owner has died
     * meanwhile the guard holds it nevertheless, and {@link #ownerDied()} says so from then on.
     *
     * @param condition of this lock
     * @throws InterruptedException if the thread is interrupted; the guard holds the lock again
     */
    public void await(MutexCondition condition) throws InterruptedException {
        await(condition, Deadline.NEVER);
    }

    /**
     * The same until a deadline.
     *
     * @param condition of this lock
     * @param deadline until when at most
     * @return WOKEN or TIMED_OUT
     * @throws InterruptedException if the thread is interrupted; the guard holds the lock again
     */
    public WaitOutcome await(MutexCondition condition, Deadline deadline) throws InterruptedException {
        requireOpen();
        try {
            return condition.await(deadline, true, true);
        } finally {
            ownerDied = lock.isHeldByCurrentThread() && lock.isInconsistent();
        }
    }

    void requireOpen() {
        if (!open) {
            throw new IllegalMonitorStateException("this guard of " + lock + " is closed");
        }
    }

    /**
     * Lets the lock go.
     *
     * @throws IllegalMonitorStateException if it is closed already, or another thread took the lock
     */
    @Override
    public void close() {
        requireOpen();
        lock.unlock();
        open = false;
    }
}
