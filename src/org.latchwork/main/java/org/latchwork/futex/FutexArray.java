package org.latchwork.futex;

import static org.latchwork.linux.abi.Linux.EAGAIN;
import static org.latchwork.linux.abi.Linux.EFAULT;
import static org.latchwork.linux.abi.Linux.ETIMEDOUT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.latchwork.LinuxException;
import org.latchwork.file.FileTruncatedException;
import org.latchwork.file.MappedFile;
import org.latchwork.file.SharedFile;
import org.latchwork.linux.Downcall;
import org.latchwork.linux.Errno;
import org.latchwork.linux.FutexCalls;
import org.latchwork.wait.Deadline;
import org.latchwork.wait.WaitOutcome;
import org.latchwork.wait.WaitPolicy;
import org.latchwork.wait.engine.FutexMemory;
import org.latchwork.wait.engine.Gate;
import org.latchwork.wait.engine.Target;
import org.latchwork.wait.engine.Waits;

/**
 * An array of 32-bit words in native memory, with atomic access, waiting and waking:
 * {@link java.util.concurrent.atomic.AtomicIntegerArray} for several processes, with the kernel's futex beneath.
 *
 * {@snippet class="org.latchwork.examples.FutexArrayExample" region="gate"}
 *
 * <p>The words lie in a mapped file or memfd, where other processes see them too, or in private memory. The access mode shows in each
 * method's name; {@link org.latchwork} states the memory contract; {@link org.latchwork.wait} says how threads wait. Indices out of bounds throw {@link IndexOutOfBoundsException}, use
 * after {@link #close()} throws {@link IllegalStateException}. No operation allocates.
 *
 * <p>If somebody truncates the file, operations on words beyond its new end fail. Waking, and waiting once it blocks, ask the kernel and
 * throw {@link FileTruncatedException}. So do loads, stores and read-modify-writes, where the JVM reports the fault at once; from compiled
 * code it throws an {@link InternalError} of its own at the next safepoint, which often lies in the caller, and a value loaded before that
 * means nothing. Every read-modify-write is preceded by a load of the same word, since on a page that is gone an interpreted load throws,
 * where a compare-and-set would end the JVM with SIGBUS. {@link org.latchwork.file} says what remains.
 */
public final class FutexArray extends WordArray implements AutoCloseable {
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

    private final Futex kind;
    private final FutexMemory memory;
    /** Keeps the memory mapped under those who wait. */
    private final Gate gate;
    /** How long waits spin, unless they say otherwise. */
    private final WaitPolicy policy = WaitPolicy.adaptive();
    private final AutoCloseable owner;

    private FutexArray(MemorySegment memory, int length, Spacing spacing, Futex kind, MappedFile file, AutoCloseable owner) {
        super(memory.asSlice(0, bytes(length, spacing), ValueLayout.JAVA_INT.byteAlignment()), length, spacing.bytes(), file);
        Downcall.requireNative();
        this.kind = kind;
        this.memory = new FutexMemory(segment(), kind.isPrivate());
        this.gate = this.memory.gate();
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

    /** {@return the mapped file or memfd beneath, whose descriptor other processes can reopen; empty for memory of another kind} */
    public Optional<MappedFile> file() {
        return Optional.ofNullable(mappedFile());
    }

    /** {@return whether other processes can share the words: shared futexes, or private ones} */
    public Futex kind() {
        return kind;
    }

    // Waiting.

    /**
     * Blocks while the word holds the expected value, until it is woken. Interruptible.
     *
     * @param index which
     * @param expected the value at which to block
     * @return WOKEN, VALUE_DIFFERS, INTERRUPTED or CLOSED; read the word again
     * @throws FileTruncatedException if the word's page is gone
     */
    public WaitOutcome await(int index, int expected) {
        return await(index, expected, FutexCalls.FOREVER, false, true, policy, false);
    }

    /**
     * Blocks while the word holds the expected value, until it is woken or the deadline comes. Interruptible; a signal does not end it.
     *
     * @param index which
     * @param expected the value at which to block
     * @param deadline until when at most
     * @return WOKEN, VALUE_DIFFERS, TIMED_OUT (never early), INTERRUPTED or CLOSED; read the word again
     * @throws FileTruncatedException if the word's page is gone
     */
    public WaitOutcome await(int index, int expected, Deadline deadline) {
        return await(index, expected, deadline, policy);
    }

    /**
     * The same with a policy of its own.
     *
     * @param index which
     * @param expected the value at which to block
     * @param deadline until when at most
     * @param spinning how long to look at the word before blocking
     * @return WOKEN, VALUE_DIFFERS, TIMED_OUT (never early), INTERRUPTED or CLOSED; read the word again
     * @throws FileTruncatedException if the word's page is gone
     */
    public WaitOutcome await(int index, int expected, Deadline deadline, WaitPolicy spinning) {
        return await(index, expected, deadline.nanos(), deadline.isRealtime(), true, spinning, false);
    }

    /**
     * Blocks while the word holds the expected value, until it is woken or the time is over. Interruptible; a signal does not end it.
     *
     * @param index which
     * @param expected the value at which to block
     * @param timeout how long at most; zero or negative does not block
     * @param unit the unit of {@code timeout}
     * @return WOKEN, VALUE_DIFFERS, TIMED_OUT (never early), INTERRUPTED or CLOSED; read the word again
     * @throws FileTruncatedException if the word's page is gone
     */
    public WaitOutcome await(int index, int expected, long timeout, TimeUnit unit) {
        return await(index, expected, Deadline.monotonicNanosAfter(unit.toNanos(timeout)), false, true, policy, false);
    }

    /**
     * The same with a {@link Duration}.
     *
     * @param index which
     * @param expected the value at which to block
     * @param timeout how long at most; zero or negative does not block
     * @return WOKEN, VALUE_DIFFERS, TIMED_OUT (never early), INTERRUPTED or CLOSED; read the word again
     * @throws FileTruncatedException if the word's page is gone
     */
    public WaitOutcome await(int index, int expected, Duration timeout) {
        return await(index, expected, TimeUnit.NANOSECONDS.convert(timeout), TimeUnit.NANOSECONDS);
    }

    /**
     * Blocks while the word holds the expected value, until it is woken. An interrupt does not end it; the thread's status stays set.
     *
     * @param index which
     * @param expected the value at which to block
     * @return WOKEN, VALUE_DIFFERS or CLOSED; read the word again
     * @throws FileTruncatedException if the word's page is gone
     */
    public WaitOutcome awaitUninterruptibly(int index, int expected) {
        return await(index, expected, FutexCalls.FOREVER, false, false, policy, false);
    }

    /**
     * Blocks while the word holds the expected value, until it is woken or the deadline comes. An interrupt does not end it; the thread's
     * status stays set.
     *
     * @param index which
     * @param expected the value at which to block
     * @param deadline until when at most
     * @return WOKEN, VALUE_DIFFERS, TIMED_OUT (never early) or CLOSED; read the word again
     * @throws FileTruncatedException if the word's page is gone
     */
    public WaitOutcome awaitUninterruptibly(int index, int expected, Deadline deadline) {
        return await(index, expected, deadline.nanos(), deadline.isRealtime(), false, policy, false);
    }

    /**
     * The same with a policy of its own.
     *
     * @param index which
     * @param expected the value at which to block
     * @param deadline until when at most
     * @param spinning how long to look at the word before blocking
     * @return WOKEN, VALUE_DIFFERS, TIMED_OUT (never early) or CLOSED; read the word again
     * @throws FileTruncatedException if the word's page is gone
     */
    public WaitOutcome awaitUninterruptibly(int index, int expected, Deadline deadline, WaitPolicy spinning) {
        return await(index, expected, deadline.nanos(), deadline.isRealtime(), false, spinning, false);
    }

    /**
     * Waits for a wake, not for a change: for words that their wakers leave as they are and whose wakes are counted, as those of a
     * checkpoint. Blocks at once if the word holds the expected value. While it is blocked it is exactly one waiter of the word, for a plain
     * {@code FUTEX_WAKE} of any process, and the wake that hits it is never hidden by another: on every engine, for which a virtual thread
     * takes a platform thread where there is no io_uring ({@link org.latchwork.wait.WaitEngine}). Interruptible.
     *
     * @param index which
     * @param expected the value at which to block
     * @param timeout how long at most; zero or negative does not block
     * @param unit the unit of {@code timeout}
     * @return WOKEN, VALUE_DIFFERS, TIMED_OUT (never early), INTERRUPTED or CLOSED
     * @throws FileTruncatedException if the word's page is gone
     */
    public WaitOutcome awaitWake(int index, int expected, long timeout, TimeUnit unit) {
        return await(index, expected, Deadline.monotonicNanosAfter(unit.toNanos(timeout)), false, true, WaitPolicy.block(), true);
    }

    private WaitOutcome await(int index, int expected, long deadline, boolean realtime, boolean interruptible, WaitPolicy spinning,
            boolean exact) {
        // The kernel compares. A load here would be no check: compiled code goes on with what it finds on a page that is gone.
        long offset = offset(index);
        enter();
        try {
            return outcome(Waits.await(memory, offset, expected, deadline, realtime, interruptible, spinning, exact), offset);
        } catch (InternalError fault) {
            throw lost(fault);
        } finally {
            gate.leave();
        }
    }

    /**
     * Waits without a thread while the word holds the expected value.
     *
     * <p>The future is completed with WOKEN, VALUE_DIFFERS or CLOSED, or exceptionally, where {@link #await} would throw. What depends on it
     * and names no executor runs on a virtual thread. Cancelling the future, or completing it, ends the wait; a wake that has hit it
     * nevertheless is passed on to the next waiter of the word, if its waker has changed the word first.
     *
     * {@snippet class="org.latchwork.examples.WaitingExample" region="async"}
     *
     * @param index which
     * @param expected the value at which to wait
     * @return the end of the wait
     * @throws java.util.concurrent.RejectedExecutionException if the engine has as many waits as it can have
     */
    public CompletableFuture<WaitOutcome> awaitAsync(int index, int expected) {
        return awaitAsync(index, expected, Deadline.NEVER);
    }

    /**
     * The same until a deadline.
     *
     * @param index which
     * @param expected the value at which to wait
     * @param deadline until when at most; then the future is completed with TIMED_OUT
     * @return the end of the wait
     * @throws java.util.concurrent.RejectedExecutionException if the engine has as many waits as it can have
     */
    public CompletableFuture<WaitOutcome> awaitAsync(int index, int expected, Deadline deadline) {
        long offset = offset(index);
        enter();
        try {
            return Waits.awaitAsync(new Target(memory, offset, expected), deadline.nanos(), deadline.isRealtime(),
                    result -> asyncOutcome(result, offset));
        } catch (Throwable refusal) {
            gate.leave();
            throw refusal;
        }
    }

    /** Lets the caller wait on words of this array; {@link #leave} follows. */
    void enter() {
        if (!gate.enter()) {
            throw closed();
        }
    }

    void leave() {
        gate.leave();
    }

    Target target(int index, int expected) {
        return new Target(memory, offset(index), expected);
    }

    private WaitOutcome outcome(long result, long offset) {
        requireWholeAfter(result);
        return Futex.endOfWait(result, segment().address() + offset);
    }

    /** The wait has left the gate before anybody hears of it, so the file may be closed by now; then it cannot be asked any more. */
    private WaitOutcome asyncOutcome(long result, long offset) {
        if (!gate.enter()) {
            return Futex.endOfWait(result, segment().address() + offset);
        }
        try {
            return outcome(result, offset);
        } finally {
            gate.leave();
        }
    }

    /** A page that is gone is a fault of the kernel's call; one that went while we slept took the wakes with it. */
    void requireWholeAfter(long result) {
        if ((result == -EFAULT() || result == -ETIMEDOUT()) && mappedFile() != null) {
            mappedFile().requireWhole();
        }
    }

    // Waking.

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
                address, kind.flags(), requireCount(wake), requireCount(requeue), segment().address() + offset(target), expected);
        return result == -EAGAIN() ? -1 : answer(result, address, "FUTEX_CMP_REQUEUE");
    }

    private long liveAddress(int index) {
        long offset = offset(index);
        if (gate.isDue()) {
            throw closed();
        }
        return segment().address() + offset;
    }

    private static IllegalStateException closed() {
        return new IllegalStateException("the futex array is closed");
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
        if (mappedFile() != null) {
            mappedFile().requireWhole();
        }
        return Errno.failed(EFAULT(), "%s(0x%x)".formatted(operation, address));
    }

    /**
     * Ends all waits of this process on words of the array with CLOSED, blocks until their threads have left, and gives the memory back.
     * Waiters of other processes are left alone. Doing it again does nothing, and returns at once.
     *
     * @throws IllegalStateException if another thread is inside another access, such as a channel's {@code write}; it stays open
     */
    @Override
    public void close() {
        if (!Waits.close(gate)) {
            return;
        }
        try {
            owner.close();
        } catch (RuntimeException e) {
            gate.reopen(); // nothing was given back
            throw e;
        } catch (Exception e) {
            throw new AssertionError("arenas and mappings throw no checked exception", e);
        }
    }

    /** {@return the array in words, for messages} */
    @Override
    public String toString() {
        return "FutexArray[" + length() + " words, " + stride() + " bytes apart, "
                + (mappedFile() != null ? mappedFile().file().path() : kind.isPrivate() ? "private memory" : "shared memory") + "]";
    }
}
