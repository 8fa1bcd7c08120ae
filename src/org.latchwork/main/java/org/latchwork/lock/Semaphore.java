package org.latchwork.lock;

import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.latchwork.region.FastWord;
import org.latchwork.region.FaultPoint;
import org.latchwork.region.ObjectType;
import org.latchwork.region.Region;
import org.latchwork.region.RegionObject;
import org.latchwork.region.abi.Layout;
import org.latchwork.wait.Deadline;
import org.latchwork.wait.WaitOutcome;

/**
 * Permits that anybody takes and anybody gives: {@link java.util.concurrent.Semaphore} for several processes, not fair.
 *
 * {@snippet class="org.latchwork.examples.CountingExample" region="permits"}
 *
 * <p>Permits belong to nobody. What a process had acquired when it died does not come back, since nobody knows that it was not meant for
 * another one to release; where they should, take a {@link RobustSemaphore}.
 *
 * <table>
 * <caption>The word</caption>
 * <tr><th>bits</th><th>meaning</th><th>set by</th></tr>
 * <tr><td>0–29</td><td>free permits</td><td>who acquires, who releases</td></tr>
 * <tr><td>30</td><td>MANY: somebody waits for more than one</td><td>a waiter; cleared by a release, which then wakes all</td></tr>
 * <tr><td>31</td><td>WAITERS: somebody may sleep</td><td>a waiter, and whoever acquires after a sleep; cleared by a release that finds nobody asleep, or wakes all</td></tr>
 * </table>
 *
 * <p>All changes are compare-and-exchanges, sequentially consistent. A release wakes as many as it gives permits. Who has slept and acquires leaves
 * WAITERS set and hands a wake on if permits are left: of two releases one can have found the bit cleared by nobody but been told of one sleeper
 * only. Who leaves without a permit after a sleep hands its wake on as well. Barging: who comes first gets it, whoever sleeps. Acquiring sleeps in
 * the kernel.
 */
public final class Semaphore {
    static final ObjectType TYPE = new ObjectType(Layout.LW_SEMAPHORE(), "semaphore",
            (object, deadSlot) -> object.image().memory().wake(object.line(), Integer.MAX_VALUE));

    /** The most permits that there can be: 2<sup>30</sup> − 1. */
    public static final int MAX_PERMITS = (1 << 30) - 1;
    private static final int MANY = 1 << 30;

    private final ObjectWord word;
    private final FastWord fast;

    Semaphore(Region region, RegionObject object) {
        this.word = new ObjectWord(region, object, object.line());
        this.fast = word.fast();
    }

    static int requirePermits(int permits) {
        if (permits < 0 || permits > MAX_PERMITS) {
            throw new IllegalArgumentException("a semaphore has 0 to " + MAX_PERMITS + " permits, not " + permits);
        }
        return permits;
    }

    /**
     * Acquires a permit, and blocks until there is one.
     *
     * @throws InterruptedException if the thread is interrupted before that
     */
    public void acquire() throws InterruptedException {
        acquire(1);
    }

    /**
     * Acquires permits, all at once, and blocks until there are so many.
     *
     * @param permits how many
     * @throws InterruptedException if the thread is interrupted before that
     */
    public void acquire(int permits) throws InterruptedException {
        tryAcquire(permits, Deadline.NEVER);
    }

    /** Acquires a permit, and blocks until there is one, not interruptibly. */
    public void acquireUninterruptibly() {
        acquireUninterruptibly(1);
    }

    /**
     * Acquires permits, and blocks until there are so many, not interruptibly.
     *
     * @param permits how many
     */
    public void acquireUninterruptibly(int permits) {
        acquire(requirePermits(permits), Deadline.NEVER, false);
    }

    /** {@return whether a permit was free, which the caller has now} Does not block. */
    public boolean tryAcquire() {
        return tryAcquire(1);
    }

    /**
     * {@return whether so many permits were free, which the caller has now} Does not block.
     *
     * @param permits how many
     */
    public boolean tryAcquire(int permits) {
        return takeIfFree(requirePermits(permits), false);
    }

    /**
     * Acquires a permit, and blocks for so long at most.
     *
     * @param timeout how long; zero or less does not block
     * @param unit of the timeout
     * @return whether the caller has it
     * @throws InterruptedException if the thread is interrupted before that
     */
    public boolean tryAcquire(long timeout, TimeUnit unit) throws InterruptedException {
        return tryAcquire(1, timeout, unit);
    }

    /**
     * Acquires permits, and blocks for so long at most.
     *
     * @param permits how many
     * @param timeout how long; zero or less does not block
     * @param unit of the timeout
     * @return whether the caller has them
     * @throws InterruptedException if the thread is interrupted before that
     */
    public boolean tryAcquire(int permits, long timeout, TimeUnit unit) throws InterruptedException {
        return tryAcquire(permits, Deadline.after(timeout, unit));
    }

    /**
     * Acquires permits, and blocks until the deadline at most.
     *
     * @param permits how many
     * @param deadline until when; one that has passed does not block
     * @return whether the caller has them
     * @throws InterruptedException if the thread is interrupted before that
     */
    public boolean tryAcquire(int permits, Deadline deadline) throws InterruptedException {
        requirePermits(permits);
        Objects.requireNonNull(deadline, "deadline");
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        return acquire(permits, deadline, true).throwIfInterrupted() == WaitOutcome.WOKEN;
    }

    private boolean takeIfFree(int permits, boolean slept) {
        try {
            while (true) {
                int seen = fast.look();
                int free = seen & MAX_PERMITS;
                if (free < permits) {
                    return false;
                }
                int next = seen - permits | (slept ? Layout.LW_WAITERS() : 0);
                if (fast.compareAndSet(seen, next)) {
                    if (slept && free > permits) {
                        handOn();
                    }
                    return true;
                }
            }
        } catch (InternalError fault) {
            throw word.lost(fault);
        }
    }

    private WaitOutcome acquire(int permits, Deadline deadline, boolean interruptible) {
        boolean slept = false;
        while (true) {
            if (takeIfFree(permits, slept)) {
                return WaitOutcome.WOKEN;
            }
            int seen = word.get();
            if ((seen & MAX_PERMITS) >= permits) {
                continue;
            }
            int wanted = seen | Layout.LW_WAITERS() | (permits > 1 ? MANY : 0);
            if (wanted != seen && !word.compareAndSet(seen, wanted)) {
                continue;
            }
            FaultPoint.pass("semaphore.wait");
            WaitOutcome outcome = word.await(wanted, deadline, interruptible);
            slept |= outcome != WaitOutcome.VALUE_DIFFERS;
            FaultPoint.pass("semaphore.woken");
            if (ObjectWord.isOver(outcome)) {
                if (slept) {
                    handOn(); // it may have been the wake of another
                }
                return outcome;
            }
        }
    }

    /** Wakes whoever may have been meant. With MANY all, since one that needs more than there is would keep the wake from one that needs less. */
    private void handOn() {
        word.wake((word.get() & MANY) != 0 ? Integer.MAX_VALUE : 1);
    }

    /** Gives a permit, and wakes a waiter. Does not block. */
    public void release() {
        release(1);
    }

    /**
     * Gives permits, and wakes waiters. Does not block.
     *
     * @param permits how many; they need not have been acquired by the caller
     * @throws IllegalStateException if there would be more than {@link #MAX_PERMITS}
     */
    public void release(int permits) {
        if (requirePermits(permits) == 0) {
            return; // below, a wake that finds nobody takes the mark away: one for no permits would find nobody
        }
        try {
            while (true) {
                int seen = fast.look();
                int free = seen & MAX_PERMITS;
                if (free > MAX_PERMITS - permits) {
                    throw new IllegalStateException(this + ": " + permits + " permits more are too many");
                }
                boolean many = (seen & MANY) != 0;
                int next = many ? free + permits : seen + permits;
                if (fast.compareAndSet(seen, next)) {
                    FaultPoint.pass("semaphore.released");
                    if (seen < 0 && word.wake(many ? Integer.MAX_VALUE : permits) == 0 && !many) {
                        word.compareAndSet(next, next & ~Layout.LW_WAITERS()); // nobody slept; if anything has changed since, leave it
                    }
                    return;
                }
            }
        } catch (InternalError fault) {
            throw word.lost(fault);
        }
    }

    /** {@return how many permits are free: a glance} */
    public int availablePermits() {
        return word.get() & MAX_PERMITS;
    }

    /** {@return how many permits were free, which the caller has now} */
    public int drainPermits() {
        while (true) {
            int seen = word.get();
            if (word.compareAndSet(seen, seen & ~MAX_PERMITS)) {
                return seen & MAX_PERMITS;
            }
        }
    }

    ObjectWord word() {
        return word;
    }

    int initial() {
        return word.initial();
    }

    /** {@return the semaphore in words, for messages} */
    @Override
    public String toString() {
        return word.describe("Semaphore") + ", " + availablePermits() + " permits free";
    }
}
