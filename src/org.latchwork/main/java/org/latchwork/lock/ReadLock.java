package org.latchwork.lock;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import org.latchwork.region.FastWord;
import org.latchwork.region.FaultPoint;
import org.latchwork.region.Region;
import org.latchwork.region.RegionMemory;
import org.latchwork.region.RegionObject;
import org.latchwork.region.abi.Layout;
import org.latchwork.region.abi.lw_rwlock;
import org.latchwork.wait.Deadline;

/**
 * The side of an {@link RwLock} that many can have at a time. A thread can take it again, and lets it go as often.
 *
 * <p>A thread that reads is counted in its participant's cell, which lies on a cache line that no other participant writes: one for each
 * thread, however often it takes the lock.
 *
 * <p>Whether a writer is there is looked at after the count is up, and a writer looks at the counts after it has set its word, all of it
 * sequentially consistent: so one of the two sees the other. A reader that sees a writer counts itself out, and waits in the writers' queue, under
 * their bound against starvation: it takes the word itself, as a reader in passing, counts itself in, and lets the word go, which wakes the next.
 */
public final class ReadLock implements Lock {
    /** More than there are CPUs on many a machine; a power of two. */
    private static final int RECENT = 32;

    private final WriteLock writes;
    private final Region region;
    private final RegionObject object;
    private final LockWord word;
    /** The word and this participant's count: what the fast path needs. */
    private final FastWord fast;
    private final FastWord count;
    private final long slots;
    private final ThreadLocal<Hold> holds = ThreadLocal.withInitial(Hold::new);
    /**
     * Some of these, by the low bits of the thread's id, since a look here takes a third of one at the thread-local (measured). Read and written
     * without any order: each thread takes its own alone from it.
     */
    private final Hold[] recent = new Hold[RECENT];

    /** How often one thread has taken the lock and not let it go. */
    static final class Hold {
        final long thread = Thread.currentThread().threadId();
        int count;
    }

    ReadLock(WriteLock writes) {
        this.writes = writes;
        this.region = writes.region();
        this.object = writes.object();
        this.word = writes.word();
        this.fast = word.fast();
        this.count = region.memory().fastWord(object.count(region.slot()));
        this.slots = object.line() + lw_rwlock.slots$offset();
        raiseSlots(region.slot() + 1);
    }

    /** Before this participant counts anybody in: a writer that does not see this comes before that, and is seen by who is counted. */
    private void raiseSlots(int least) {
        RegionMemory memory = region.memory();
        int seen;
        do {
            seen = memory.get(slots);
        } while (seen < least && !memory.compareAndSet(slots, seen, least));
    }

    private Hold hold() {
        long me = Thread.currentThread().threadId();
        Hold hold = recent[(int) me & RECENT - 1];
        return hold != null && hold.thread == me ? hold : remember(holds.get());
    }

    private Hold remember(Hold hold) {
        recent[(int) hold.thread & RECENT - 1] = hold;
        return hold;
    }

    // What the word says. A thread of 0 in it is a reader in passing, which keeps no reader out.

    private static int threadBits() {
        return Layout.LW_THREAD_MASK() << Layout.LW_THREAD_SHIFT();
    }

    static boolean hasWriter(int word) {
        return (word & threadBits()) != 0;
    }

    private static boolean admits(int word) {
        return (word & (threadBits() | Layout.LW_OWNER_DIED())) == 0;
    }

    // Counting in and out

    /** {@return whether the thread is counted in: no writer has the lock, or this thread does} */
    private boolean enter() {
        count.add(1);
        FaultPoint.pass("read.counted");
        if (admits(fast.get()) || writes.isHeldByCurrentThread()) {
            return true;
        }
        leave();
        return false;
    }

    private void leave() {
        count.add(-1);
        FaultPoint.pass("read.uncounted");
        if (hasWriter(fast.get())) {
            wakeWriter(object); // it may have seen the count
        }
    }

    /** Has the writer look at the counts again. It is told by a change first, since it may be about to sleep. */
    static void wakeWriter(RegionObject object) {
        RegionMemory memory = object.image().memory();
        long drain = drain(object);
        memory.get(drain);
        memory.getAndAdd(drain, 1);
        FaultPoint.pass("read.drained");
        memory.wake(drain, 1);
    }

    static long drain(RegionObject object) {
        return object.line() + lw_rwlock.drain$offset();
    }

    private LockWord.Result enterSlowly(Deadline deadline, boolean interruptible) {
        LockWord.Result result = word.acquire(word.slotBits(), deadline, interruptible, false, false);
        if (result == LockWord.Result.ACQUIRED) {
            FaultPoint.pass("read.passing");
            count.add(1);
            FaultPoint.pass("read.passing.counted");
            word.release();
        }
        return result;
    }

    /** {@return whether of all participants nobody reads, but for so many threads of this one} */
    boolean areOnly(int own) {
        RegionMemory memory = region.memory();
        int participants = object.image().layout().participants();
        int used = Math.clamp(memory.get(slots), 0, participants); // whatever somebody has written there
        for (int slot = 0; slot < used; slot++) {
            if (memory.get(object.count(slot)) != (slot == region.slot() ? own : 0)) {
                return false;
            }
        }
        return true;
    }

    // java.util.concurrent.locks.Lock

    /**
     * Takes the read lock, and blocks while a writer has the lock, not interruptibly.
     *
     * @throws OwnerDiedException if the last writer died; it is not taken
     * @throws UnrecoverableLockException if a writer died and nobody has repaired what the lock guards
     * @throws IllegalStateException if the region is closed
     */
    @Override
    public void lock() {
        take();
    }

    private Hold take() {
        Hold hold = hold();
        if (hold.count == 0 && !enter()) {
            writes.requireEnded(enterSlowly(Deadline.NEVER, false));
        }
        hold.count++;
        return hold;
    }

    /**
     * The same, interruptibly.
     *
     * @throws InterruptedException if the thread is interrupted before it has the lock
     */
    @Override
    public void lockInterruptibly() throws InterruptedException {
        take(Deadline.NEVER);
    }

    /**
     * Takes the read lock if no writer has the lock. Does not block.
     *
     * @return whether the lock is taken
     * @throws OwnerDiedException if the last writer died; it is not taken
     */
    @Override
    public boolean tryLock() {
        return tryTake() != null;
    }

    /** {@return the hold, or {@code null} if a writer has the lock} */
    private Hold tryTake() {
        Hold hold = hold();
        while (hold.count == 0 && !enter()) {
            int seen = word.get();
            if (seen == Layout.LW_UNRECOVERABLE()) {
                writes.requireEnded(LockWord.Result.UNRECOVERABLE);
            }
            if (LockWord.isFree(seen) && LockWord.isInconsistent(seen)) {
                writes.requireEnded(LockWord.Result.OWNER_DIED);
            }
            if (hasWriter(seen)) {
                region.watch(); // it may be dead, and nobody may be waiting
                return null;
            }
        }
        hold.count++;
        return hold;
    }

    /**
     * Takes the read lock, and blocks for so long at most.
     *
     * @param timeout how long; zero or less does not block
     * @param unit of the timeout
     * @return whether the lock is taken
     * @throws InterruptedException if the thread is interrupted before it has the lock
     * @throws OwnerDiedException if the last writer died; it is not taken
     */
    @Override
    public boolean tryLock(long timeout, TimeUnit unit) throws InterruptedException {
        return take(Deadline.after(timeout, unit)) != null;
    }

    /** {@return the hold, or {@code null} if the deadline has come first} */
    private Hold take(Deadline deadline) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        Hold hold = hold();
        if (hold.count == 0 && !enter()) {
            LockWord.Result result = enterSlowly(deadline, true);
            writes.requireEnded(result);
            if (result == LockWord.Result.INTERRUPTED) {
                Thread.interrupted();
                throw new InterruptedException();
            }
            if (result == LockWord.Result.TIMED_OUT) {
                return null;
            }
        }
        hold.count++;
        return hold;
    }

    /**
     * Lets the read lock go, once.
     *
     * @throws IllegalMonitorStateException if the calling thread does not have it
     */
    @Override
    public void unlock() {
        Hold hold = hold();
        if (hold.count == 0) {
            throw notHeld();
        }
        end(hold);
    }

    /** The same by a guard, which may have come to another thread. */
    void release(Hold hold) {
        if (hold.thread != Thread.currentThread().threadId() || hold.count == 0) {
            throw notHeld();
        }
        end(hold);
    }

    private void end(Hold hold) {
        if (--hold.count == 0) {
            leave();
        }
    }

    private IllegalMonitorStateException notHeld() {
        return new IllegalMonitorStateException(this + " is not held by " + Thread.currentThread());
    }

    /**
     * Not here: a reader that waits would keep the writer out whose signal it waits for.
     *
     * @throws UnsupportedOperationException always
     */
    @Override
    public Condition newCondition() {
        throw new UnsupportedOperationException(this + " has no conditions; the write lock has");
    }

    /** {@return how often the calling thread has taken the read lock and not let it go} */
    public int getHoldCount() {
        return hold().count;
    }

    // Guards

    /**
     * Takes the read lock, and blocks while a writer has the lock, not interruptibly.
     *
     * @return the guard, which lets it go
     * @throws OwnerDiedException if the last writer died; it is not taken. A writer can repair what the lock guards: {@link RwLock#acquireWrite()}
     * @throws UnrecoverableLockException if a writer died and nobody has repaired what the lock guards
     * @throws IllegalStateException if the region is closed
     */
    public ReadHeld acquire() {
        return new ReadHeld(this, take());
    }

    /**
     * The same, interruptibly.
     *
     * @return the guard, which lets it go
     * @throws InterruptedException if the thread is interrupted before it has the lock
     */
    public ReadHeld acquireInterruptibly() throws InterruptedException {
        return new ReadHeld(this, take(Deadline.NEVER));
    }

    /**
     * Takes the read lock if no writer has the lock. Does not block.
     *
     * @return the guard, or empty if a writer has the lock
     * @throws OwnerDiedException if the last writer died; it is not taken
     */
    public Optional<ReadHeld> tryAcquire() {
        return Optional.ofNullable(tryTake()).map(hold -> new ReadHeld(this, hold));
    }

    /**
     * Takes the read lock, and blocks until the deadline at most.
     *
     * @param deadline until when
     * @return the guard, or empty if the deadline has come first
     * @throws InterruptedException if the thread is interrupted before it has the lock
     * @throws OwnerDiedException if the last writer died; it is not taken
     */
    public Optional<ReadHeld> tryAcquire(Deadline deadline) throws InterruptedException {
        return Optional.ofNullable(take(deadline)).map(hold -> new ReadHeld(this, hold));
    }

    /** {@return the lock in words, for messages} */
    @Override
    public String toString() {
        return "ReadLock \"" + object.name() + "\" in " + region.path();
    }
}
