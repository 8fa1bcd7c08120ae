package org.latchwork.lock;

/**
 * A read lock that is held, until this is closed: the guard that {@link ReadLock#acquire()} returns. It belongs to the thread that took
 * the lock.
 */
public final class ReadHeld implements AutoCloseable {
    private final ReadLock lock;
    private final ReadLock.Hold hold;
    private boolean open = true;

    ReadHeld(ReadLock lock, ReadLock.Hold hold) {
        this.lock = lock;
        this.hold = hold;
    }

    /**
     * Lets the read lock go.
     *
     * @throws IllegalMonitorStateException if it is closed already, or another thread took the lock
     */
    @Override
    public void close() {
        if (!open) {
            throw new IllegalMonitorStateException("this guard of " + lock + " is closed");
        }
        lock.release(hold);
        open = false;
    }
}
