package org.latchwork.lock;

import java.util.Deque;
import java.util.List;

/** Several locks that are held, until this is closed: the guard that {@link Locks} returns. It belongs to the thread that took them. */
public final class HeldAll implements AutoCloseable {
    private final List<Held> held;
    private final Deque<Held> latestFirst;

    HeldAll(List<Held> held, Deque<Held> latestFirst) {
        this.held = held;
        this.latestFirst = latestFirst;
    }

    /**
     * {@return the guards of the single locks, in the order in which the caller named them} For {@link Held#ownerDied()} and
     * {@link Held#markConsistent()}; leave it to this one to close them.
     */
    public List<Held> held() {
        return held;
    }

    /** {@return whether the last owner of one of them died while it had it} */
    public boolean ownerDied() {
        return held.stream().anyMatch(Held::ownerDied);
    }

    /**
     * Lets the locks go, the one taken last first.
     *
     * @throws IllegalMonitorStateException if it is closed already, or another thread took the locks
     */
    @Override
    public void close() {
        latestFirst.forEach(Held::close);
    }
}
