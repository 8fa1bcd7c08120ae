package org.latchwork.lock;

import java.util.concurrent.TimeUnit;
import java.util.function.IntPredicate;
import org.latchwork.region.FastWord;
import org.latchwork.region.FaultPoint;
import org.latchwork.region.Region;
import org.latchwork.region.RegionMemory;
import org.latchwork.region.RegionObject;
import org.latchwork.region.abi.Layout;
import org.latchwork.wait.Deadline;
import org.latchwork.wait.WaitOutcome;
import org.latchwork.wait.WaitPolicy;

/**
 * The state machine of every lock that one thread owns: {@code native-headers/latchwork.h} has the picture of the word.
 *
 * <table>
 * <caption>States of the word; WAITERS and STARVING can be set in all but UNRECOVERABLE</caption>
 * <tr><th>state</th><th>slot</th><th>OWNER_DIED</th><th>goes to</th></tr>
 * <tr><td>FREE</td><td>0</td><td>no</td><td>HELD, by its acquirer</td></tr>
 * <tr><td>HELD</td><td>owner's</td><td>no</td><td>FREE, by its owner; OWNER_DIED, by the recoverer of its owner's slot</td></tr>
 * <tr><td>OWNER_DIED</td><td>0</td><td>yes</td><td>REPAIRING, by an acquirer that can repair</td></tr>
 * <tr><td>REPAIRING</td><td>owner's</td><td>yes</td><td>HELD, by its owner ({@link #markConsistent}); UNRECOVERABLE, by its owner's release;
 *     OWNER_DIED, by a recoverer, or by its owner, which has touched nothing ({@link #giveBack})</td></tr>
 * <tr><td>UNRECOVERABLE</td><td>all ones</td><td>yes</td><td>nothing</td></tr>
 * </table>
 *
 * <p>Every change is a compare-and-exchange, sequentially consistent, so what was done under the lock is visible to the next owner. Nothing
 * but the slot says who has to be recovered. WAITERS says that somebody may sleep on the word, and whoever has slept takes the lock with
 * WAITERS set, since others may sleep still. A waiter that goes without the lock after it has slept passes its wake on, for it may have
 * taken one that was another's.
 *
 * <p>The fast path barges: a free lock goes to whoever comes first, which keeps a busy lock busy while the woken one is on its way. A waiter
 * that has waited for {@link #STARVING_AFTER_NANOS} sets STARVING, and from then on the lock goes only to who has slept, in the kernel's
 * order (first in, first out), until it has it. One who has not slept keeps off a free word for {@link #STARVING_PATIENCE_NANOS} at
 * most, lest a starving waiter that has died or given up keeps all others waiting.
 */
class LockWord {
    /** How an acquisition ended. */
    enum Result {
        ACQUIRED,
        /** Acquired, and the last owner died: REPAIRING. */
        ACQUIRED_INCONSISTENT,
        /** Not acquired: the last owner died, and the caller cannot repair. */
        OWNER_DIED,
        UNRECOVERABLE,
        TIMED_OUT,
        INTERRUPTED,
        CLOSED
    }

    /** Made here, and not when somebody has died: making the first lambda of a kind takes milliseconds. */
    private static final IntPredicate ALWAYS = word -> true;
    /** A thousand times a hand-over on one core; then throughput has had its turn. */
    private static final long STARVING_AFTER_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long STARVING_PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    /** Looks at the word between two at the clock: about 0.5 µs. */
    private static final int LOOKS = 16;

    private final Region region;
    private final RegionMemory memory;
    private final RegionObject object;
    private final long offset;
    private final int slotBits;
    private final WaitPolicy policy;

    LockWord(Region region, RegionObject object, long offset, WaitPolicy policy) {
        this.region = region;
        this.memory = region.memory();
        this.object = object;
        this.offset = offset;
        this.slotBits = region.slot() + 1;
        this.policy = policy;
    }

    /** {@return what a spinner on this lock does between two looks} */
    final Backoff backoff(Deadline deadline, boolean interruptible) {
        return new Backoff(region, object, deadline, interruptible);
    }

    /** {@return the word of a lock that a thread of the participant in that slot holds} */
    static int held(int slotBits, Thread thread) {
        return slotBits | ((int) thread.threadId() & Layout.LW_THREAD_MASK()) << Layout.LW_THREAD_SHIFT();
    }

    int mine(Thread thread) {
        return held(slotBits, thread);
    }

    /** {@return the word, for the fast path} */
    FastWord fast() {
        return memory.fastWord(offset);
    }

    int get() {
        return memory.get(offset);
    }

    /** Sets the word if it holds what the caller has seen there. */
    final boolean compareAndSet(int seen, int value) {
        return memory.compareAndSet(offset, seen, value);
    }

    final int slotBits() {
        return slotBits;
    }

    static boolean isFree(int word) {
        return (word & Layout.LW_SLOT_MASK()) == 0;
    }

    static boolean isInconsistent(int word) {
        return (word & Layout.LW_OWNER_DIED()) != 0;
    }

    /**
     * Takes the lock if nobody has it; barges.
     *
     * @param repairs whether the caller can take a lock whose owner died
     * @return ACQUIRED…, OWNER_DIED, UNRECOVERABLE, or TIMED_OUT if somebody has it
     */
    Result tryAcquire(int mine, boolean repairs) {
        while (true) {
            int seen = get();
            if (seen == Layout.LW_UNRECOVERABLE()) {
                return Result.UNRECOVERABLE;
            }
            if (!isFree(seen)) {
                region.watch(); // its owner may be dead, and nobody may be waiting
                return Result.TIMED_OUT;
            }
            if (isInconsistent(seen) && !repairs) {
                return Result.OWNER_DIED;
            }
            if (memory.compareAndSet(offset, seen, seen | mine)) {
                return isInconsistent(seen) ? Result.ACQUIRED_INCONSISTENT : Result.ACQUIRED;
            }
        }
    }

    /**
     * Takes the lock, and waits for it if it has to.
     *
     * @param repairs whether the caller can take a lock whose owner died
     * @param hasSlept whether the caller comes from a sleep on this word, to which a condition has moved it
     */
    Result acquire(int mine, Deadline deadline, boolean interruptible, boolean repairs, boolean hasSlept) {
        try {
            Result spun = hasSlept ? null : spin(mine, deadline, repairs);
            return spun != null ? spun : block(mine, deadline, interruptible, repairs, hasSlept);
        } catch (InternalError fault) {
            throw memory.lost(fault);
        }
    }

    private Result block(int mine, Deadline deadline, boolean interruptible, boolean repairs, boolean hasSlept) {
        region.watch();
        int record = region.waits().begin(object.index());
        Result result = null;
        boolean[] slept = {hasSlept};
        try {
            result = acquireBlocking(mine, deadline, interruptible, repairs, slept);
            return result;
        } finally {
            region.waits().end(record);
            if (slept[0] && result != Result.ACQUIRED && result != Result.ACQUIRED_INCONSISTENT && result != Result.CLOSED) {
                memory.wake(offset, 1); // it may have been the wake of another
            }
        }
    }

    /** {@return how it ended, or {@code null} if it is time to block} */
    private Result spin(int mine, Deadline deadline, boolean repairs) {
        long budget = policy.spinNanos();
        if (budget == 0) {
            return null;
        }
        long start = System.nanoTime();
        while (true) {
            for (int i = 0; i < LOOKS; i++) {
                int seen = get();
                if (isFree(seen) && (seen & Layout.LW_STARVING()) == 0 || seen == Layout.LW_UNRECOVERABLE()) {
                    Result result = tryAcquire(mine, repairs);
                    if (result != Result.TIMED_OUT) {
                        policy.learn(System.nanoTime() - start, true);
                        return result;
                    }
                }
                Thread.onSpinWait();
            }
            long now = System.nanoTime();
            if (now - start >= budget || deadline != Deadline.NEVER && deadline.hasPassed()) {
                policy.learn(now - start, false);
                return null;
            }
        }
    }

    private Result acquireBlocking(int mine, Deadline deadline, boolean interruptible, boolean repairs, boolean[] slept) {
        long start = System.nanoTime();
        boolean patient = true;
        while (true) {
            int seen = get();
            if (seen == Layout.LW_UNRECOVERABLE()) {
                return Result.UNRECOVERABLE;
            }
            boolean starving = slept[0] && System.nanoTime() - start > STARVING_AFTER_NANOS;
            if (isFree(seen)) {
                if (isInconsistent(seen) && !repairs) {
                    return Result.OWNER_DIED;
                }
                if ((seen & Layout.LW_STARVING()) != 0 && !slept[0] && patient) {
                    patient = false;
                    Result ended = pause(seen, deadline, interruptible);
                    slept[0] = true; // it may have taken a wake as any sleeper
                    if (ended != null) {
                        return ended;
                    }
                    continue;
                }
                int next = seen | mine | (slept[0] ? Layout.LW_WAITERS() : 0);
                if (starving || !patient) {
                    next &= ~Layout.LW_STARVING();
                }
                if (memory.compareAndSet(offset, seen, next)) {
                    FaultPoint.pass("acquire.slow");
                    return isInconsistent(seen) ? Result.ACQUIRED_INCONSISTENT : Result.ACQUIRED;
                }
                continue;
            }
            int wanted = seen | Layout.LW_WAITERS() | (starving ? Layout.LW_STARVING() : 0);
            if (wanted != seen) {
                if (!memory.compareAndSet(offset, seen, wanted)) {
                    continue;
                }
                if ((seen & Layout.LW_WAITERS()) == 0) {
                    object.noteContention();
                }
            }
            FaultPoint.pass("acquire.wait");
            WaitOutcome outcome = memory.await(offset, wanted, deadline, interruptible, WaitPolicy.block());
            slept[0] |= outcome != WaitOutcome.VALUE_DIFFERS;
            FaultPoint.pass("acquire.woken");
            Result ended = ended(outcome);
            if (ended != null) {
                return ended;
            }
        }
    }

    /** Keeps off a free word for the sake of a starving waiter. */
    private Result pause(int seen, Deadline deadline, boolean interruptible) {
        Deadline pause = Deadline.after(STARVING_PATIENCE_NANOS, TimeUnit.NANOSECONDS);
        WaitOutcome outcome = memory.await(offset, seen, pause, interruptible, WaitPolicy.block());
        if (outcome == WaitOutcome.TIMED_OUT) {
            return deadline.hasPassed() ? Result.TIMED_OUT : null;
        }
        return ended(outcome);
    }

    /** {@return why to give up after such a wait, or {@code null}} */
    static Result ended(WaitOutcome outcome) {
        return switch (outcome) {
            case WOKEN, VALUE_DIFFERS, SIGNALLED -> null;
            case TIMED_OUT -> Result.TIMED_OUT;
            case INTERRUPTED -> Result.INTERRUPTED;
            case CLOSED -> Result.CLOSED;
        };
    }

    /** Lets the lock go. The caller holds it. If it found OWNER_DIED and has not repaired anything, nobody gets it any more. */
    void release() {
        while (true) {
            int seen = get();
            boolean lost = isInconsistent(seen);
            int next = lost ? Layout.LW_UNRECOVERABLE()
                    : (seen & Layout.LW_STARVING()) != 0 ? Layout.LW_STARVING() | Layout.LW_WAITERS() : 0;
            if (memory.compareAndSet(offset, seen, next)) {
                FaultPoint.pass("release.freed");
                if (lost) {
                    memory.wake(offset, Integer.MAX_VALUE);
                } else if ((seen & Layout.LW_WAITERS()) != 0) {
                    memory.wake(offset, 1);
                }
                return;
            }
        }
    }

    /**
     * Lets a lock go and leaves it as it was found, if its last owner died as one whose owner died: the caller holds it, has touched nothing
     * that it guards, and cannot use it after all.
     */
    final void giveBack() {
        int seen;
        do {
            seen = get();
        } while (!memory.compareAndSet(offset, seen, seen & (Layout.LW_OWNER_DIED() | Layout.LW_STARVING() | Layout.LW_WAITERS())));
        FaultPoint.pass("release.given.back");
        if ((seen & Layout.LW_WAITERS()) != 0) {
            memory.wake(offset, 1);
        }
    }

    /** What the lock guards is as it should be again. The caller holds it. */
    void markConsistent() {
        int seen;
        do {
            seen = get();
        } while (!memory.compareAndSet(offset, seen, seen & ~Layout.LW_OWNER_DIED()));
    }

    /** The owner, while it has the lock, says that somebody sleeps on the word. */
    void setWaiters() {
        memory.get(offset);
        memory.getAndSetBits(offset, Layout.LW_WAITERS());
    }

    long offset() {
        return offset;
    }

    /** What {@link org.latchwork.region.ObjectType.Recovery} asks, of a lock word. */
    static void recover(RegionObject object, long offset, int deadSlot) {
        recover(object, offset, deadSlot, ALWAYS);
    }

    /**
     * The same where an owner may have been sure not to have touched anything: then the lock is as if it had not had it.
     *
     * @param mayHaveTouched asked of the word, if the dead participant owned it
     */
    static void recover(RegionObject object, long offset, int deadSlot, IntPredicate mayHaveTouched) {
        RegionMemory memory = object.image().memory();
        while (true) {
            int seen = memory.get(offset);
            if ((seen & Layout.LW_SLOT_MASK()) != deadSlot + 1 || seen == Layout.LW_UNRECOVERABLE()) {
                break;
            }
            int next = seen & (Layout.LW_OWNER_DIED() | Layout.LW_WAITERS() | Layout.LW_STARVING());
            if (mayHaveTouched.test(seen)) {
                object.noteDeadOwner(deadSlot, seen >>> Layout.LW_THREAD_SHIFT() & Layout.LW_THREAD_MASK());
                next |= Layout.LW_OWNER_DIED();
            }
            if (memory.compareAndSet(offset, seen, next)) {
                break;
            }
        }
        FaultPoint.pass("recover.word");
        memory.wake(offset, 1);
    }
}
