package org.latchwork.lock;

import java.lang.invoke.VarHandle;
import java.util.function.Supplier;
import org.latchwork.region.FaultPoint;
import org.latchwork.region.ObjectType;
import org.latchwork.region.Region;
import org.latchwork.region.RegionMemory;
import org.latchwork.region.RegionObject;
import org.latchwork.region.abi.Layout;
import org.latchwork.region.abi.lw_seqlock;
import org.latchwork.wait.Deadline;
import org.latchwork.wait.WaitPolicy;

/**
 * A lock for writers, whose readers write nothing: they read, and look afterwards whether a writer has come between. For small data that is
 * read far more often than written.
 *
 * {@snippet class="org.latchwork.examples.SeqLockExample" region="both"}
 *
 * <p>Two words: the writers' lock word, with {@link Mutex}'s states, and a sequence of 64 bits.
 *
 * <table>
 * <caption>The sequence, changed by who has the word alone</caption>
 * <tr><th>sequence</th><th>meaning</th><th>goes to</th></tr>
 * <tr><td>even</td><td>the data is whole</td><td>odd, by a writer that has taken the word, before it writes</td></tr>
 * <tr><td>odd</td><td>a writer is at work, or has died at work</td><td>the next even one, by the writer before it frees the word, unless the last
 *     owner died and this one has not {@linkplain Held#markConsistent() repaired}</td></tr>
 * </table>
 *
 * <p>Order. A writer: sequence odd, then a store-store fence, then the data, then sequence even by a releasing store. A reader: sequence by an
 * acquiring load, then the data, then a load-load fence, then the sequence again. If a reader has seen anything of a writer's data, its
 * second look comes after that writer's first change, and sees it or a later one: so it differs from its first. If its first look has seen a writer's
 * last change, it sees all of that writer's data. A sequence of 64 bits does not come round.
 *
 * <ul>
 * <li><b>Fairness:</b> among writers, {@link Mutex}'s. Writers are never held up by optimistic readers. A reader that has been overtaken
 *     {@value #TRIES} times takes the writers' word, in turn with them, and so comes to its end.
 * <li><b>Cost:</b> to read, two loads and no store at all: any number of readers do not hinder each other. To write, {@link Mutex}'s
 *     and two stores.
 * <li><b>May it sleep:</b> a writer, and {@link #read}, yes; {@link #tryOptimisticRead()} and {@link #validate} never do, and can be used anywhere.
 * <li><b>If its owner dies</b> at work, the word says OWNER_DIED and the sequence stays odd: no optimistic read succeeds, and {@link #read} throws
 *     {@link OwnerDiedException}, until somebody {@linkplain #acquire() acquires} it and repairs. If the sequence is even, the dead owner has
 *     changed nothing or all, or has only read: then the lock is free, as if nothing had happened.
 * </ul>
 *
 * <p>What is read optimistically can be half of one write and half of another until it is validated: use it for nothing before that, follow no
 * index or length in it, and loop on nothing that it says.
 */
public final class SeqLock extends OwnedLock {
    static final ObjectType TYPE = new ObjectType(Layout.LW_SEQLOCK(), "sequence lock", SeqLock::recover);

    /**
     * How often a reader tries before it takes the lock, which holds up writers. Each time but the first it has been overtaken by a writer or has
     * seen one at work; so many in a row come about only where writers hardly pause, and there trying on is a game of chance.
     */
    private static final int TRIES = 8;
    /** Looks at an odd sequence that count as one try: some 2 µs, longer than a writer needs for what this lock is for. */
    private static final int LOOKS = 64;

    private final RegionMemory memory;
    private final long sequence;

    SeqLock(Region region, RegionObject object) {
        super(region, object, new LockWord(region, object, object.line(), WaitPolicy.adaptive()), false);
        this.memory = region.memory();
        this.sequence = sequence(object);
    }

    private static long sequence(RegionObject object) {
        return object.line() + lw_seqlock.sequence$offset();
    }

    private static boolean isOdd(long sequence) {
        return (sequence & 1) != 0;
    }

    /** Whoever recovers looks at the sequence of a participant that does nothing any more: as long as that has the word, nobody else changes it. */
    private static void recover(RegionObject object, int deadSlot) {
        LockWord.recover(object, object.line(), deadSlot, word -> isOdd(object.image().memory().getLong(sequence(object))));
    }

    // Writing

    @Override
    LockWord.Result take(int mine, Deadline deadline, boolean interruptible, boolean repairs, boolean hasSlept) {
        return begun(takeWord(mine, deadline, interruptible, repairs, hasSlept));
    }

    @Override
    LockWord.Result tryTake(int mine, boolean repairs) {
        return begun(word().tryAcquire(mine, repairs));
    }

    /** The writer begins, if it has the word. */
    private LockWord.Result begun(LockWord.Result result) {
        if (isAcquired(result)) {
            FaultPoint.pass("seq.taken");
            memory.setLongRelease(sequence, memory.getLong(sequence) | 1); // odd already if the last owner died at work
            VarHandle.storeStoreFence(); // who sees anything of what is written from here on, sees this as well
            FaultPoint.pass("seq.begun");
        }
        return result;
    }

    /** The writer has ended, and lets the word go next. */
    private void end() {
        if (!isInconsistent()) {
            memory.setLongRelease(sequence, memory.getLong(sequence) + 1); // after all that was written
            FaultPoint.pass("seq.ended");
        }
    }

    @Override
    public void unlock() {
        requireOwner(Thread.currentThread());
        end();
        super.unlock();
    }

    @Override
    int releaseAll() {
        end();
        return super.releaseAll();
    }

    // Reading

    /**
     * Begins an optimistic read. Does not block, and writes nothing.
     *
     * {@snippet class="org.latchwork.examples.SeqLockExample" region="optimistic"}
     *
     * @return a stamp for {@link #validate}, or 0 if a writer is at work, or has died at work
     */
    public long tryOptimisticRead() {
        long seen = memory.getLong(sequence); // acquiring, and more: the data is read after this
        return isOdd(seen) ? 0 : seen | 1; // never 0
    }

    /**
     * Ends an optimistic read, or looks how it stands: what was read since is whole if this says so.
     *
     * @param stamp of {@link #tryOptimisticRead()}
     * @return whether no writer has come since; false for 0
     */
    public boolean validate(long stamp) {
        VarHandle.loadLoadFence(); // the data was read before this
        return stamp != 0 && (memory.getLong(sequence) ^ stamp) == 1;
    }

    /**
     * Reads: optimistically, a few times if writers come between, and then with the lock. The reader is called again each time, and what
     * it throws when a writer has come between does not count. It must not write, and must come to its end whatever it reads.
     *
     * <p>The owner of the lock reads without further ado.
     *
     * @param <T> what is read
     * @param reader reads, and returns what it has read
     * @return what it has returned
     * @throws OwnerDiedException if the last owner died at work
     * @throws UnrecoverableLockException if its owner died and nobody has repaired the data
     * @throws IllegalStateException if the region is closed
     */
    public <T> T read(Supplier<? extends T> reader) {
        if (isHeldByCurrentThread()) {
            return reader.get();
        }
        for (int i = 0; i < TRIES; i++) {
            long stamp = awaitEven();
            if (stamp == 0) {
                continue;
            }
            try {
                T value = reader.get();
                if (validate(stamp)) {
                    return value;
                }
            } catch (RuntimeException | Error thrown) {
                if (validate(stamp)) {
                    throw thrown;
                }
            }
        }
        return readLocked(reader);
    }

    private long awaitEven() {
        long stamp = tryOptimisticRead();
        for (int i = 1; stamp == 0 && i < LOOKS; i++) {
            Thread.onSpinWait();
            stamp = tryOptimisticRead();
        }
        return stamp;
    }

    /** Reads with the word, and an even sequence: other readers go on. */
    private <T> T readLocked(Supplier<? extends T> reader) {
        Thread me = Thread.currentThread();
        settle(takeWord(word().mine(me), Deadline.NEVER, false, false, false), me);
        try {
            FaultPoint.pass("seq.reading");
            return reader.get();
        } finally {
            super.unlock();
        }
    }
}
