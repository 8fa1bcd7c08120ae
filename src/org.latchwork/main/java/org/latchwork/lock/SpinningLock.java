package org.latchwork.lock;

import org.latchwork.linux.ProcessCpus;
import org.latchwork.region.Region;
import org.latchwork.region.RegionObject;

/** A lock on whose word nobody sleeps. */
abstract sealed class SpinningLock extends OwnedLock permits SpinLock, TicketLock {
    SpinningLock(Region region, RegionObject object, LockWord word) {
        super(region, object, word, true);
    }

    /** Refuses where a spinner keeps the owner from running. */
    static void requireSeveralCpus(String name) {
        if (ProcessCpus.COUNT == 1) {
            throw new IllegalStateException("this process has one CPU: while a thread spins for \"" + name + "\", its owner cannot run;"
                    + " take mutex(\"…\"), which sleeps, in all processes; or give the process more CPUs");
        }
    }

    /**
     * Not here: whoever waits for a signal sleeps.
     *
     * @throws UnsupportedOperationException always
     */
    @Override
    public MutexCondition condition(String name) {
        throw noCondition();
    }

    /**
     * Not here: whoever waits for a signal sleeps.
     *
     * @throws UnsupportedOperationException always
     */
    @Override
    public MutexCondition newCondition() {
        throw noCondition();
    }

    private UnsupportedOperationException noCondition() {
        return new UnsupportedOperationException(this + " has no conditions, whose waiters sleep; a Mutex has; or take an EventCount beside it");
    }
}
