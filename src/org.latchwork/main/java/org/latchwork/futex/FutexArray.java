package org.latchwork.futex;

import static org.latchwork.linux.abi.Linux.EAGAIN;
import static org.latchwork.linux.abi.Linux.EFAULT;
import static org.latchwork.linux.abi.Linux.EINTR;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.lang.ref.Reference;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.latchwork.LinuxException;
import org.latchwork.file.FileTruncatedException;
import org.latchwork.file.MappedFile;
import org.latchwork.file.SharedFile;
import org.latchwork.linux.Downcall;
import org.latchwork.linux.Errno;
import org.latchwork.linux.FutexCalls;
import org.latchwork.wait.Deadline;
import org.latchwork.wait.WaitOutcome;

/**
 * An array of 32-bit words in native memory, with atomic access, waiting and waking:
 * {@link java.util.concurrent.atomic.AtomicIntegerArray} for several processes, with the kernel's futex beneath.
 *
 * {@snippet class="org.latchwork.examples.FutexArrayExample" region="gate"}
 *
 * <p>The words lie in a mapped file or memfd, where other processes see them too, or in private memory. The access mode shows in each
 * method's name; {@link org.latchwork} states the memory contract. Indices out of bounds throw {@link IndexOutOfBoundsException}, use
 * after {@link #close()} throws {@link IllegalStateException}. No operation allocates.
 *
 * <p>If somebody truncates the file, operations on words beyond its new end fail. Waiting and waking ask the kernel and throw
 * {@link FileTruncatedException}. So do loads, stores and read-modify-writes, where the JVM reports the fault at once; from compiled
 * code it throws an {@link InternalError} of its own at the next safepoint, which often lies in the caller, and a value loaded before that
 * means nothing. Every read-modify-write is preceded by a load of the same word, since on a page that is gone an interpreted load throws,
 * where a compare-and-set would end the JVM with SIGBUS. {@link org.latchwork.file} says what remains.
 */
public final class FutexArray implements AutoCloseable {
    /** Alignment is checked once, for the first word; the stride keeps it. */
    private static final VarHandle WORD = ValueLayout.JAVA_INT.varHandle();

    /** How far apart the words lie. */
    public enum Spacing {
        /** 4 bytes: what C programs mean by an array of {@code uint32_t}. */
        PACKED(4),
        /** 64 bytes: each word on a cache line of its own, so that busy neighbours do not slow each other down. */
        CACHE_LINE(64);

        private final int bytes;

        Spacing(int bytes) {
            this.bytes = bytes;
        }

        /** {@return the distance from one word to the next, in bytes} */
        public int bytes() {
            return bytes;
        }
    }

    /** In {@link #waiting}: closed, no further waits. */
    private static final int CLOSED = -1;

    private final MemorySegment segment;
    private final long base;
    private final int length;
    private final int stride;
    private final Futex kind;
    /** The file beneath, or {@code null}. */
    private final MappedFile file;
    private final AutoCloseable owner;
    /** Threads of this process inside a wait, or {@link #CLOSED}. Keeps the memory mapped under them. */
    private final AtomicInteger waiting = new AtomicInteger();

    private FutexArray(MemorySegment memory, int length, Spacing spacing, Futex kind, MappedFile file, AutoCloseable owner) {
        Downcall.requireNative();
        this.stride = spacing.bytes();
        this.length = length;
        this.segment = memory.asSlice(0, bytes(length, spacing), ValueLayout.JAVA_INT.byteAlignment());
        this.base = segment.address();
        this.kind = kind;
        this.file = file;
        this.owner = owner;
    }

    private static long bytes(int length, Spacing spacing) {
        if (length < 1) {
            throw new IllegalArgumentException("a futex array has 1 word or more, not " + length);
        }
        return (long) length * spacing.bytes();
    }

    /**
     * Words in private memory of this process, all zero. Their futexes are private ones.
     *
     * @param length how many words, 1 or more
     * @param spacing how far apart
     * @return the array; closing it frees the memory
     */
    public static FutexArray allocate(int length, Spacing spacing) {
        Arena arena = Arena.ofShared();
        MemorySegment memory = arena.allocate(bytes(length, spacing), Spacing.CACHE_LINE.bytes());
        return new FutexArray(memory, length, spacing, Futex.PRIVATE, null, arena);
    }

    /**
     * Words in a new memfd, all zero, sealed so that nobody can truncate it. Other processes map it through
     * {@link SharedFile#reopen}, by the descriptor of {@link #file()}.
     *
     * @param name shown in {@code /proc/self/fd}, for people only
     * @param length how many words, 1 or more
     * @param spacing how far apart
     * @return the array; closing it unmaps the memory
     * @throws LinuxException if the kernel refuses
     */
    public static FutexArray memfd(String name, int length, Spacing spacing) {
        long bytes = bytes(length, spacing);
        return over(SharedFile.memfd(name, bytes).map(bytes), 0, length, spacing);
    }

    /**
     * Words at the start of an existing file, as they are.
     *
     * @param file the file; it must hold all the words
     * @param length how many words, 1 or more
     * @param spacing how far apart
     * @return the array; closing it unmaps the file
     * @throws LinuxException if the file cannot be opened or mapped
     * @throws org.latchwork.file.InvalidFileException if it is no regular file or too short
     */
    public static FutexArray map(Path file, int length, Spacing spacing) {
        long bytes = bytes(length, spacing);
        return over(SharedFile.open(file).map(bytes), 0, length, spacing);
    }

    /**
     * Words in a file that is mapped already. The array takes the mapping over: closing it closes both.
     *
     * @param file the mapping
     * @param offset of the first word from the start of the mapping, in bytes; a multiple of 4
     * @param length how many words, 1 or more
     * @param spacing how far apart
     * @return the array
     */
    public static FutexArray over(MappedFile file, long offset, int length, Spacing spacing) {
        return new FutexArray(file.segment().asSlice(offset), length, spacing, Futex.SHARED, file, file);
    }

    /**
     * Words in memory that the caller owns, who keeps it alive as long as the array is in use.
     *
     * @param memory native memory, aligned to 4 bytes
     * @param spacing how far apart
     * @param kind {@link Futex#SHARED} if other processes map the memory as well, else {@link Futex#PRIVATE}
     * @return as many words as fit; closing the array leaves the memory alone
     */
    public static FutexArray of(MemorySegment memory, Spacing spacing, Futex kind) {
        if (!memory.isNative()) {
            throw new IllegalArgumentException("futex words must lie in native memory; this is heap memory: " + memory);
        }
        int length = Math.toIntExact(memory.byteSize() / spacing.bytes());
        return new FutexArray(memory, length, spacing, kind, null, () -> {});
    }

    /** {@return how many words} */
    public int length() {
        return length;
    }

    /** {@return the mapped file or memfd beneath, whose descriptor other processes can reopen; empty for memory of another kind} */
    public Optional<MappedFile> file() {
        return Optional.ofNullable(file);
    }

    /** {@return whether other processes can share the words: shared futexes, or private ones} */
    public Futex kind() {
        return kind;
    }

    /**
     * {@return one word, for the operations of {@link Futex}}
     *
     * @param index which
     */
    public MemorySegment word(int index) {
        return segment.asSlice(offset(index), Integer.BYTES);
    }

    private long offset(int index) {
        return (long) Objects.checkIndex(index, length) * stride;
    }

    // Access. Names and meaning are those of AtomicIntegerArray.

    /**
     * {@return the word, with plain access: orders nothing}
     *
     * @param index which
     */
    public int getPlain(int index) {
        long offset = offset(index);
        try {
            return (int) WORD.get(segment, offset);
        } catch (InternalError e) {
            throw lost(e);
        }
    }

    /**
     * Sets the word, with plain access: orders nothing.
     *
     * @param index which
     * @param value the new value
     */
    public void setPlain(int index, int value) {
        long offset = offset(index);
        try {
            WORD.set(segment, offset, value);
        } catch (InternalError e) {
            throw lost(e);
        }
    }

    /**
     * {@return the word, with opaque access: this word's own order only}
     *
     * @param index which
     */
    public int getOpaque(int index) {
        long offset = offset(index);
        try {
            return (int) WORD.getOpaque(segment, offset);
        } catch (InternalError e) {
            throw lost(e);
        }
    }

    /**
     * {@return the word; later accesses stay after this one} Pairs with {@link #setRelease}.
     *
     * @param index which
     */
    public int getAcquire(int index) {
        long offset = offset(index);
        try {
            return (int) WORD.getAcquire(segment, offset);
        } catch (InternalError e) {
            throw lost(e);
        }
    }

    /**
     * Sets the word; earlier accesses stay before this one. Pairs with {@link #getAcquire}.
     *
     * @param index which
     * @param value the new value
     */
    public void setRelease(int index, int value) {
        long offset = offset(index);
        try {
            WORD.setRelease(segment, offset, value);
        } catch (InternalError e) {
            throw lost(e);
        }
    }

    /**
     * {@return the word, sequentially consistent}
     *
     * @param index which
     */
    public int get(int index) {
        long offset = offset(index);
        try {
            return (int) WORD.getVolatile(segment, offset);
        } catch (InternalError e) {
            throw lost(e);
        }
    }

    /**
     * Sets the word, sequentially consistent.
     *
     * @param index which
     * @param value the new value
     */
    public void set(int index, int value) {
        long offset = offset(index);
        try {
            WORD.setVolatile(segment, offset, value);
        } catch (InternalError e) {
            throw lost(e);
        }
    }

    /**
     * Sets the word if it holds the expected value, sequentially consistent either way.
     *
     * @param index which
     * @param expected the value it must hold
     * @param value the new value
     * @return whether it did
     */
    public boolean compareAndSet(int index, int expected, int value) {
        return compareAndExchange(index, expected, value) == expected;
    }

    /**
     * Sets the word if it holds the expected value, sequentially consistent either way.
     *
     * @param index which
     * @param expected the value it must hold
     * @param value the new value
     * @return what it held: the expected value if and only if it was set
     */
    public int compareAndExchange(int index, int expected, int value) {
        long offset = offset(index);
        try {
            // The load also decides, so that no compiler can drop it: it is what turns a lost page into an exception.
            int seen = (int) WORD.getVolatile(segment, offset);
            return seen == expected ? (int) WORD.compareAndExchange(segment, offset, expected, value) : seen;
        } catch (InternalError e) {
            throw lost(e);
        }
    }

    /**
     * Adds to the word, sequentially consistent; wraps around like {@code int}.
     *
     * @param index which
     * @param delta what to add
     * @return what it held before
     */
    public int getAndAdd(int index, int delta) {
        int seen = get(index);
        int found = compareAndExchange(index, seen, seen + delta);
        // Somebody came between: the page has just answered, so the unconditional instruction is safe and cannot starve.
        return found == seen ? seen : (int) WORD.getAndAdd(segment, offset(index), delta);
    }

    /**
     * {@return what the word held before one was added, sequentially consistent}
     *
     * @param index which
     */
    public int getAndIncrement(int index) {
        return getAndAdd(index, 1);
    }

    /**
     * {@return what the word held before one was taken away, sequentially consistent}
     *
     * @param index which
     */
    public int getAndDecrement(int index) {
        return getAndAdd(index, -1);
    }

    /**
     * {@return what the word holds after one was added, sequentially consistent}
     *
     * @param index which
     */
    public int incrementAndGet(int index) {
        return getAndAdd(index, 1) + 1;
    }

    /**
     * {@return what the word holds after one was taken away, sequentially consistent}
     *
     * @param index which
     */
    public int decrementAndGet(int index) {
        return getAndAdd(index, -1) - 1;
    }

    /**
     * Sets the word, sequentially consistent.
     *
     * @param index which
     * @param value the new value
     * @return what it held before
     */
    public int getAndSet(int index, int value) {
        int seen = get(index);
        int found = compareAndExchange(index, seen, value);
        return found == seen ? seen : (int) WORD.getAndSet(segment, offset(index), value);
    }

    // Waiting and waking.

    /**
     * Blocks while the word holds the expected value, until it is woken. Not interruptible.
     *
     * @param index which
     * @param expected the value at which to block
     * @return WOKEN or VALUE_DIFFERS; read the word again
     * @throws FileTruncatedException if the word's page is gone
     */
    public WaitOutcome await(int index, int expected) {
        return await(index, expected, FutexCalls.FOREVER, false);
    }

    /**
     * Blocks while the word holds the expected value, until it is woken or the deadline comes. Not interruptible by
     * {@code Thread.interrupt}; a signal does not end it.
     *
     * @param index which
     * @param expected the value at which to block
     * @param deadline until when at most
     * @return WOKEN, VALUE_DIFFERS or TIMED_OUT (never early); read the word again
     * @throws FileTruncatedException if the word's page is gone
     */
    public WaitOutcome await(int index, int expected, Deadline deadline) {
        return await(index, expected, deadline.nanos(), deadline.isRealtime());
    }

    /**
     * Blocks while the word holds the expected value, until it is woken or the time is over. Not interruptible by {@code Thread.interrupt};
     * a signal does not end it.
     *
     * @param index which
     * @param expected the value at which to block
     * @param timeout how long at most; zero or negative does not block
     * @param unit the unit of {@code timeout}
     * @return WOKEN, VALUE_DIFFERS or TIMED_OUT (never early); read the word again
     * @throws FileTruncatedException if the word's page is gone
     */
    public WaitOutcome await(int index, int expected, long timeout, TimeUnit unit) {
        return await(index, expected, Deadline.monotonicNanosAfter(unit.toNanos(timeout)), false);
    }

    /**
     * The same with a {@link Duration}.
     *
     * @param index which
     * @param expected the value at which to block
     * @param timeout how long at most; zero or negative does not block
     * @return WOKEN, VALUE_DIFFERS or TIMED_OUT (never early); read the word again
     * @throws FileTruncatedException if the word's page is gone
     */
    public WaitOutcome await(int index, int expected, Duration timeout) {
        return await(index, expected, TimeUnit.NANOSECONDS.convert(timeout), TimeUnit.NANOSECONDS);
    }

    private WaitOutcome await(int index, int expected, long deadline, boolean realtime) {
        // The kernel compares. A load here would be no check: compiled code goes on with what it finds on a page that is gone.
        long address = liveAddress(index);
        enterWait();
        try {
            long result;
            do {
                result = FutexCalls.waitBitset(address, kind.flags(), expected, deadline, realtime, FutexCalls.matchAny());
            } while (result == -EINTR()); // the deadline is absolute: going on does not prolong it
            if (result >= 0) {
                return WaitOutcome.WOKEN;
            }
            if (result == -EFAULT()) {
                throw lost(address, "FUTEX_WAIT_BITSET");
            }
            WaitOutcome outcome = Futex.outcome(result, "FUTEX_WAIT_BITSET", segment);
            if (outcome == WaitOutcome.TIMED_OUT && file != null) {
                file.requireWhole(); // a page that went while we slept took the wakes with it
            }
            return outcome;
        } finally {
            waiting.getAndDecrement();
            Reference.reachabilityFence(this);
        }
    }

    private void enterWait() {
        int threads;
        do {
            threads = waiting.get();
            if (threads == CLOSED) {
                throw new IllegalStateException("the futex array is closed");
            }
        } while (!waiting.compareAndSet(threads, threads + 1));
    }

    /**
     * Wakes waiters of a word, in this and other processes. Change the word first.
     *
     * @param index which
     * @param count how many at most; 0 wakes none
     * @return how many were woken
     * @throws IllegalArgumentException if {@code count} is negative
     * @throws FileTruncatedException if the word's page is gone
     */
    public int wake(int index, int count) {
        long address = liveAddress(index);
        if (requireCount(count) == 0) {
            return 0; // the kernel would wake one
        }
        return answer(FutexCalls.wake(address, kind.flags(), count), address, "FUTEX_WAKE");
    }

    /**
     * Wakes all waiters of a word, in this and other processes. Change the word first.
     *
     * @param index which
     * @return how many were woken
     * @throws FileTruncatedException if the word's page is gone
     */
    public int wakeAll(int index) {
        return wake(index, Integer.MAX_VALUE);
    }

    /**
     * Wakes some waiters of a word and moves others, still asleep, to another word, if the first holds the expected value.
     *
     * @param index which
     * @param expected the value that the word must hold, so that nobody is moved who should have been woken
     * @param wake how many to wake at most, 0 or more
     * @param requeue how many to move at most, 0 or more
     * @param target the index of the word on which they wait afterwards
     * @return how many were woken or moved, taken together; −1 if the word differs, and nothing was done
     * @throws FileTruncatedException if a word's page is gone
     */
    public int requeue(int index, int expected, int wake, int requeue, int target) {
        long address = liveAddress(index);
        long result = FutexCalls.cmpRequeue(
                address, kind.flags(), requireCount(wake), requireCount(requeue), base + offset(target), expected);
        return result == -EAGAIN() ? -1 : answer(result, address, "FUTEX_CMP_REQUEUE");
    }

    private long liveAddress(int index) {
        long offset = offset(index);
        if (!segment.scope().isAlive()) {
            throw new IllegalStateException("the futex array is closed");
        }
        return base + offset;
    }

    private static int requireCount(int count) {
        if (count < 0) {
            throw new IllegalArgumentException("count " + count + " is negative");
        }
        return count;
    }

    private int answer(long result, long address, String operation) {
        if (result < 0) {
            throw result == -EFAULT() ? lost(address, operation) : Errno.failed((int) -result, "%s(0x%x)".formatted(operation, address));
        }
        return (int) result;
    }

    /** EFAULT: the page is gone because the file was cut, or for a reason that only the kernel knows. */
    private RuntimeException lost(long address, String operation) {
        if (file != null) {
            file.requireWhole();
        }
        return Errno.failed(EFAULT(), "%s(0x%x)".formatted(operation, address));
    }

    /** The JVM's word for SIGBUS at an access. */
    private RuntimeException lost(InternalError fault) {
        if (file != null) {
            file.requireWhole();
        }
        throw fault;
    }

    /**
     * Gives the memory back. Doing it again does nothing.
     *
     * @throws IllegalStateException if threads of this process are waiting on words of the array, or are inside another access; it stays
     *     open
     */
    @Override
    public void close() {
        if (!waiting.compareAndSet(0, CLOSED)) {
            int threads = waiting.get();
            if (threads == CLOSED) {
                return;
            }
            throw new IllegalStateException("threads of this process that wait on words of the futex array: " + threads
                    + "; wake them before you close it");
        }
        try {
            owner.close();
        } catch (RuntimeException e) {
            waiting.set(0); // another thread is inside an access: nothing was given back
            throw e;
        } catch (Exception e) {
            throw new AssertionError("arenas and mappings throw no checked exception", e);
        }
    }

    /** {@return the array in words, for messages} */
    @Override
    public String toString() {
        return "FutexArray[" + length + " words, " + stride + " bytes apart, "
                + (file != null ? file.file().path() : kind.isPrivate() ? "private memory" : "shared memory") + "]";
    }
}
