package org.latchwork.lock;

import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.util.Date;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import org.latchwork.region.FaultPoint;
import org.latchwork.region.ObjectType;
import org.latchwork.region.RegionMemory;
import org.latchwork.region.RegionObject;
import org.latchwork.region.abi.Layout;
import org.latchwork.wait.Deadline;
import org.latchwork.wait.WaitOutcome;
import org.latchwork.wait.WaitPolicy;

/**
 * A condition of a {@link Mutex} or {@link ReentrantMutex}: {@link Condition} for several processes. Use it while holding the lock, wait in a
 * loop, and expect to be woken for no reason; the death of any participant wakes all.
 *
 * {@snippet class="org.latchwork.examples.ConditionExample" region="queue"}
 *
 * <p>The sequence, changed by those who have the lock and by recoverers, each time in one step, and waited on:
 * <table>
 * <caption>The word</caption>
 * <tr><th>bits</th><th>meaning</th><th>set by</th></tr>
 * <tr><td>0</td><td>somebody may wait; without it a signal makes no system call</td><td>a waiter; cleared by a signal that finds nobody left</td></tr>
 * <tr><td>1–31</td><td>how many signals, modulo 2<sup>31</sup></td><td>each signal, each recovery</td></tr>
 * </table>
 *
 * <p>A signal wakes nobody: it moves waiters, asleep, from the sequence to the lock's word (FUTEX_CMP_REQUEUE), from where each release wakes
 * one. So {@link #signalAll()} starts no stampede. A waiter reads the sequence while it has the lock, so a signal after that finds it
 * asleep or keeps it from falling asleep. One that leaves because of its deadline or an interrupt after a signal may have been the one that
 * was moved, so it signals again. A signaller that is killed between its change and the moving leaves no mark, and neither does a waiter
 * that is killed after it was moved: so a recovery changes the sequence, for those who are about to sleep, and wakes all.
 *
 * <p>Order: first in, first out, as far as the kernel's queue has it. What the lock orders is all that is ordered. A thread that sleeps
 * through 2<sup>31</sup> signals between its look and its sleep can miss the last.
 */
public final class MutexCondition implements Condition {
    static final ObjectType TYPE = new ObjectType(Layout.LW_CONDITION(), "condition", MutexCondition::recover);

    /** The hot line of a new one. */
    static final MemorySegment NEW = MemorySegment.ofArray(new long[8]).asReadOnly();

    private static final int WAITERS = 1;
    private static final int SIGNAL = 2;

    private final OwnedLock lock;
    private final RegionObject object;
    private final RegionMemory memory;
    private final long sequence;

    MutexCondition(OwnedLock lock, RegionObject object) {
        this.lock = lock;
        this.object = object;
        this.memory = lock.region().memory();
        this.sequence = object.line();
    }

    private static void recover(RegionObject object, int deadSlot) {
        if (object.name().isEmpty() && object.isAttached(deadSlot)) {
            object.remove(); // nobody else can know it
            return;
        }
        // Changed first: a waiter may have read it, and not be asleep yet.
        RegionMemory memory = object.image().memory();
        memory.get(object.line());
        memory.getAndAdd(object.line(), SIGNAL);
        memory.wake(object.line(), Integer.MAX_VALUE);
    }

    /**
     * Lets the lock go, waits for a signal, and takes the lock again.
     *
     * @throws InterruptedException if the thread is interrupted; it has the lock again
     * @throws OwnerDiedException if the lock's owner has died meanwhile; the thread does not have it. {@link Held#await} can take it nevertheless
     * @throws IllegalMonitorStateException if the calling thread does not have the lock
     * @throws IllegalStateException if the lock's last owner died and nothing is repaired yet
     */
    @Override
    public void await() throws InterruptedException {
        await(Deadline.NEVER, true, false);
    }

    /**
     * The same, not interruptibly.
     *
     * @throws OwnerDiedException if the lock's owner has died meanwhile; the thread does not have it
     */
    @Override
    public void awaitUninterruptibly() {
        try {
            await(Deadline.NEVER, false, false);
        } catch (InterruptedException impossible) {
            throw new AssertionError(impossible);
        }
    }

    /** {@inheritDoc} */
    @Override
    public long awaitNanos(long nanosTimeout) throws InterruptedException {
        Deadline deadline = Deadline.after(nanosTimeout, TimeUnit.NANOSECONDS);
        await(deadline, true, false);
        return deadline.nanos() - System.nanoTime();
    }

    /** {@inheritDoc} */
    @Override
    public boolean await(long time, TimeUnit unit) throws InterruptedException {
        return await(Deadline.after(time, unit), true, false) != WaitOutcome.TIMED_OUT;
    }

    /** {@inheritDoc} The clock is {@code CLOCK_REALTIME}: setting it moves the deadline. */
    @Override
    public boolean awaitUntil(Date deadline) throws InterruptedException {
        return await(Deadline.at(Instant.ofEpochMilli(deadline.getTime())), true, false) != WaitOutcome.TIMED_OUT;
    }

    /**
     * The wait of all forms.
     *
     * @param repairs whether the caller can take a lock whose owner died; then it asks the lock's word whether it is such a one
     * @return WOKEN, or TIMED_OUT if the deadline came first
     */
    WaitOutcome await(Deadline deadline, boolean interruptible, boolean repairs) throws InterruptedException {
        lock.requireOwner(Thread.currentThread());
        if (interruptible && Thread.interrupted()) {
            throw new InterruptedException();
        }
        if (lock.isInconsistent()) {
            throw new IllegalStateException(lock + ": its last owner died; repair what it guards and call markConsistent() before you wait");
        }
        int seen = memory.getAndSetBits(sequence, WAITERS) | WAITERS;
        int record = lock.region().waits().begin(object.index());
        lock.region().watch();
        int holds;
        WaitOutcome outcome;
        try {
            FaultPoint.pass("condition.release");
            holds = lock.releaseAll();
            FaultPoint.pass("condition.wait");
            outcome = memory.await(sequence, seen, deadline, interruptible, WaitPolicy.block());
            FaultPoint.pass("condition.woken");
        } finally {
            lock.region().waits().end(record);
        }
        if (outcome == WaitOutcome.CLOSED) {
            throw new IllegalStateException(this + ": the region was closed");
        }
        lock.reacquire(holds, repairs);
        boolean left = outcome == WaitOutcome.TIMED_OUT || outcome == WaitOutcome.INTERRUPTED;
        if (left && memory.get(sequence) != seen) {
            signal(1); // it may have been for us
        }
        outcome.throwIfInterrupted();
        return left ? outcome : WaitOutcome.WOKEN;
    }

    /**
     * Wakes one waiter, which then takes the lock when it is let go. Without a waiter it makes no system call.
     *
     * @throws IllegalMonitorStateException if the calling thread does not have the lock
     */
    @Override
    public void signal() {
        lock.requireOwner(Thread.currentThread());
        signal(1);
    }

    /**
     * Wakes all waiters, which take the lock one after the other.
     *
     * @throws IllegalMonitorStateException if the calling thread does not have the lock
     */
    @Override
    public void signalAll() {
        lock.requireOwner(Thread.currentThread());
        signal(Integer.MAX_VALUE);
    }

    private void signal(int count) {
        if ((memory.get(sequence) & WAITERS) == 0) {
            return;
        }
        int next = memory.getAndAdd(sequence, SIGNAL) + SIGNAL;
        FaultPoint.pass("condition.signalled");
        lock.word().setWaiters(); // or the release would wake nobody
        int moved;
        while ((moved = memory.requeue(sequence, next, count, lock.word().offset())) < 0) {
            next = memory.get(sequence); // a recoverer came between
        }
        if (moved == 0 || count == Integer.MAX_VALUE) {
            memory.getAndClearBits(sequence, WAITERS); // nobody sleeps here any more; who comes sets it again, with the lock
        }
    }

    OwnedLock lock() {
        return lock;
    }

    /** {@return the offset of the word that is waited on} */
    long sequence() {
        return sequence;
    }

    /** {@return the condition in words, for messages} */
    @Override
    public String toString() {
        return "Condition \"" + object.name() + "\" of " + lock;
    }
}
