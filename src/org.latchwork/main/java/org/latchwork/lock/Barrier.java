package org.latchwork.lock;

import java.util.Objects;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.latchwork.region.FaultPoint;
import org.latchwork.region.ObjectType;
import org.latchwork.region.Region;
import org.latchwork.region.RegionMemory;
import org.latchwork.region.RegionObject;
import org.latchwork.region.abi.Layout;
import org.latchwork.region.abi.lw_barrier;
import org.latchwork.wait.Deadline;
import org.latchwork.wait.WaitOutcome;

/**
 * A place where a number of threads wait for each other, again and again: {@link java.util.concurrent.CyclicBarrier} for several processes. If one of them
 * dies, the others are told, and do not hang.
 *
 * {@snippet class="org.latchwork.examples.CountingExample" region="barrier"}
 *
 * <h2>When it breaks</h2>
 * As in java.util.concurrent: whoever gives up, by an interrupt or a deadline, breaks it for all who wait; so does {@link #reset()}. And when a process
 * dies, or leaves the region:
 * <ul>
 * <li>while a thread of it waits here, or is about to: at once;
 * <li>after it has taken part in the last phase and before it came to this one: as soon as anybody else of the last phase waits as well, since
 *     that one may wait for the dead. Processes that are new to the barrier do not: a program that is started again finds it usable.
 * </ul>
 * A broken barrier stays so, for all, until {@link #reset()}. A process that dies before it has ever been here is not known here, and not missed:
 * take a deadline where that matters.
 *
 * <table>
 * <caption>The state, 64 bits; the low half is waited on</caption>
 * <tr><th>bits</th><th>meaning</th><th>set by</th></tr>
 * <tr><td>0–17</td><td>phase: how often all have come</td><td>the last of them; 0 by a reset</td></tr>
 * <tr><td>18–30</td><td>era: how often it was reset</td><td>a reset</td></tr>
 * <tr><td>31</td><td>BROKEN</td><td>who gives up; a recoverer; who of the last phase finds MISSING; cleared by a reset</td></tr>
 * <tr><td>32–49</td><td>the phase in which the last era ended</td><td>a reset</td></tr>
 * <tr><td>50–61</td><td>how many have come to this phase</td><td>each of them; 0 by the last and by a reset</td></tr>
 * <tr><td>62</td><td>RETURNED: one of them was in the last phase as well</td><td>that one; cleared with the count</td></tr>
 * <tr><td>63</td><td>MISSING: one of the last phase has died before it came to this one</td><td>a recoverer; cleared with the count</td></tr>
 * </table>
 *
 * <p>Each change is one compare-and-exchange, sequentially consistent: what was done before {@code await()} is visible after it to all who have met there.
 * Before it counts itself in, a participant writes era and phase into its cell. Who dies after that breaks the phase, whether it was counted or not: it
 * will not come any more. Who waits knows from the state alone how its phase has ended, however late it looks: another phase in its era, or an
 * era that ended in another phase, is success. Only one that has been held up over two resets cannot know, and is told that it was broken.
 *
 * <ul>
 * <li><b>Cost:</b> two compare-and-exchanges, and for the last one a wake; the others sleep in the kernel.
 * <li><b>Fairness:</b> whoever comes, counts; that there are no more than the parties is for the program to see to.
 * <li><b>May it sleep, and where:</b> {@code await} does, threads of any kind; the rest never blocks. Not while a lock is held that another party needs.
 * </ul>
 */
public final class Barrier {
    static final ObjectType TYPE = new ObjectType(Layout.LW_BARRIER(), "barrier", Barrier::recover);

    /** The most parties that there can be. */
    public static final int MAX_PARTIES = (1 << 12) - 1;

    private static final int PHASES = 1 << 18;
    private static final int ERA_SHIFT = 18;
    private static final int ERAS = 1 << 13;
    private static final long BROKEN = 1L << 31;
    private static final int ENDED_SHIFT = 32;
    private static final int ARRIVED_SHIFT = 50;
    private static final long RETURNED = 1L << 62;
    private static final long MISSING = 1L << 63;
    /** In a cell: somebody has been here. */
    private static final int BEEN_HERE = 1 << 31;

    private enum Phase { OPEN, DONE, BROKEN }

    private final RegionMemory memory;
    private final ObjectWord word;
    private final long cell;
    private final int parties;

    Barrier(Region region, RegionObject object) {
        this.memory = region.memory();
        this.word = new ObjectWord(region, object, offset(object));
        this.cell = object.count(region.slot());
        this.parties = object.initial();
    }

    static int requireParties(int parties) {
        if (parties < 1 || parties > MAX_PARTIES) {
            throw new IllegalArgumentException("a barrier has 1 to " + MAX_PARTIES + " parties, not " + parties);
        }
        return parties;
    }

    private static long offset(RegionObject object) {
        return object.line() + lw_barrier.state$offset();
    }

    private static int phase(long state) {
        return (int) state & PHASES - 1;
    }

    private static int era(long state) {
        return (int) state >>> ERA_SHIFT & ERAS - 1;
    }

    private static int arrived(long state) {
        return (int) (state >>> ARRIVED_SHIFT) & MAX_PARTIES;
    }

    private static boolean isBroken(long state) {
        return (state & BROKEN) != 0;
    }

    /** {@return what a cell says of somebody who has come to the phase} */
    private static int stamp(long state) {
        return (int) state | BEEN_HERE;
    }

    /** {@return what a cell says of somebody who was in the phase before that one, of the same era} */
    private static int stampBefore(long state) {
        return stamp(state & ~(PHASES - 1L) | phase(state) - 1 & PHASES - 1);
    }

    /** {@return the state when all have come} */
    private static long nextPhase(long state) {
        return state & (PHASES - 1L) << ENDED_SHIFT | (long) era(state) << ERA_SHIFT | phase(state) + 1 & PHASES - 1;
    }

    private static long nextEra(long state) {
        return (long) phase(state) << ENDED_SHIFT | (long) (era(state) + 1 & ERAS - 1) << ERA_SHIFT;
    }

    /** {@return what has become of the phase of a state that was seen earlier} */
    private static Phase phaseOf(long earlier, long now) {
        if (era(now) == era(earlier)) {
            return phase(now) != phase(earlier) ? Phase.DONE : isBroken(now) ? Phase.BROKEN : Phase.OPEN;
        }
        boolean last = era(now) == (era(earlier) + 1 & ERAS - 1);
        return last && ((int) (now >>> ENDED_SHIFT) & PHASES - 1) != phase(earlier) ? Phase.DONE : Phase.BROKEN;
    }

    private long state() {
        return memory.getLong(word.offset());
    }

    private boolean compareAndSet(long seen, long value) {
        return memory.compareAndSetLong(word.offset(), seen, value);
    }

    private void wakeAll() {
        word.wake(Integer.MAX_VALUE);
    }

    /**
     * Blocks until all parties have come here.
     *
     * @return how many were still missing when the caller came: 0 for the last one
     * @throws InterruptedException if the thread is interrupted before that, which breaks the barrier
     * @throws BrokenBarrierException if it is broken, or breaks meanwhile; a party has died, given up, or reset it
     * @throws IllegalStateException if the region is closed, which breaks the barrier for the others
     */
    public int await() throws InterruptedException, BrokenBarrierException {
        try {
            return await(Deadline.NEVER);
        } catch (TimeoutException e) {
            throw new AssertionError("that deadline never comes", e);
        }
    }

    /**
     * Blocks until all parties have come here, for so long at most.
     *
     * @param timeout how long; zero or less does not block
     * @param unit of the timeout
     * @return how many were still missing when the caller came: 0 for the last one
     * @throws InterruptedException if the thread is interrupted before that, which breaks the barrier
     * @throws TimeoutException if the others have not come so far, which breaks the barrier
     * @throws BrokenBarrierException if it is broken, or breaks meanwhile; a party has died, given up, or reset it
     * @throws IllegalStateException if the region is closed, which breaks the barrier for the others
     */
    public int await(long timeout, TimeUnit unit) throws InterruptedException, BrokenBarrierException, TimeoutException {
        return await(Deadline.after(timeout, unit));
    }

    /**
     * Blocks until all parties have come here or the deadline comes.
     *
     * @param deadline until when; one that has passed does not block
     * @return how many were still missing when the caller came: 0 for the last one
     * @throws InterruptedException if the thread is interrupted before that, which breaks the barrier
     * @throws TimeoutException if the others have not come so far, which breaks the barrier
     * @throws BrokenBarrierException if it is broken, or breaks meanwhile; a party has died, given up, or reset it
     * @throws IllegalStateException if the region is closed, which breaks the barrier for the others
     */
    public int await(Deadline deadline) throws InterruptedException, BrokenBarrierException, TimeoutException {
        Objects.requireNonNull(deadline, "deadline");
        int returnedTo = 0;
        while (true) {
            int before = memory.get(cell); // before the state: if another thread of this process is faster, the exchange below fails
            long seen = state();
            if (isBroken(seen)) {
                throw broken();
            }
            if (Thread.currentThread().isInterrupted()) {
                if (breakPhase(seen)) {
                    Thread.interrupted();
                    throw new InterruptedException();
                }
                continue;
            }
            int stamp = stamp(seen);
            if (before != stamp) {
                if (!memory.compareAndSet(cell, before, stamp)) {
                    continue;
                }
                FaultPoint.pass("barrier.named");
                if (before == stampBefore(seen)) {
                    returnedTo = stamp;
                }
            }
            boolean returned = returnedTo == stamp;
            if (returned && (seen & MISSING) != 0) {
                breakPhase(seen);
                continue;
            }
            int missing = parties - arrived(seen) - 1;
            long next = missing <= 0 ? nextPhase(seen) : seen + (1L << ARRIVED_SHIFT) | (returned ? RETURNED : 0);
            if (compareAndSet(seen, next)) {
                if (missing <= 0) {
                    FaultPoint.pass("barrier.done");
                    wakeAll();
                    return 0;
                }
                FaultPoint.pass("barrier.arrived");
                waitFor(seen, deadline);
                return missing;
            }
        }
    }

    /** Returns when all have come to the phase of that state. */
    private void waitFor(long mine, Deadline deadline) throws InterruptedException, BrokenBarrierException, TimeoutException {
        while (true) {
            long now = state();
            switch (phaseOf(mine, now)) {
                case DONE -> {
                    return;
                }
                case BROKEN -> throw broken();
                case OPEN -> { }
            }
            WaitOutcome outcome = word.await((int) now, deadline, true);
            FaultPoint.pass("barrier.woken");
            // If the phase has ended meanwhile, that counts, and an interrupt stays in the thread's status.
            if (ObjectWord.isOver(outcome) && breakPhase(mine)) {
                outcome.throwIfInterrupted();
                throw new TimeoutException(this + ": not all have come");
            }
        }
    }

    /** {@return whether the phase of that state was open, and is broken by this} */
    private boolean breakPhase(long mine) {
        while (true) {
            long now = state();
            if (phaseOf(mine, now) != Phase.OPEN) {
                return false;
            }
            if (compareAndSet(now, now | BROKEN)) {
                FaultPoint.pass("barrier.broken");
                wakeAll();
                return true;
            }
        }
    }

    /**
     * Begins anew: breaks the barrier for those who wait, and is not broken for those who come from now on. Who has died before is forgotten. Does not
     * block.
     */
    public void reset() {
        long seen;
        do {
            seen = state();
        } while (!compareAndSet(seen, nextEra(seen)));
        FaultPoint.pass("barrier.reset");
        wakeAll();
    }

    /** {@return how many parties it takes} */
    public int getParties() {
        return parties;
    }

    /** {@return how many wait now: a glance} */
    public int getNumberWaiting() {
        long state = state();
        return isBroken(state) ? 0 : arrived(state);
    }

    /** {@return whether it is broken: a glance} */
    public boolean isBroken() {
        return isBroken(state());
    }

    ObjectWord word() {
        return word;
    }

    int initial() {
        return word.initial();
    }

    /** What the dead one's cell says stays until the recoverer clears it, after this: so doing it again does the same, or nothing. */
    private static void recover(RegionObject object, int deadSlot) {
        RegionMemory memory = object.image().memory();
        long at = offset(object);
        int stamp = memory.get(object.count(deadSlot));
        long seen;
        long next;
        do {
            seen = memory.getLong(at);
            boolean breaks = stamp == stamp(seen) || stamp == stampBefore(seen) && (seen & RETURNED) != 0;
            next = isBroken(seen) ? seen : breaks ? seen | BROKEN : stamp == stampBefore(seen) ? seen | MISSING : seen;
        } while (next != seen && !memory.compareAndSetLong(at, seen, next));
        FaultPoint.pass("recover.barrier");
        memory.wake(at, Integer.MAX_VALUE); // whatever was found: the dead one may have ended the phase, and not woken anybody yet
    }

    private BrokenBarrierException broken() {
        return new BrokenBarrierException(this + ": a party has died or given up, or it was reset");
    }

    /** {@return the barrier in words, for messages} */
    @Override
    public String toString() {
        return word.describe("Barrier") + ", " + parties + " parties";
    }
}
