package org.latchwork.lock;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import org.latchwork.region.FaultPoint;
import org.latchwork.region.ObjectType;
import org.latchwork.region.Region;
import org.latchwork.region.RegionMemory;
import org.latchwork.region.RegionObject;
import org.latchwork.region.abi.Layout;
import org.latchwork.wait.Deadline;
import org.latchwork.wait.WaitOutcome;
import org.latchwork.wait.WaitPolicy;

/**
 * A lock for many readers or one writer: {@link ReadWriteLock} for several processes.
 *
 * {@snippet class="org.latchwork.examples.RwLockExample" region="rates"}
 *
 * <p>Readers are counted by process, each count on cache lines of that process, so that readers of different processes do not slow each other
 * down. Threads of one process share a count.
 *
 * <table>
 * <caption>What is written where</caption>
 * <tr><th>word</th><th>set by</th></tr>
 * <tr><td>{@code cell.count} of a participant</td><td>its readers, when they come and when they leave; its recoverer, to 0</td></tr>
 * <tr><td>{@code writer}, a lock word as a {@link Mutex} has it</td><td>writers; WAITERS also by readers that wait for one; recoverers</td></tr>
 * <tr><td>{@code drain}, a sequence</td><td>a reader that leaves while the writer word is taken; recoverers</td></tr>
 * </table>
 *
 * <p><b>Order.</b> Writers come first: once one has the writer word no reader gets in. A reader that has waited for 1 ms keeps further writers
 * off, as a starving waiter of a {@link Mutex} does, so neither side starves. Reentrant: who reads can read again, whoever waits; who writes can
 * write again, and can read (which is how it downgrades: take the read lock, let the write lock go). Who reads gets the write lock only by
 * {@link #tryUpgrade()}: waiting for it would be waiting for itself, and throws.
 *
 * <p><b>Cost.</b> Reading: an atomic addition and a load each way. Writing: a lock word, and a look at the count of each possible participant.
 * Waiting sleeps in the kernel, after a short spin for writers.
 *
 * <p><b>Death.</b> A dead reader is taken off the count. A dead writer, or one that was waiting for readers to leave, leaves the lock
 * with {@link OwnerDiedException} for all but {@link #acquireWrite()}, which repairs.
 *
 * <p>Memory: what a writer wrote before it let go is visible to whoever reads or writes next.
 */
public final class RwLock implements ReadWriteLock {
    static final ObjectType TYPE = new ObjectType(Layout.LW_RWLOCK(), "rwlock", RwWord::recover);

    private static final VarHandle WORD = ValueLayout.JAVA_INT.varHandle();
    private static final long STARVING_AFTER_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final Region region;
    private final RegionMemory memory;
    private final RegionObject object;
    private final RwWord word;
    private final MemorySegment count;
    private final MemorySegment writer;
    private final WriteLock writeLock;
    private final ReadLock readLock = new ReadLock();
    /** How often each thread of this process reads: who may leave, and who may read again whoever waits. */
    private final ThreadLocal<Holds> holds = ThreadLocal.withInitial(Holds::new);

    private static final class Holds {
        int count;
    }

    RwLock(Region region, RegionObject object) {
        this.region = region;
        this.memory = region.memory();
        this.object = object;
        this.word = new RwWord(region, object, () -> holds.get().count > 0);
        this.count = memory.segment().asSlice(object.count(region.slot()), Integer.BYTES);
        this.writer = word.writer();
        this.writeLock = new WriteLock(region, object, word);
    }

    /** {@return the name by which other processes find it} */
    public String name() {
        return object.name();
    }

    /** {@return the readers' side: its methods throw {@link OwnerDiedException} if a writer died} It has no conditions. */
    @Override
    public Lock readLock() {
        return readLock;
    }

    /** {@return the writers' side: its methods of {@link Lock} throw {@link OwnerDiedException} if a writer died} It has conditions. */
    @Override
    public WriteLock writeLock() {
        return writeLock;
    }

    /**
     * Writes: waits until nobody else reads or writes, not interruptibly.
     *
     * @return the guard; it says whether the last writer died
     * @throws UnrecoverableLockException if a writer died and nobody has repaired what it wrote
     * @throws IllegalStateException if the calling thread reads, or the region is closed
     */
    public Held acquireWrite() {
        return writeLock.acquire();
    }

    /**
     * Writes: waits until nobody else reads or writes, or the deadline comes.
     *
     * @param deadline until when
     * @return the guard, or empty if the deadline has come first
     * @throws InterruptedException if the thread is interrupted before it has the lock
     */
    public Optional<Held> tryAcquireWrite(Deadline deadline) throws InterruptedException {
        return writeLock.tryAcquire(deadline);
    }

    /**
     * Reads: waits while somebody else writes, not interruptibly.
     *
     * @return the guard
     * @throws OwnerDiedException if a writer died: only another writer can repair
     */
    public ReadHeld acquireRead() {
        readLock.lock();
        return new ReadHeld();
    }

    /**
     * Reads: waits while somebody else writes, until the deadline at most.
     *
     * @param deadline until when
     * @return the guard, or empty if the deadline has come first
     * @throws InterruptedException if the thread is interrupted before it has the lock
     * @throws OwnerDiedException if a writer died: only another writer can repair
     */
    public Optional<ReadHeld> tryAcquireRead(Deadline deadline) throws InterruptedException {
        return readLock.tryLock(deadline) ? Optional.of(new ReadHeld()) : Optional.empty();
    }

    /**
     * Turns the calling thread's one read hold into the write lock, if nobody else reads or writes. Does not block.
     *
     * @return whether it did; then {@code writeLock().unlock()} lets it go, and a guard of the read hold has nothing to close any more
     * @throws IllegalMonitorStateException if the calling thread does not read
     */
    public boolean tryUpgrade() {
        Holds mine = holds.get();
        if (mine.count == 0) {
            throw new IllegalMonitorStateException(this + " is not read by " + Thread.currentThread());
        }
        if (mine.count > 1 || writeLock.isHeldByCurrentThread() || !word.tryUpgrade(word.mine(Thread.currentThread()))) {
            return false;
        }
        writeLock.upgraded();
        mine.count = 0;
        WORD.getAndAdd(count, 0L, -1);
        return true;
    }

    /** {@return how many read, in all processes: a glance} */
    public int readers() {
        return word.readers();
    }

    /** {@return how often the calling thread reads} */
    public int getReadHoldCount() {
        return holds.get().count;
    }

    /** {@return the lock in words, for messages} */
    @Override
    public String toString() {
        return "RwLock \"" + object.name() + "\" in " + region.path();
    }

    /** A read hold, until this is closed, by the thread that took it. */
    public final class ReadHeld implements AutoCloseable {
        private boolean open = true;

        private ReadHeld() {}

        /**
         * Lets it go.
         *
         * @throws IllegalMonitorStateException if it is closed already, or another thread took it
         */
        @Override
        public void close() {
            if (!open) {
                throw new IllegalMonitorStateException("this guard of " + RwLock.this + " is closed");
            }
            readLock.unlock();
            open = false;
        }
    }

    /** The writers' side: a reentrant lock, with conditions. */
    public static final class WriteLock extends OwnedLock {
        private WriteLock(Region region, RegionObject object, RwWord word) {
            super(region, object, word);
        }

        @Override
        boolean isReentrant() {
            return true;
        }

        @Override
        void relock() {
            holds = Math.incrementExact(holds);
        }

        private void upgraded() {
            setOwner(Thread.currentThread());
        }
    }

    private final class ReadLock implements Lock {
        @Override
        public void lock() {
            enter(Deadline.NEVER, false);
        }

        @Override
        public void lockInterruptibly() throws InterruptedException {
            tryLock(Deadline.NEVER);
        }

        @Override
        public boolean tryLock() {
            Holds mine = holds.get();
            if (mine.count > 0 || writeLock.isHeldByCurrentThread()) {
                return again(mine);
            }
            if (enterFast(mine)) {
                return true;
            }
            int seen = word.get();
            requireWhole(seen);
            if (!LockWord.isFree(seen)) {
                region.watch();
            }
            return false;
        }

        @Override
        public boolean tryLock(long time, TimeUnit unit) throws InterruptedException {
            return tryLock(Deadline.after(time, unit));
        }

        private boolean tryLock(Deadline deadline) throws InterruptedException {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            WaitOutcome outcome = enter(deadline, true);
            outcome.throwIfInterrupted();
            return outcome == WaitOutcome.WOKEN;
        }

        @Override
        public void unlock() {
            Holds mine = holds.get();
            if (mine.count == 0) {
                throw new IllegalMonitorStateException(RwLock.this + " is not read by " + Thread.currentThread());
            }
            if (--mine.count == 0) {
                leave();
            }
        }

        @Override
        public Condition newCondition() {
            throw new UnsupportedOperationException(RwLock.this + ": readers have no conditions; writeLock() has");
        }

        @Override
        public String toString() {
            return RwLock.this + ", reading";
        }
    }

    /** The calling thread reads or writes already: nothing and nobody has to be waited for. */
    private boolean again(Holds mine) {
        if (mine.count++ == 0) {
            WORD.getAndAdd(count, 0L, 1); // the writer itself, who downgrades
        }
        return true;
    }

    /** {@return whether nobody writes, and the caller is counted} */
    private boolean enterFast(Holds mine) {
        LockWord.lookWhileCold(count, 0);
        WORD.getAndAdd(count, 0L, 1); // first the count,
        int seen = (int) WORD.getVolatile(writer, 0L); // then the word
        if (LockWord.isFree(seen) && !LockWord.isInconsistent(seen)) {
            mine.count = 1;
            return true;
        }
        leave();
        return false;
    }

    private void leave() {
        WORD.getAndAdd(count, 0L, -1);
        if (!LockWord.isFree((int) WORD.getVolatile(writer, 0L))) {
            word.left();
        }
    }

    private WaitOutcome enter(Deadline deadline, boolean interruptible) {
        Holds mine = holds.get();
        if (mine.count > 0 || writeLock.isHeldByCurrentThread()) {
            again(mine);
            return WaitOutcome.WOKEN;
        }
        return enterFast(mine) ? WaitOutcome.WOKEN : enterSlowly(mine, deadline, interruptible);
    }

    private WaitOutcome enterSlowly(Holds mine, Deadline deadline, boolean interruptible) {
        region.watch();
        int record = region.waits().begin(object.index());
        boolean slept = false;
        try {
            long start = System.nanoTime();
            while (true) {
                int seen = word.get();
                requireWhole(seen);
                if (LockWord.isFree(seen)) {
                    if (enterFast(mine)) {
                        if (slept && (seen & Layout.LW_STARVING()) != 0) {
                            word.clearStarving();
                        }
                        return WaitOutcome.WOKEN;
                    }
                    continue;
                }
                boolean starving = slept && System.nanoTime() - start > STARVING_AFTER_NANOS;
                int wanted = seen | Layout.LW_WAITERS() | (starving ? Layout.LW_STARVING() : 0);
                if (wanted != seen && !word.compareAndSet(seen, wanted)) {
                    continue;
                }
                FaultPoint.pass("read.wait");
                WaitOutcome outcome = memory.await(word.offset(), wanted, deadline, interruptible, WaitPolicy.block());
                slept |= outcome != WaitOutcome.VALUE_DIFFERS;
                FaultPoint.pass("read.woken");
                if (outcome == WaitOutcome.CLOSED) {
                    throw new IllegalStateException(this + ": the region was closed");
                }
                if (outcome == WaitOutcome.TIMED_OUT || outcome == WaitOutcome.INTERRUPTED) {
                    return outcome;
                }
            }
        } catch (InternalError fault) {
            throw memory.lost(fault);
        } finally {
            region.waits().end(record);
            if (slept && region.isOpen()) {
                memory.wake(word.offset(), 1); // a reader never takes the word, so it hands every wake on
            }
        }
    }

    private void requireWhole(int seen) {
        if (seen == Layout.LW_UNRECOVERABLE() || LockWord.isFree(seen) && LockWord.isInconsistent(seen)) {
            throw writeLock.failure(seen == Layout.LW_UNRECOVERABLE() ? LockWord.Result.UNRECOVERABLE : LockWord.Result.OWNER_DIED);
        }
    }
}
