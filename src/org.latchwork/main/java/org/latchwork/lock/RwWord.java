package org.latchwork.lock;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.BooleanSupplier;
import org.latchwork.region.FaultPoint;
import org.latchwork.region.Region;
import org.latchwork.region.RegionMemory;
import org.latchwork.region.RegionObject;
import org.latchwork.region.abi.lw_rwlock;
import org.latchwork.wait.Deadline;
import org.latchwork.wait.WaitOutcome;
import org.latchwork.wait.WaitPolicy;

/**
 * The writers' lock word, which readers look at. Who has it keeps new readers out, and then waits until those who are in have left: only then
 * it is the writer.
 *
 * <p>Reader and writer each say first what they want and then look at the other: the reader counts itself, then reads this word; the writer takes
 * this word, then reads the counts. All of it is sequentially consistent, so at least one of them sees the other. A reader that sees a writer takes
 * itself back, and that, like every leaving under a writer's eyes, changes {@code drain} and wakes the writer.
 */
final class RwWord extends LockWord {
    /** A word that no {@link #swap} fits: a writer has no fast path, since it has to look for readers. */
    private static final MemorySegment NEVER = Arena.global().allocate(ValueLayout.JAVA_INT);

    static {
        NEVER.set(ValueLayout.JAVA_INT, 0, -1);
    }

    private final Region region;
    private final BooleanSupplier isReading;
    private final RegionMemory memory;
    private final RegionObject object;
    private final long drain;
    private final int participants;

    /** A writers' word, where {@code isReading} says whether the calling thread reads. */
    RwWord(Region region, RegionObject object, BooleanSupplier isReading) {
        super(region, object, object.line() + lw_rwlock.writer$offset(), WaitPolicy.adaptive());
        this.region = region;
        this.isReading = isReading;
        this.memory = region.memory();
        this.object = object;
        this.drain = object.line() + lw_rwlock.drain$offset();
        this.participants = region.image().layout().participants();
    }

    @Override
    MemorySegment word() {
        return NEVER;
    }

    /** {@return the word itself, for readers} */
    MemorySegment writer() {
        return super.word();
    }

    @Override
    Result tryAcquire(int mine, boolean repairs) {
        Result result = super.tryAcquire(mine, repairs);
        if (isAcquired(result) && readers() != 0) {
            giveBack();
            return Result.TIMED_OUT;
        }
        return result;
    }

    @Override
    Result acquire(int mine, Deadline deadline, boolean interruptible, boolean repairs, boolean hasSlept) {
        if (isReading.getAsBoolean()) {
            throw new IllegalStateException("the calling thread reads \"" + object.name() + "\", and would wait for itself to leave;"
                    + " let the read lock go first, or tryUpgrade()");
        }
        Result result = super.acquire(mine, deadline, interruptible, repairs, hasSlept);
        if (!isAcquired(result)) {
            return result;
        }
        FaultPoint.pass("write.draining");
        Result ended = drain(deadline, interruptible);
        if (ended != null) {
            giveBack();
            return ended;
        }
        return result;
    }

    /** Takes the lock for the only reader there is: it stays a reader, and is not waited for. */
    boolean tryUpgrade(int mine) {
        if (!isAcquired(super.tryAcquire(mine, false))) {
            return false;
        }
        if (readers() != 1) {
            giveBack();
            return false;
        }
        return true;
    }

    private static boolean isAcquired(Result result) {
        return result == Result.ACQUIRED || result == Result.ACQUIRED_INCONSISTENT;
    }

    /** {@return how many read, in all processes; those who are just taking themselves back included} */
    int readers() {
        int readers = 0;
        for (int slot = 0; slot < participants; slot++) {
            readers += memory.get(object.count(slot));
        }
        return readers;
    }

    /** {@return how it ended before all readers had left, or {@code null}} */
    private Result drain(Deadline deadline, boolean interruptible) {
        while (true) {
            int seen = memory.get(drain); // before the counts: who leaves afterwards changes it
            if (readers() == 0) {
                return null;
            }
            region.watch(); // a reader may be dead
            int record = region.waits().begin(object.index());
            WaitOutcome outcome;
            try {
                outcome = memory.await(drain, seen, deadline, interruptible, WaitPolicy.block());
            } finally {
                region.waits().end(record);
            }
            Result ended = ended(outcome);
            if (ended != null) {
                return ended;
            }
        }
    }

    /** A reader has left, and a writer may be waiting for that. */
    void left() {
        memory.get(drain);
        memory.getAndAdd(drain, 1);
        FaultPoint.pass("read.left");
        memory.wake(drain, 1);
    }

    /** What {@link org.latchwork.region.ObjectType.Recovery} asks. */
    static void recover(RegionObject object, int deadSlot) {
        RegionMemory memory = object.image().memory();
        memory.set(object.count(deadSlot), 0);
        long drain = object.line() + lw_rwlock.drain$offset();
        memory.getAndAdd(drain, 1); // before the wake: a writer may have looked, and not be asleep
        memory.wake(drain, 1);
        recover(object, object.line() + lw_rwlock.writer$offset(), deadSlot);
    }
}
