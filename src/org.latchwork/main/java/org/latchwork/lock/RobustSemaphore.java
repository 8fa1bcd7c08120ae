package org.latchwork.lock;

import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.latchwork.region.FastWord;
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
 * one step of every operation:
 *
 * <table>
 * <caption>The state, 64 bits</caption>
 * <tr><th>bits</th><th>meaning</th></tr>
 * <tr><td>0–15</td><td>free permits</td></tr>
 * <tr><td>16–31</td><td>how many the participant of the last operation has since</td></tr>
 * <tr><td>32–41</td><td>its slot + 1; 0 before the first operation</td></tr>
 * <tr><td>42–63</td><td>its tag: one more with each of its operations</td></tr>
 * </table>
 *
 * <p>What a participant has stands there as long as it goes on alone. Before another one's operation it is entered in the participant's cell, by
 * that other: a cell that differs from the state in count or tag gets both in one compare-and-exchange. Entering it again does nothing, so it does
 * not matter who does it, how often, or who dies. A stopped helper would do harm only if meanwhile the same participant came to the very same
 * tag, 2<sup>22</sup> operations later, with another count.
 *
 * <p>Who dies holding permits: its recoverer releases them, by the same steps. Waiters sleep on a sequence of its own, whose bit 0 says that there are any; a
 * release changes it and wakes all, so few should wait at a time. Not fair. All is sequentially consistent.
 */
public final class RobustSemaphore {
    static final ObjectType TYPE = new ObjectType(Layout.LW_ROBUST_SEMAPHORE(), "robust semaphore", RobustSemaphore::recover);

    /** The most permits that there can be. */
    public static final int MAX_PERMITS = 0xffff;

    private static final int WAITERS = 1;
    private static final int STEP = 2;

    private final int slot;
    private final Words words;
    private final ObjectWord wake;
    /** The state, and what waiters sleep on, for the fast path. */
    private final FastWord fast;
    private final FastWord fastWake;

    RobustSemaphore(Region region, RegionObject object) {
        this.slot = region.slot();
        this.words = new Words(object);
        this.wake = new ObjectWord(region, object, object.line() + lw_robust_semaphore.wake$offset());
        this.fast = words.fast();
        this.fastWake = wake.fast();
    }

    static int requirePermits(int permits) {
        if (permits < 0 || permits > MAX_PERMITS) {
            throw new IllegalArgumentException("a robust semaphore has 0 to " + MAX_PERMITS + " permits, not " + permits);
        }
        return permits;
    }

    /** The state and the cells, as everybody sees them who acquires, releases or recovers. */
    private static final class Words {
        private static final int HELD_SHIFT = 16;
        private static final int OPERATOR_SHIFT = 32;
        private static final int TAG_SHIFT = 42;

        private final RegionObject object;

        Words(RegionObject object) {
            this.object = object;
        }

        private RegionMemory memory() {
            return object.image().memory();
        }

        /** {@return the state, for the fast path} */
        FastWord fast() {
            return memory().fastWord(at());
        }

        private long at() {
            return object.line() + lw_robust_semaphore.state$offset();
        }

        long state() {
            return memory().getLong(at());
        }

        static int free(long state) {
            return (int) state & MAX_PERMITS;
        }

        static int held(long state) {
            return (int) state >>> HELD_SHIFT;
        }

        private static int operator(long state) {
            return (int) (state >>> OPERATOR_SHIFT) & 0x3ff;
        }

        /** Enters the state's operation in its participant's cell; or finds that the state has gone on, and that so somebody else has. */
        void enter(long state) {
            int operator = operator(state);
            if (operator == 0 || operator > object.image().layout().participants()) {
                return;
            }
            long at = object.count(operator - 1);
            long attached = (long) Layout.LW_ATTACHED() << 32;
            long entered = state >>> TAG_SHIFT << 32 | held(state);
            while (true) {
                long cell = memory().getLong(at);
                // The state once more: if it has gone on, what the cell says may be newer.
                if ((cell & ~attached) == entered || state() != state) {
                    return;
                }
                if (memory().compareAndSetLong(at, cell, cell & attached | entered)) {
                    FaultPoint.pass("robust.entered");
                    return;
                }
            }
        }

        /**
         * {@return the state as it is for a participant: with what it has, and its tag} Right if the state does not go on meanwhile; if it does, so
         * does the exchange fail that comes next.
         */
        long of(int slot, long state) {
            if (operator(state) == slot + 1) {
                return state;
            }
            enter(state);
            long cell = memory().getLong(object.count(slot));
            return free(state) | (cell & MAX_PERMITS) << HELD_SHIFT | slot + 1L << OPERATOR_SHIFT | cell >>> 32 << TAG_SHIFT;
        }

        /** {@return how many a participant has, without anything being entered} */
        int seen(int slot) {
            long state = state();
            return operator(state) == slot + 1 ? held(state) : memory().get(object.count(slot));
        }

        /**
         * Takes so many permits for a participant, or gives them if negative.
         *
         * @param state what was seen
         * @param own what {@link #of} made of it
         * @return false if somebody came between: look again
         */
        boolean take(long state, long own, int permits) {
            return memory().compareAndSetLong(at(), state, after(own, permits));
        }

        private static long after(long own, int permits) {
            return own - permits + ((long) permits << HELD_SHIFT) + (1L << TAG_SHIFT);
        }

        /**
         * The fast path: takes so many permits, or gives them if negative, if the last operation was the same participant's and there are enough.
         *
         * @param state of {@link #fast}
         */
        static boolean goOn(FastWord state, int slot, int permits) {
            long seen = state.lookLong();
            return operator(seen) == slot + 1 && free(seen) >= permits && held(seen) >= -permits
                    && state.compareAndSetLong(seen, after(seen, permits));
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
        while (true) {
            long state = words.state();
            words.enter(state); // also if it is its own: the cell of who is not there holds nothing
            long own = words.of(deadSlot, state);
            if (Words.held(own) == 0 && words.state() == state) {
                break;
            }
            words.take(state, own, -Words.held(own));
        }
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
        try {
            if (!Words.goOn(fast, slot, permits) && !takeAfterOthers(permits)) {
                return false;
            }
        } catch (InternalError fault) {
            throw wake.lost(fault);
        }
        FaultPoint.pass("robust.changed");
        return true;
    }

    private boolean takeAfterOthers(int permits) {
        while (true) {
            long state = words.state();
            if (Words.free(state) < permits) {
                return false;
            }
            if (words.take(state, words.of(slot, state), permits)) {
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
        try {
            if (!Words.goOn(fast, slot, -permits)) {
                giveAfterOthers(permits);
            }
            FaultPoint.pass("robust.changed");
            if ((fastWake.get() & WAITERS) != 0) {
                words.wakeAll();
            }
        } catch (InternalError fault) {
            throw wake.lost(fault);
        }
    }

    private void giveAfterOthers(int permits) {
        while (true) {
            long state = words.state();
            long own = words.of(slot, state);
            if (Words.held(own) >= permits) {
                if (words.take(state, own, -permits)) {
                    return;
                }
            } else if (words.state() == state) {
                throw new IllegalStateException(this + ": this process has " + Words.held(own) + " permits and cannot release " + permits);
            }
        }
    }

    /** {@return how many permits are free: a glance} */
    public int availablePermits() {
        return Words.free(words.state());
    }

    /** {@return how many permits this process has: a glance} */
    public int heldPermits() {
        while (true) {
            long state = words.state();
            long own = words.of(slot, state);
            if (words.state() == state) {
                return Words.held(own);
            }
        }
    }

    /** {@return how many are free} For who only looks. */
    static int free(RegionObject object) {
        return Words.free(new Words(object).state());
    }

    /** {@return how many a participant has} For who only looks, and enters nothing. */
    static int held(RegionObject object, int slot) {
        return new Words(object).seen(slot);
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
