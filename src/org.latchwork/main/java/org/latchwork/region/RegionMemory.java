package org.latchwork.region;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import org.latchwork.file.MappedFile;
import org.latchwork.futex.FutexArray;
import org.latchwork.wait.Deadline;
import org.latchwork.wait.WaitOutcome;
import org.latchwork.wait.WaitPolicy;

/**
 * A region's words, by their offset from its start. 32 bits, or 64 where the name ends in {@code Long}; sequentially consistent unless the
 * name says otherwise. Use after {@link #close()} throws {@link IllegalStateException}.
 */
public final class RegionMemory implements AutoCloseable {
    private static final VarHandle WORD = ValueLayout.JAVA_INT.varHandle();
    private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();

    private final MappedFile mapped;
    private final MemorySegment segment;
    /** The same memory, for waiting. */
    private final FutexArray words;

    /** Takes the mapping over. */
    RegionMemory(MappedFile mapped) {
        this.mapped = mapped;
        this.segment = mapped.segment();
        this.words = FutexArray.over(mapped, 0, Math.toIntExact(segment.byteSize() / Integer.BYTES), FutexArray.Spacing.PACKED);
    }

    /** {@return the mapped bytes} */
    public MemorySegment segment() {
        return segment;
    }

    MappedFile mapped() {
        return mapped;
    }

    /** {@return the word} */
    public int get(long offset) {
        return (int) WORD.getVolatile(segment, offset);
    }

    /** {@return the word; later accesses stay after this one} */
    public int getAcquire(long offset) {
        return (int) WORD.getAcquire(segment, offset);
    }

    /** Sets the word. */
    public void set(long offset, int value) {
        WORD.setVolatile(segment, offset, value);
    }

    /** Sets the word; earlier accesses stay before this one. */
    public void setRelease(long offset, int value) {
        WORD.setRelease(segment, offset, value);
    }

    /** Sets the word if it holds the expected value. Have loaded it before: on a lost page that throws, where this ends the JVM. */
    public boolean compareAndSet(long offset, int expected, int value) {
        return WORD.compareAndSet(segment, offset, expected, value);
    }

    /** {@return what the word held before this was added} Have loaded it before. */
    public int getAndAdd(long offset, int delta) {
        return (int) WORD.getAndAdd(segment, offset, delta);
    }

    /** {@return what the word held before these bits were set} Have loaded it before. */
    public int getAndSetBits(long offset, int bits) {
        return (int) WORD.getAndBitwiseOr(segment, offset, bits);
    }

    /** {@return what the word held before these bits were cleared} Have loaded it before. */
    public int getAndClearBits(long offset, int bits) {
        return (int) WORD.getAndBitwiseAnd(segment, offset, ~bits);
    }

    /** {@return the 64-bit word} */
    public long getLong(long offset) {
        return (long) LONG.getVolatile(segment, offset);
    }

    /** Sets the 64-bit word. */
    public void setLong(long offset, long value) {
        LONG.setVolatile(segment, offset, value);
    }

    /** Sets the 64-bit word if it holds the expected value. Have loaded it before. */
    public boolean compareAndSetLong(long offset, long expected, long value) {
        return LONG.compareAndSet(segment, offset, expected, value);
    }

    /**
     * Blocks while the word holds the expected value: {@link FutexArray#await(int, int, Deadline, WaitPolicy)}.
     *
     * @param interruptible whether an interrupt ends it; otherwise the thread's status stays set
     */
    public WaitOutcome await(long offset, int expected, Deadline deadline, boolean interruptible, WaitPolicy policy) {
        int index = (int) (offset / Integer.BYTES);
        return interruptible ? words.await(index, expected, deadline, policy) : words.awaitUninterruptibly(index, expected, deadline, policy);
    }

    /** {@return how many waiters of the word were woken, in all processes} */
    public int wake(long offset, int count) {
        return words.wake((int) (offset / Integer.BYTES), count);
    }

    /**
     * Moves waiters of a word, still asleep, to another word, if the first holds the expected value.
     *
     * @return how many were moved; −1 if the word differs
     */
    public int requeue(long offset, int expected, int count, long target) {
        return words.requeue((int) (offset / Integer.BYTES), expected, 0, count, (int) (target / Integer.BYTES));
    }

    boolean isClosed() {
        return !segment.scope().isAlive();
    }

    /** Ends all waits of this process with CLOSED, blocks until they have left, and unmaps. */
    @Override
    public void close() {
        words.close();
    }
}
