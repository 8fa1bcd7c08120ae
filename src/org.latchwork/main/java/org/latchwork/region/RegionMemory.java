package org.latchwork.region;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.latchwork.LinuxException;
import org.latchwork.file.MappedFile;
import org.latchwork.futex.Futex;
import org.latchwork.futex.FutexArray;
import org.latchwork.wait.Deadline;
import org.latchwork.wait.WaitOutcome;
import org.latchwork.wait.WaitPolicy;

/**
 * A region's words, by their offset from its start. 32 bits, or 64 where the name ends in {@code Long}; sequentially consistent unless the
 * name says otherwise. Use after {@link #close()} throws {@link IllegalStateException}; on a page that somebody has cut off, it throws what
 * {@link #lost} says.
 */
public final class RegionMemory implements AutoCloseable {
    private static final VarHandle WORD = ValueLayout.JAVA_INT.varHandle();
    private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();

    private static final long CLOSE_RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final MappedFile mapped;
    private final MemorySegment segment;
    /** The same memory, for waking: as long as it is mapped. It owns the mapping. */
    private final FutexArray words;
    /** The same memory, for waiting: until waits are ended, which can be earlier. */
    private final FutexArray waits;
    /** The fast paths, by offset; {@code null} once this is being closed. Guarded by {@code this}. */
    private Map<Long, FastWord> fastWords = new HashMap<>();
    /** Why nobody can wait any more, or {@code null}. */
    private volatile Supplier<RuntimeException> ending;

    /** Takes the mapping over. */
    RegionMemory(MappedFile mapped) {
        this.mapped = mapped;
        this.segment = mapped.segment();
        this.words = FutexArray.over(mapped, 0, Math.toIntExact(segment.byteSize() / Integer.BYTES), FutexArray.Spacing.PACKED);
        this.waits = FutexArray.of(segment, FutexArray.Spacing.PACKED, Futex.SHARED);
    }

    /** {@return the mapped bytes} */
    public MemorySegment segment() {
        return segment;
    }

    /** {@return the word, for the fast path of a lock} */
    public synchronized FastWord fastWord(long offset) {
        Objects.checkFromIndexSize(offset, Long.BYTES, segment.byteSize());
        if (fastWords == null) {
            throw FastWord.closed(mapped);
        }
        return fastWords.computeIfAbsent(offset, at -> new FastWord(mapped, at));
    }

    /** {@return the word} */
    public int get(long offset) {
        try {
            return (int) WORD.getVolatile(segment, offset);
        } catch (InternalError fault) {
            throw lost(fault);
        }
    }

    /** {@return the word; later accesses stay after this one} */
    public int getAcquire(long offset) {
        try {
            return (int) WORD.getAcquire(segment, offset);
        } catch (InternalError fault) {
            throw lost(fault);
        }
    }

    /** Sets the word. */
    public void set(long offset, int value) {
        try {
            WORD.setVolatile(segment, offset, value);
        } catch (InternalError fault) {
            throw lost(fault);
        }
    }

    /** Sets the word; earlier accesses stay before this one. */
    public void setRelease(long offset, int value) {
        try {
            WORD.setRelease(segment, offset, value);
        } catch (InternalError fault) {
            throw lost(fault);
        }
    }

    /** Sets the word if it holds the expected value. Have loaded it before: on a lost page that throws, where this ends the JVM. */
    public boolean compareAndSet(long offset, int expected, int value) {
        try {
            return WORD.compareAndSet(segment, offset, expected, value);
        } catch (InternalError fault) {
            throw lost(fault);
        }
    }

    /** {@return what the word held before this was added} Have loaded it before. */
    public int getAndAdd(long offset, int delta) {
        try {
            return (int) WORD.getAndAdd(segment, offset, delta);
        } catch (InternalError fault) {
            throw lost(fault);
        }
    }

    /** {@return what the word held before these bits were set} Have loaded it before. */
    public int getAndSetBits(long offset, int bits) {
        try {
            return (int) WORD.getAndBitwiseOr(segment, offset, bits);
        } catch (InternalError fault) {
            throw lost(fault);
        }
    }

    /** {@return what the word held before these bits were cleared} Have loaded it before. */
    public int getAndClearBits(long offset, int bits) {
        try {
            return (int) WORD.getAndBitwiseAnd(segment, offset, ~bits);
        } catch (InternalError fault) {
            throw lost(fault);
        }
    }

    /** {@return the 64-bit word} */
    public long getLong(long offset) {
        try {
            return (long) LONG.getVolatile(segment, offset);
        } catch (InternalError fault) {
            throw lost(fault);
        }
    }

    /** Sets the 64-bit word. */
    public void setLong(long offset, long value) {
        try {
            LONG.setVolatile(segment, offset, value);
        } catch (InternalError fault) {
            throw lost(fault);
        }
    }

    /** Sets the 64-bit word; earlier accesses stay before this one. */
    public void setLongRelease(long offset, long value) {
        try {
            LONG.setRelease(segment, offset, value);
        } catch (InternalError fault) {
            throw lost(fault);
        }
    }

    /** Sets the 64-bit word if it holds the expected value. Have loaded it before. */
    public boolean compareAndSetLong(long offset, long expected, long value) {
        try {
            return LONG.compareAndSet(segment, offset, expected, value);
        } catch (InternalError fault) {
            throw lost(fault);
        }
    }

    /**
     * Blocks while the word holds the expected value: {@link FutexArray#await(int, int, Deadline, WaitPolicy)}.
     *
     * @param interruptible whether an interrupt ends it; otherwise the thread's status stays set
     * @throws org.latchwork.file.FileTruncatedException if the file was cut
     * @throws org.latchwork.file.FileReplacedException if its name was given to another file
     */
    public WaitOutcome await(long offset, int expected, Deadline deadline, boolean interruptible, WaitPolicy policy) {
        requireWaits();
        int index = (int) (offset / Integer.BYTES);
        WaitOutcome outcome;
        try {
            outcome = interruptible ? waits.await(index, expected, deadline, policy)
                    : waits.awaitUninterruptibly(index, expected, deadline, policy);
        } catch (LinuxException | InternalError fault) {
            mapped.requireWhole();
            throw fault;
        } catch (IllegalStateException closed) {
            requireWaits();
            throw closed;
        }
        if (outcome == WaitOutcome.CLOSED) {
            requireWaits();
        } else if (outcome == WaitOutcome.TIMED_OUT) {
            mapped.requireWhole(); // a page that was cut off took the wakes with it
        }
        return outcome;
    }

    /**
     * Ends all waits of this process, and lets nobody wait any more; everything else goes on. Blocks until they have left. The waits throw,
     * those that others begin later as well.
     *
     * @param reason makes what they throw
     */
    void endWaits(Supplier<RuntimeException> reason) {
        ending = reason; // before anybody can find that he may not wait
        waits.close();
    }

    /** Throws why nobody can wait any more, if it is so and not for closing. */
    private void requireWaits() {
        Supplier<RuntimeException> reason = ending;
        if (reason != null) {
            throw reason.get();
        }
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

    /**
     * {@return what to throw for the JVM's word for SIGBUS: that the file was cut, if it was} In compiled code that word comes at the next
     * safepoint, which can lie in whoever called: those who loop or block catch it as well.
     *
     * @param fault the JVM's word
     */
    public InternalError lost(InternalError fault) {
        mapped.requireWhole();
        return fault;
    }

    /** {@return whether all that is mapped is in the file still} */
    boolean isWhole() {
        return mapped.file().size() >= segment.byteSize();
    }

    boolean isClosed() {
        return !segment.scope().isAlive();
    }

    private synchronized void closeFastWords() {
        if (fastWords != null) {
            fastWords.values().forEach(FastWord::close);
            fastWords = null; // one that came after this would be good for ever
        }
    }

    /**
     * Ends all waits of this process with CLOSED, blocks until they have left, and unmaps. A thread that has a piece of the memory in a native
     * call, such as a channel's {@code write}, is waited for, since there is no way to go on without it.
     */
    @Override
    public void close() {
        waits.close();
        closeFastWords();
        while (true) {
            try {
                words.close();
                return;
            } catch (IllegalStateException inUse) {
                LockSupport.parkNanos(CLOSE_RETRY_NANOS);
            }
        }
    }
}
