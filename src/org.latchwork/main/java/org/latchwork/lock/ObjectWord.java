package org.latchwork.lock;

import org.latchwork.region.FastWord;
import org.latchwork.region.Region;
import org.latchwork.region.RegionMemory;
import org.latchwork.region.RegionObject;
import org.latchwork.wait.Deadline;
import org.latchwork.wait.WaitOutcome;
import org.latchwork.wait.WaitPolicy;

/** A word of an object that nobody owns, and that threads sleep on. */
final class ObjectWord {
    private final Region region;
    private final RegionObject object;
    private final RegionMemory memory;
    private final long offset;

    ObjectWord(Region region, RegionObject object, long offset) {
        this.region = region;
        this.object = object;
        this.memory = region.memory();
        this.offset = offset;
    }

    /** {@return the word, for the fast path} */
    FastWord fast() {
        return memory.fastWord(offset);
    }

    /** {@return where it is in the region} */
    long offset() {
        return offset;
    }

    int get() {
        return memory.get(offset);
    }

    /** Sets the word if it holds what the caller has seen there. */
    boolean compareAndSet(int seen, int value) {
        return memory.compareAndSet(offset, seen, value);
    }

    int wake(int count) {
        return memory.wake(offset, count);
    }

    /**
     * Sleeps while the word holds the expected value; meanwhile others can see it, and the dead are looked for.
     *
     * @return WOKEN, VALUE_DIFFERS, TIMED_OUT or INTERRUPTED
     * @throws IllegalStateException if the region was closed
     */
    WaitOutcome await(int expected, Deadline deadline, boolean interruptible) {
        region.watch();
        int record = region.waits().begin(object.index());
        try {
            WaitOutcome outcome = memory.await(offset, expected, deadline, interruptible, WaitPolicy.block());
            if (outcome == WaitOutcome.CLOSED) {
                throw new IllegalStateException("\"" + object.name() + "\" in " + region.path() + ": the region was closed");
            }
            return outcome;
        } finally {
            region.waits().end(record);
        }
    }

    /** {@return what to throw for the JVM's word for SIGBUS, from the fast path} */
    InternalError lost(InternalError fault) {
        return memory.lost(fault);
    }

    /** Somebody did not get what a dead one may hold: for a while, the dead are looked for. */
    void watch() {
        region.watch();
    }

    /** {@return whether a wait that ended so is over, without what was waited for} */
    static boolean isOver(WaitOutcome outcome) {
        return outcome == WaitOutcome.TIMED_OUT || outcome == WaitOutcome.INTERRUPTED;
    }

    /** {@return what the object was made with} */
    int initial() {
        return object.initial();
    }

    /** {@return the object in words, for messages} */
    String describe(String type) {
        return type + " \"" + object.name() + "\" in " + region.path();
    }
}
