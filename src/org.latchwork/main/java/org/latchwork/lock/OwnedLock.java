package org.latchwork.lock;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import org.latchwork.region.FastWord;
import org.latchwork.region.Region;
import org.latchwork.region.RegionObject;
import org.latchwork.wait.Deadline;
import org.latchwork.wait.WaitPolicy;

/**
 * A lock in a region that one thread of one process owns. {@link Mutex} and {@link ReentrantMutex} differ in what its owner gets that takes
 * it again; the others do more than to take and free the lock's word.
 *
 * <p>There are two ways to take it. {@link #acquire()} returns a guard, which says whether the last owner died, and is the only way to a lock whose
 * owner did. The methods of {@link Lock} have no way to say so: they throw {@link OwnerDiedException}, and leave the lock as it is.
 *
 * <p>Memory: what was written before a release is visible after the next acquisition, whatever process each of them is in.
 */
public abstract sealed class OwnedLock implements Lock permits Mutex, ReentrantMutex, SpinningLock, WriteLock, SeqLock {
    private final Region region;
    private final RegionObject object;
    private final LockWord word;
    /** What the fast path needs, here, so that it goes through no other object. */
    private final FastWord fast;
    private final int slotBits;
    /** Whether who has the word has the lock, and need do no more: then the fast path takes the word. */
    private final boolean direct;
    /** The id of the thread that may unlock, or 0. The word's slot decides who is recovered. Written by the owner alone; others see what they see. */
    private long owner;
    /** Who was that last, for messages. Written only where it changes: a reference costs the collector's barrier, which can be a fence. */
    private Thread lastOwner;
    /** How often the owner has taken it again. */
    int holds;

    OwnedLock(Region region, RegionObject object) {
        this(region, object, new LockWord(region, object, object.line(), WaitPolicy.adaptive()), true);
    }

    /**
     * A lock of its own kind.
     *
     * @param word which is waited for in its own way
     * @param direct whether who has the word has the lock; otherwise {@link #take} and {@link #tryTake} do what else is to be done
     */
    OwnedLock(Region region, RegionObject object, LockWord word, boolean direct) {
        this.region = region;
        this.object = object;
        this.word = word;
        this.fast = word.fast();
        this.slotBits = region.slot() + 1;
        this.direct = direct;
        object.noteGoneOwner(region.slot(), 0); // what an earlier participant of the slot has left
        region.waits().whileBlocked(object.index(), this::checkOwner);
    }

    /**
     * Looks whether the owner has ended, and tells. A thread that is not alive has done all that it will ever do, and this sees all of it: so if it
     * is the owner still, it will be so for good.
     */
    private void checkOwner() {
        Thread last = lastOwner;
        long id = owner;
        if (last != null && id == last.threadId() && !last.isAlive() && owner == id && !object.isOwnerGone(region.slot(), (int) id)) {
            object.noteGoneOwner(region.slot(), (int) id);
            System.getLogger("org.latchwork").log(System.Logger.Level.WARNING, this + ": its owner, " + last
                    + ", has ended without letting it go. Nobody gets it while this process lives: a lock is recovered when its owner's process"
                    + " dies, or closes the region");
        }
    }

    /** Takes the lock, as {@link LockWord#acquire} does; the fast path has not got it. */
    LockWord.Result take(int mine, Deadline deadline, boolean interruptible, boolean repairs, boolean hasSlept) {
        return word.acquire(mine, deadline, interruptible, repairs, hasSlept);
    }

    /** Takes the lock if nobody has it, as {@link LockWord#tryAcquire} does. */
    LockWord.Result tryTake(int mine, boolean repairs) {
        return word.tryAcquire(mine, repairs);
    }

    /** Takes the word, of a lock whose fast path does not. */
    final LockWord.Result takeWord(int mine, Deadline deadline, boolean interruptible, boolean repairs, boolean hasSlept) {
        return !hasSlept && fast.swap(0, mine) ? LockWord.Result.ACQUIRED
                : word.acquire(mine, deadline, interruptible, repairs, hasSlept);
    }

    /** The owner takes the lock again. */
    void relock() {
        throw new IllegalStateException(this + " is held by the calling thread already, and would wait for itself;"
                + " a ReentrantMutex can be taken again");
    }

    /** {@return the name by which other processes find it} */
    public String name() {
        return object.name();
    }

    // java.util.concurrent.locks.Lock

    /**
     * Takes the lock, and blocks while another thread or process has it, not interruptibly.
     *
     * @throws OwnerDiedException if its last owner died; it is not taken
     * @throws UnrecoverableLockException if its owner died and nobody has repaired what it guards
     * @throws IllegalStateException if the calling thread has it already and it is not reentrant, or if the region is closed
     */
    @Override
    public void lock() {
        Thread me = Thread.currentThread();
        int mine = LockWord.held(slotBits, me);
        if (direct && fast.swap(0, mine)) {
            owned(me);
        } else {
            lockSlowly(me, mine, Deadline.NEVER, false);
        }
    }

    /**
     * The same, interruptibly.
     *
     * @throws InterruptedException if the thread is interrupted before it has the lock
     */
    @Override
    public void lockInterruptibly() throws InterruptedException {
        tryLock(Deadline.NEVER);
    }

    /**
     * Takes the lock if nobody has it. Does not block.
     *
     * @return whether the lock is taken; false also if the calling thread has it and it is not reentrant
     * @throws OwnerDiedException if its last owner died; it is not taken
     */
    @Override
    public boolean tryLock() {
        Thread me = Thread.currentThread();
        int mine = LockWord.held(slotBits, me);
        if (direct && fast.swap(0, mine)) {
            owned(me);
            return true;
        }
        if (isHeldBy(me)) {
            return this instanceof ReentrantMutex && relocked();
        }
        return settle(tryTake(mine, false), me);
    }

    private boolean relocked() {
        relock();
        return true;
    }

    /**
     * Takes the lock, and blocks for so long at most.
     *
     * @param timeout how long; zero or less does not block
     * @param unit of the timeout
     * @return whether the lock is taken
     * @throws InterruptedException if the thread is interrupted before it has the lock
     * @throws OwnerDiedException if its last owner died; it is not taken
     */
    @Override
    public boolean tryLock(long timeout, TimeUnit unit) throws InterruptedException {
        return tryLock(Deadline.after(timeout, unit));
    }

    private boolean tryLock(Deadline deadline) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        Thread me = Thread.currentThread();
        int mine = LockWord.held(slotBits, me);
        if (direct && fast.swap(0, mine)) {
            owned(me);
            return true;
        }
        LockWord.Result result = lockSlowly(me, mine, deadline, true);
        if (result == LockWord.Result.INTERRUPTED) {
            Thread.interrupted();
            throw new InterruptedException();
        }
        return result == LockWord.Result.ACQUIRED;
    }

    private LockWord.Result lockSlowly(Thread me, int mine, Deadline deadline, boolean interruptible) {
        if (isHeldBy(me)) {
            relock();
            return LockWord.Result.ACQUIRED;
        }
        LockWord.Result result = take(mine, deadline, interruptible, false, false);
        settle(result, me);
        return result;
    }

    /** {@return whether the caller has the lock now} Throws where nobody can say so by a boolean. */
    final boolean settle(LockWord.Result result, Thread me) {
        if (isAcquired(result)) {
            owned(me);
            return true;
        }
        requireEnded(result);
        return false;
    }

    static boolean isAcquired(LockWord.Result result) {
        return result == LockWord.Result.ACQUIRED || result == LockWord.Result.ACQUIRED_INCONSISTENT;
    }

    /** Throws if it was not a deadline or an interrupt for which the lock is not taken. */
    final void requireEnded(LockWord.Result result) {
        switch (result) {
            case OWNER_DIED -> throw new OwnerDiedException(this + ": its last owner, process " + object.deadPid()
                    + ", died while it had the lock; take it by acquire() and repair what it guards");
            case UNRECOVERABLE -> throw new UnrecoverableLockException(this + ": its owner, process " + object.deadPid()
                    + ", died, and the next one let it go without markConsistent(); remove the object and make it anew");
            case CLOSED -> throw new IllegalStateException(this + ": the region was closed");
            default -> { }
        }
    }

    /**
     * Lets the lock go.
     *
     * @throws IllegalMonitorStateException if the calling thread does not have it
     */
    @Override
    public void unlock() {
        Thread me = Thread.currentThread();
        requireOwner(me);
        if (holds > 0) {
            holds--;
            return;
        }
        owner = 0; // before somebody else writes it
        if (!fast.swap(LockWord.held(slotBits, me), 0)) {
            word.release();
        }
    }

    private void owned(Thread me) {
        owner = me.threadId();
        if (lastOwner != me) {
            lastOwner = me;
        }
    }

    final void requireOwner(Thread me) {
        if (owner != me.threadId()) {
            throw new IllegalMonitorStateException(this + " is not held by " + me + (owner == 0 ? "" : ", but by " + lastOwner));
        }
    }

    final boolean isHeldBy(Thread me) {
        return owner == me.threadId();
    }

    /** {@return whether the calling thread has the lock} */
    public boolean isHeldByCurrentThread() {
        return isHeldBy(Thread.currentThread());
    }

    /** {@return whether anybody has the lock, in whatever process} */
    public boolean isLocked() {
        return !LockWord.isFree(word.get());
    }

    // Guards

    /**
     * Takes the lock, and blocks while another thread or process has it, not interruptibly. The normal form:
     *
     * {@snippet class="org.latchwork.examples.LockExample" region="acquire"}
     *
     * @return the guard, which lets it go
     * @throws UnrecoverableLockException if its owner died and nobody has repaired what it guards
     * @throws IllegalStateException if the calling thread has it already and it is not reentrant, or if the region is closed
     */
    public Held acquire() {
        Thread me = Thread.currentThread();
        int mine = LockWord.held(slotBits, me);
        if (direct && fast.swap(0, mine)) {
            owned(me);
            return new Held(this, false);
        }
        return acquireSlowly(me, mine, Deadline.NEVER, false, false).orElseThrow();
    }

    /**
     * The same, interruptibly.
     *
     * @return the guard, which lets it go
     * @throws InterruptedException if the thread is interrupted before it has the lock
     */
    public Held acquireInterruptibly() throws InterruptedException {
        return tryAcquire(Deadline.NEVER).orElseThrow();
    }

    /**
     * Takes the lock if nobody has it. Does not block.
     *
     * @return the guard, or empty if somebody has it, the calling thread included if it is not reentrant
     */
    public Optional<Held> tryAcquire() {
        Thread me = Thread.currentThread();
        if (isHeldBy(me)) {
            return this instanceof ReentrantMutex && relocked() ? Optional.of(new Held(this, false)) : Optional.empty();
        }
        LockWord.Result result = tryTake(LockWord.held(slotBits, me), true);
        return settle(result, me) ? Optional.of(guard(result)) : Optional.empty();
    }

    /**
     * Takes the lock, and blocks until the deadline at most.
     *
     * @param deadline until when
     * @return the guard, or empty if the deadline has come first
     * @throws InterruptedException if the thread is interrupted before it has the lock
     */
    public Optional<Held> tryAcquire(Deadline deadline) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        Thread me = Thread.currentThread();
        Optional<Held> held = acquireSlowly(me, LockWord.held(slotBits, me), deadline, true, false);
        if (held.isEmpty() && Thread.interrupted()) {
            throw new InterruptedException();
        }
        return held;
    }

    private Optional<Held> acquireSlowly(Thread me, int mine, Deadline deadline, boolean interruptible, boolean hasSlept) {
        if (isHeldBy(me)) {
            relock();
            return Optional.of(new Held(this, false));
        }
        LockWord.Result result = take(mine, deadline, interruptible, true, hasSlept);
        return settle(result, me) ? Optional.of(guard(result)) : Optional.empty();
    }

    /** {@return the guard of a lock that is taken} */
    final Held guard(LockWord.Result result) {
        return new Held(this, result == LockWord.Result.ACQUIRED_INCONSISTENT);
    }

    /** {@return who held it when it died} */
    final PreviousOwner previousOwner() {
        return new PreviousOwner(object.deadPid(), object.deadThread());
    }

    final void markConsistent() {
        requireOwner(Thread.currentThread());
        word.markConsistent();
    }

    /** Lets the lock go as if the caller had never had it; its last owner died, and that is still to be dealt with. */
    final void giveBack() {
        requireOwner(Thread.currentThread());
        owner = 0;
        word.giveBack();
    }

    // Conditions

    /**
     * {@return the condition of that name, the same for all processes} It is made when it is asked for first, and is an object of the region, named
     * by the lock's name, a slash and its own.
     *
     * @param name 1 byte and more; with the lock's name and the slash up to 63 bytes
     * @throws IllegalStateException if the region is full or closed
     */
    public MutexCondition condition(String name) {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("a condition that other processes are to find needs a name; newCondition() makes one without");
        }
        return condition(region.object(object.name() + "/" + name, MutexCondition.TYPE, 0, 0, object, MutexCondition.NEW));
    }

    /**
     * {@return a new condition without a name} Only those to whom this process gives it know it. It is an object of the region, until the
     * region is closed here; for one that other processes find, see {@link #condition(String)}.
     *
     * @throws IllegalStateException if the region is full or closed
     */
    @Override
    public MutexCondition newCondition() {
        return condition(region.object("", MutexCondition.TYPE, 0, 0, object, MutexCondition.NEW));
    }

    private MutexCondition condition(RegionObject made) {
        return new MutexCondition(this, made);
    }

    /** {@return how often the owner had taken it again, before it was let go} */
    int releaseAll() {
        int before = holds;
        holds = 0;
        owner = 0;
        word.release();
        return before;
    }

    /** Takes it after a sleep, not interruptibly. */
    final void reacquire(int before, boolean repairs) {
        Thread me = Thread.currentThread();
        settle(take(LockWord.held(slotBits, me), Deadline.NEVER, false, repairs, true), me);
        holds = before;
    }

    /** {@return whether its last owner died, and nobody has repaired what it guards} The caller has it. */
    final boolean isInconsistent() {
        return LockWord.isInconsistent(word.get());
    }

    final Region region() {
        return region;
    }

    final RegionObject object() {
        return object;
    }

    final LockWord word() {
        return word;
    }

    /** {@return the lock in words, for messages} */
    @Override
    public String toString() {
        return getClass().getSimpleName() + " \"" + object.name() + "\" in " + region.path();
    }
}
