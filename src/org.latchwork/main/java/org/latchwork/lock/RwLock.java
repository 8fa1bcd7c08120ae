package org.latchwork.lock;

import java.util.Optional;
import java.util.concurrent.locks.ReadWriteLock;
import org.latchwork.region.ObjectType;
import org.latchwork.region.Region;
import org.latchwork.region.RegionObject;
import org.latchwork.region.abi.Layout;
import org.latchwork.wait.Deadline;

/**
 * A lock that many threads can have for reading, or one for writing: {@link ReadWriteLock} for several processes.
 *
 * {@snippet class="org.latchwork.examples.RwLockExample" region="both"}
 *
 * <p>Three things: the writer's word, a count of reading threads for each participant, and {@code drain}, a futex that a writer sleeps on
 * until the last of them has left. (And {@code slots}, which only grows: no participant beyond it has ever read.)
 *
 * <table>
 * <caption>States of the word; WAITERS and STARVING can be set in all but UNRECOVERABLE</caption>
 * <tr><th>state</th><th>slot</th><th>thread</th><th>OWNER_DIED</th><th>readers</th><th>goes to</th></tr>
 * <tr><td>FREE</td><td>0</td><td>0</td><td>no</td><td>come and go</td><td>HELD, by a writer; PASSING, by a reader that has had to wait</td></tr>
 * <tr><td>PASSING</td><td>the reader's</td><td>0</td><td>no</td><td>come and go</td><td>FREE, by that reader, when it is counted; or by the recoverer
 *     of its slot</td></tr>
 * <tr><td>HELD</td><td>the writer's</td><td>the writer's</td><td>no</td><td>leave; it writes when all counts are 0</td><td>FREE, by the writer;
 *     OWNER_DIED, by the recoverer of its slot</td></tr>
 * <tr><td>OWNER_DIED</td><td>0</td><td>0</td><td>yes</td><td>leave; new ones get {@link OwnerDiedException}</td><td>REPAIRING, by a writer's acquire</td></tr>
 * <tr><td>REPAIRING</td><td>the writer's</td><td>the writer's</td><td>yes</td><td>leave</td><td>HELD, by {@link Held#markConsistent}; UNRECOVERABLE, if it
 *     is let go without; OWNER_DIED, by a recoverer, or by the writer if it gives up before the last reader has left</td></tr>
 * <tr><td>UNRECOVERABLE</td><td>all ones</td><td>0</td><td>yes</td><td>leave; new ones are refused</td><td>nothing</td></tr>
 * </table>
 *
 * <p>All changes are sequentially consistent. A reader counts itself in and then looks at the word; a writer sets the word and then
 * looks at the counts: one of them sees the other. What was written before the write lock was let go is visible to all who take either lock after
 * that, and what was read before a read lock was let go was read before the next writer writes.
 *
 * <ul>
 * <li><b>Preference:</b> a writer that has come to its turn keeps new readers out, and waits for those who read: a stream of readers does not
 *     starve it. Nor do writers starve a reader: one that has to wait stands in the writers' queue with the rest of them, takes the
 *     word in its turn, and lets it go as soon as it is counted in. So each that waits, reader or writer, is under {@link Mutex}'s bound: after
 *     1 ms those who have not slept keep off the word for 1 ms at a time, and the lock goes to sleepers in the kernel's order.
 *     Readers that wait one behind the other pass in turn, each waking the next; they then read together.
 * <li><b>Changing sides:</b> a writer can take the read lock and then let the write lock go: no other writer comes between (downgrade). A
 *     reader that takes the write lock would wait for itself, and gets an {@link IllegalStateException}; it can {@linkplain #tryUpgrade() try}.
 *     {@snippet class="org.latchwork.examples.RwLockExample" region="downgrade"}
 * <li><b>Reentrance:</b> the read lock is reentrant, for each thread. The write lock is not: taking it again throws.
 * <li><b>Cost:</b> to read, one atomic addition on a cache line of this participant, one load of the word, and one look at what the thread has;
 *     as much to stop. Threads of one process share its count. To write, {@link Mutex}'s cost and one load for each participant that has used the
 *     lock, each on a cache line of its own: for what is written often, take a mutex.
 * <li><b>May it sleep:</b> yes, on both sides, after a short spin; the forms named {@code try} without a deadline never do. Not for signal handlers.
 *     Virtual threads do not pin their carrier.
 * <li><b>If a reader dies:</b> its participant's count goes, and a writer that waits for it goes on. That alone tells nobody: it can have changed nothing.
 * <li><b>If a writer dies:</b> readers and the JDK's methods of the write lock throw {@link OwnerDiedException}; {@link #acquireWrite()} takes the lock, says so,
 *     and can repair. Also if it had only waited for readers: nobody can tell.
 * <li><b>If a thread ends without letting go</b> in a process that lives, its hold stays.
 * </ul>
 */
public final class RwLock implements ReadWriteLock {
    static final ObjectType TYPE = new ObjectType(Layout.LW_RWLOCK(), "read-write lock", RwLock::recover);

    private final ReadLock reads;
    private final WriteLock writes;

    RwLock(Region region, RegionObject object) {
        this.writes = new WriteLock(region, object);
        this.reads = writes.reads();
    }

    /**
     * The count goes before the writer is told, since it looks once. The word comes last: who takes it when its owner has died shall not find
     * readers that are dead. A reader in passing has changed nothing but its count.
     */
    private static void recover(RegionObject object, int deadSlot) {
        object.image().memory().set(object.count(deadSlot), 0);
        ReadLock.wakeWriter(object);
        LockWord.recover(object, object.line(), deadSlot, ReadLock::hasWriter);
    }

    /** {@return the name by which other processes find it} */
    public String name() {
        return writes.name();
    }

    /** {@return the side that many can have} */
    @Override
    public ReadLock readLock() {
        return reads;
    }

    /** {@return the side that one can have} Its conditions can be waited for while the read lock is not held. */
    @Override
    public WriteLock writeLock() {
        return writes;
    }

    /**
     * {@return the guard of the read lock, which is taken} Blocks while a writer has the lock, not interruptibly.
     *
     * @throws OwnerDiedException if the last writer died; it is not taken
     * @throws UnrecoverableLockException if a writer died and nobody has repaired what the lock guards
     * @throws IllegalStateException if the region is closed
     */
    public ReadHeld acquireRead() {
        return reads.acquire();
    }

    /**
     * {@return the guard of the read lock, or empty if a writer has the lock} Does not block.
     *
     * @throws OwnerDiedException if the last writer died; it is not taken
     */
    public Optional<ReadHeld> tryAcquireRead() {
        return reads.tryAcquire();
    }

    /**
     * {@return the guard of the read lock, or empty if the deadline has come first} Blocks until then at most.
     *
     * @param deadline until when
     * @throws InterruptedException if the thread is interrupted before it has the lock
     * @throws OwnerDiedException if the last writer died; it is not taken
     */
    public Optional<ReadHeld> tryAcquireRead(Deadline deadline) throws InterruptedException {
        return reads.tryAcquire(deadline);
    }

    /**
     * {@return the guard of the write lock, which is taken} Blocks while others read or write, not interruptibly.
     *
     * @throws UnrecoverableLockException if a writer died and nobody has repaired what the lock guards
     * @throws IllegalStateException if the calling thread reads or writes already, or the region is closed
     */
    public Held acquireWrite() {
        return writes.acquire();
    }

    /** {@return the guard of the write lock, or empty if anybody reads or writes} Does not block. */
    public Optional<Held> tryAcquireWrite() {
        return writes.tryAcquire();
    }

    /**
     * {@return the guard of the write lock, or empty if the deadline has come first} Blocks until then at most.
     *
     * @param deadline until when
     * @throws InterruptedException if the thread is interrupted before it has the lock
     * @throws IllegalStateException if the calling thread reads or writes already, or the region is closed
     */
    public Optional<Held> tryAcquireWrite(Deadline deadline) throws InterruptedException {
        return writes.tryAcquire(deadline);
    }

    /**
     * Takes the write lock while the calling thread has the read lock, if it is the only one that has: nobody has written since it began to read.
     * Does not block, since of two readers that waited for each other neither would come to its end. The read lock stays held.
     *
     * {@snippet class="org.latchwork.examples.RwLockExample" region="upgrade"}
     *
     * @return the guard of the write lock, or empty if anybody else reads or writes
     * @throws IllegalMonitorStateException if the calling thread does not have the read lock
     */
    public Optional<Held> tryUpgrade() {
        return writes.tryUpgrade();
    }

    /** {@return the lock in words, for messages} */
    @Override
    public String toString() {
        return "Rw" + writes.toString().substring("Write".length());
    }
}
