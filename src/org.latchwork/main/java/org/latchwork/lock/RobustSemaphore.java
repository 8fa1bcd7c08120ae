package org.latchwork.lock;

import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.latchwork.region.FaultPoint;
import org.latchwork.region.ObjectType;
import org.latchwork.region.Region;
import org.latchwork.region.RegionMemory;
import org.latchwork.region.RegionObject;
import org.latchwork.region.abi.Layout;
import org.latchwork.region.abi.lw_robust_semaphore;
import org.latchwork.wait.Deadline;
import org.latchwork.wait.WaitOutcome;

/**
 * Permits that belong to the process that has acquired them, and come back when it dies. A process cannot release more than it has.
 *
 * {@snippet class="org.latchwork.examples.CountingExample" region="robust"}
 *
 * <p>How many are free and how many each participant has are words apart, and a process can die between the two. So one word has both, and is the
 * one step of every operation; what it says of the participant is then entered in that participant's cell, by whoever comes by:
 *
 * <table>
 * <caption>The state, 64 bits</caption>
 * <tr><th>bits</th><th>meaning</th></tr>
 * <tr><td>0–15</td><td>free permits</td></tr>
 * <tr><td>16–31</td><td>how many the participant of the last operation has since</td></tr>
 * <tr><td>32–41</td><td>its slot + 1; 0 before the first operation</td></tr>
 * <tr><td>42–63</td><td>the tag of its cell since: one more than before</td></tr>
 * </table>
 *
 * <p>A cell holds a count and a tag. Nobody changes the state before the last operation is entered: a cell whose tag is one less than the state's
 * gets count and tag in one compare-and-exchange; one whose tag is the state's has them already. Entering it again does nothing, so it does not
 * matter who does it, how often, or who dies. A stopped helper would do harm only if meanwhile 2<sup>22</sup> operations of the same participant came to the very
 * same tag.
 *
 * <p>Who dies holding permits: its recoverer releases them, by the same steps. Waiters sleep on a sequence of its own, whose bit 0 says that there are any; a
 * release changes it and wakes all, so few should wait at a time. Not fair. All is sequentially consistent.
 */
public final class RobustSemaphore {
    static final ObjectType TYPE = new ObjectType(Layout.LW_ROBUST_SEMAPHORE(), "robust semaphore", RobustSemaphore::recover);

    /** The most permits that there can be. */
    public static final int MAX_PERMITS = 0xffff;

    private static final int TAG_MASK = (1 << 22) - 1;
    private static final int WAITERS = 1;
    private static final int STEP = 2;

    private final int slot;
    private final Words words;
    private final ObjectWord wake;

    RobustSemaphore(Region region, RegionObject object) {
        this.slot = region.slot();
        this.words = new Words(object);
        this.wake = new ObjectWord(region, object, object.line() + lw_robust_semaphore.wake$offset());
    }

    static int requirePermits(int permits) {
        if (permits < 0 || permits > MAX_PERMITS) {
            throw new IllegalArgumentException("a robust semaphore has 0 to " + MAX_PERMITS + " permits, not " + permits);
        }
        return permits;
    }

    /** The state and the cells, as everybody sees them who acquires, releases or recovers. */
    private record Words(RegionObject object) {
        private RegionMemory memory() {
            return object.image().memory();
        }

        long state() {
            return memory().getLong(object.line() + lw_robust_semaphore.state$offset());
        }

        static int free(long state) {
            return (int) state & 0xffff;
        }

        /** {@return the state, whose operation is entered} */
        long entered() {
            long state = state();
            enter(state);
            return state;
        }

        private void enter(long state) {
            int operator = (int) (state >>> 32) & 0x3ff;
            if (operator == 0 || operator > object.image().layout().participants()) {
                return;
            }
            long at = object.count(operator - 1);
            int tag = (int) (state >>> 42);
            long cell = memory().getLong(at);
            // The state once more: if it has gone on, this is entered, and what the cell says is newer.
            if (tag(cell) == (tag - 1 & TAG_MASK) && state() == state) {
                long attached = cell & (long) Layout.LW_ATTACHED() << 32;
                memory().compareAndSetLong(at, cell, attached | (long) tag << 32 | state >>> 16 & 0xffff);
            }
        }

        private static int tag(long cell) {
            return (int) (cell >>> 32) & TAG_MASK;
        }

        /** {@return how many permits a participant has, when the last operation is entered} */
        int held(int slot) {
            return (int) memory().getLong(object.count(slot));
        }

        /** Takes so many permits for a participant, or gives them if negative. False: somebody came between, look again. */
        boolean take(long state, int slot, int permits) {
            long cell = memory().getLong(object.count(slot));
            long next = free(state) - permits | (long) ((int) cell + permits) << 16 | (slot + 1L) << 32 | (long) (tag(cell) + 1 & TAG_MASK) << 42;
            if (!memory().compareAndSetLong(object.line() + lw_robust_semaphore.state$offset(), state, next)) {
                return false;
            }
            FaultPoint.pass("robust.changed");
            enter(next);
            FaultPoint.pass("robust.entered");
            return true;
        }

        void wakeAll() {
            long at = object.line() + lw_robust_semaphore.wake$offset();
            int seen = memory().get(at);
            while ((seen & WAITERS) != 0) {
                if (memory().compareAndSet(at, seen, seen + STEP & ~WAITERS)) {
                    memory().wake(at, Integer.MAX_VALUE);
                    return;
                }
                seen = memory().get(at);
            }
        }
    }

    private static void recover(RegionObject object, int deadSlot) {
        Words words = new Words(object);
        long state;
        do {
            state = words.entered();
            if (words.held(deadSlot) == 0) {
                break;
            }
        } while (!words.take(state, deadSlot, -words.held(deadSlot)));
        FaultPoint.pass("recover.permits");
        // Whatever the bit says: who died between its release and its wake has cleared it.
        RegionMemory memory = object.image().memory();
        long at = object.line() + lw_robust_semaphore.wake$offset();
        memory.get(at);
        memory.getAndAdd(at, STEP);
        memory.wake(at, Integer.MAX_VALUE);
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
     * Acquires permits, all at once, and blocks until there are so many, not interruptibly.
     *
     * @param permits how many
     */
    public void acquireUninterruptibly(int permits) {
        acquire(requirePermits(permits), Deadline.NEVER, false);
    }

    /** {@return whether a permit was free, which this process has now} Does not block. */
    public boolean tryAcquire() {
        return tryAcquire(1);
    }

    /**
     * {@return whether so many permits were free, which this process has now} Does not block. If not, the dead are looked for, for a while: so
     * trying again and again finds the permits of one that has died.
     *
     * @param permits how many
     */
    public boolean tryAcquire(int permits) {
        boolean taken = takeIfFree(requirePermits(permits));
        if (!taken) {
            wake.watch();
        }
        return taken;
    }

    /**
     * Acquires a permit, and blocks for so long at most.
     *
     * @param timeout how long; zero or less does not block
     * @param unit of the timeout
     * @return whether this process has it
     * @throws InterruptedException if the thread is interrupted before that
     */
    public boolean tryAcquire(long timeout, TimeUnit unit) throws InterruptedException {
        return tryAcquire(1, timeout, unit);
    }

    /**
     * Acquires permits, all at once, and blocks for so long at most.
     *
     * @param permits how many
     * @param timeout how long; zero or less does not block
     * @param unit of the timeout
     * @return whether this process has them
     * @throws InterruptedException if the thread is interrupted before that
     */
    public boolean tryAcquire(int permits, long timeout, TimeUnit unit) throws InterruptedException {
        return tryAcquire(permits, Deadline.after(timeout, unit));
    }

    /**
     * Acquires permits, all at once, and blocks until the deadline at most.
     *
     * @param permits how many
     * @param deadline until when; one that has passed does not block
     * @return whether this process has them
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

    private boolean takeIfFree(int permits) {
        while (true) {
            long state = words.entered();
            if (Words.free(state) < permits) {
                return false;
            }
            if (words.take(state, slot, permits)) {
                return true;
            }
        }
    }

    private WaitOutcome acquire(int permits, Deadline deadline, boolean interruptible) {
        while (true) {
            if (takeIfFree(permits)) {
                return WaitOutcome.WOKEN;
            }
            int seen = wake.get();
            if ((seen & WAITERS) == 0 && !wake.compareAndSet(seen, seen | WAITERS)) {
                continue;
            }
            if (takeIfFree(permits)) { // after the bit: who has released before it was set has woken nobody
                return WaitOutcome.WOKEN;
            }
            FaultPoint.pass("robust.wait");
            WaitOutcome outcome = wake.await(seen | WAITERS, deadline, interruptible);
            if (ObjectWord.isOver(outcome)) {
                return outcome;
            }
        }
    }

    /**
     * Gives a permit back. Does not block.
     *
     * @throws IllegalStateException if this process has none
     */
    public void release() {
        release(1);
    }

    /**
     * Gives permits back. Does not block.
     *
     * @param permits how many
     * @throws IllegalStateException if this process has fewer
     */
    public void release(int permits) {
        requirePermits(permits);
        long state;
        do {
            state = words.entered();
            int held = words.held(slot);
            if (held < permits) {
                throw new IllegalStateException(this + ": this process has " + held + " permits and cannot release " + permits);
            }
        } while (!words.take(state, slot, -permits));
        words.wakeAll();
    }

    /** {@return how many permits are free: a glance} */
    public int availablePermits() {
        return Words.free(words.state());
    }

    /** {@return how many permits this process has: a glance} */
    public int heldPermits() {
        words.entered();
        return words.held(slot);
    }

    int initial() {
        return wake.initial();
    }

    /** {@return the semaphore in words, for messages} */
    @Override
    public String toString() {
        return wake.describe("RobustSemaphore") + ", " + availablePermits() + " permits free";
    }
}
