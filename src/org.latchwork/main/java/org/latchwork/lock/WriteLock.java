package org.latchwork.lock;

import java.util.Optional;
import org.latchwork.region.FaultPoint;
import org.latchwork.region.Region;
import org.latchwork.region.RegionMemory;
import org.latchwork.region.RegionObject;
import org.latchwork.region.abi.Layout;
import org.latchwork.wait.Deadline;
import org.latchwork.wait.WaitOutcome;
import org.latchwork.wait.WaitPolicy;

/**
 * The side of an {@link RwLock} that one can have at a time, and alone. Not reentrant; but its owner can take the read lock as well, and keep it when
 * it lets this one go.
 *
 * <p>The word keeps other writers and new readers out. Then those who read already are waited for: on {@code drain}, which each of them
 * changes that leaves while a writer has the word.
 */
public final class WriteLock extends OwnedLock {
    private final ReadLock reads;
    private final RegionMemory memory;
    private final WaitPolicy drainPolicy = WaitPolicy.adaptive();

    WriteLock(Region region, RegionObject object) {
        super(region, object, new LockWord(region, object, object.line(), WaitPolicy.adaptive()), false);
        this.memory = region.memory();
        this.reads = new ReadLock(this);
    }

    ReadLock reads() {
        return reads;
    }

    /** {@return the word of a writer} A thread whose low bits are 0 gets others: 0 is a reader in passing. */
    private static int named(int mine) {
        return ReadLock.hasWriter(mine) ? mine : mine | 1 << Layout.LW_THREAD_SHIFT();
    }

    @Override
    LockWord.Result take(int mine, Deadline deadline, boolean interruptible, boolean repairs, boolean hasSlept) {
        if (reads.getHoldCount() > 0) {
            throw new IllegalStateException(this + ": the calling thread has the read lock, and would wait for itself;"
                    + " let that go first, or call tryUpgrade()");
        }
        LockWord.Result result = takeWord(named(mine), deadline, interruptible, repairs, hasSlept);
        return isAcquired(result) && !reads.areOnly(0) ? drained(result, deadline, interruptible) : result;
    }

    /** Waits until nobody reads. The caller has the word, and lets it go if that does not come. */
    private LockWord.Result drained(LockWord.Result acquired, Deadline deadline, boolean interruptible) {
        long drain = ReadLock.drain(object());
        LockWord.Result result = null;
        region().watch();
        int record = region().waits().begin(object().index());
        object().noteContention();
        try {
            FaultPoint.pass("write.drain");
            while (result == null) {
                int seen = memory.get(drain); // before the counts: who changes one after our look, changes this as well
                if (reads.areOnly(0)) {
                    result = acquired;
                } else {
                    WaitOutcome outcome = memory.await(drain, seen, deadline, interruptible, drainPolicy);
                    FaultPoint.pass("write.drain.woken");
                    result = LockWord.ended(outcome);
                }
            }
            return result;
        } finally {
            region().waits().end(record);
            if (result != acquired && result != LockWord.Result.CLOSED) {
                word().giveBack(); // nothing has been written
            }
        }
    }

    @Override
    LockWord.Result tryTake(int mine, boolean repairs) {
        return tryTake(mine, repairs, 0);
    }

    /** Takes the lock if nobody has it, but for so many threads of this participant that read. */
    private LockWord.Result tryTake(int mine, boolean repairs, int reading) {
        if (!reads.areOnly(reading)) { // before the word is taken, which would turn readers away
            region().watch();
            return LockWord.Result.TIMED_OUT;
        }
        LockWord.Result result = word().tryAcquire(named(mine), repairs);
        FaultPoint.pass("write.tried");
        if (isAcquired(result) && !reads.areOnly(reading)) {
            word().giveBack();
            return LockWord.Result.TIMED_OUT;
        }
        return result;
    }

    /** {@return the guard, or empty if anybody else reads or writes} The caller reads. */
    Optional<Held> tryUpgrade() {
        Thread me = Thread.currentThread();
        if (reads.getHoldCount() == 0) {
            throw new IllegalMonitorStateException(reads + " is not held by " + me + ", which cannot upgrade what it does not have");
        }
        LockWord.Result result = tryTake(word().mine(me), true, 1);
        return settle(result, me) ? Optional.of(guard(result)) : Optional.empty();
    }

    @Override
    int releaseAll() {
        if (reads.getHoldCount() > 0) {
            throw new IllegalStateException(this + ": the calling thread has the read lock, too, and would keep out whoever is to signal");
        }
        return super.releaseAll();
    }

    /** {@return whether a writer has the lock, or waits for the last readers, in whatever process} */
    @Override
    public boolean isLocked() {
        return ReadLock.hasWriter(word().get());
    }
}
