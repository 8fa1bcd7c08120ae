package org.latchwork.futex;

import static org.latchwork.linux.abi.Linux.EAGAIN;
import static org.latchwork.linux.abi.Linux.ECANCELED;
import static org.latchwork.linux.abi.Linux.EINTR;
import static org.latchwork.linux.abi.Linux.ETIMEDOUT;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.latchwork.LinuxException;
import org.latchwork.linux.Downcall;
import org.latchwork.linux.Errno;
import org.latchwork.linux.FutexCalls;
import org.latchwork.wait.Deadline;
import org.latchwork.wait.WaitEngine;
import org.latchwork.wait.WaitOutcome;
import org.latchwork.wait.engine.Waits;

/**
 * The kernel's futex operations, one method each, for those who build their own primitives. {@link FutexArray} is the comfortable way.
 *
 * <p>Take {@link #SHARED} for memory that other processes map as well, {@link #PRIVATE} for memory of this process alone: a wake finds only
 * waiters of its own kind.
 *
 * <p>A word is the first four bytes of a native segment. The methods pass its address on as it is: what is wrong with it, the kernel
 * says, as {@link LinuxException} (EFAULT, EINVAL). Keep its memory mapped while a wait is going on. Waits return at a signal
 * ({@link WaitOutcome#SIGNALLED}) and for no reason; they are not interruptible by {@code Thread.interrupt}, and they hold the carrier of
 * a virtual thread. None of the operations orders memory for the caller.
 *
 * <p>Sources: futex(2), kernel documentation {@code userspace-api/futex2}, {@code kernel/futex/} of Linux 6.18.
 */
public final class Futex {
    /** For words in memory that several processes map. */
    public static final Futex SHARED = new Futex(false);
    /** For words in memory of this process alone ({@code FUTEX_PRIVATE_FLAG}, {@code FUTEX2_PRIVATE}); cheaper. */
    public static final Futex PRIVATE = new Futex(true);

    private final boolean isPrivate;

    private Futex(boolean isPrivate) {
        this.isPrivate = isPrivate;
    }

    /**
     * {@code syscall(SYS_futex, word, FUTEX_WAIT, expected, timeout)}. Blocks if the word holds the expected value, for a time.
     *
     * @param word the word
     * @param expected the value at which to block
     * @param timeout how long at most, relative, on CLOCK_MONOTONIC; {@code null} for ever
     * @return WOKEN, VALUE_DIFFERS, TIMED_OUT or SIGNALLED
     * @throws LinuxException EFAULT (not mapped), EINVAL (not aligned, or a negative timeout)
     */
    public WaitOutcome wait(MemorySegment word, int expected, Duration timeout) {
        long nanos = timeout == null ? FutexCalls.FOREVER : TimeUnit.NANOSECONDS.convert(timeout);
        long result = FutexCalls.wait(address(word), flags(), expected, nanos);
        Reference.reachabilityFence(word);
        return result >= 0 ? WaitOutcome.WOKEN : outcome(result, "FUTEX_WAIT", word);
    }

    /**
     * {@code syscall(SYS_futex, word, FUTEX_WAIT_BITSET, expected, deadline, NULL, bitset)}. Blocks if the word holds the expected value,
     * until a wake whose bitset shares a bit.
     *
     * @param word the word
     * @param expected the value at which to block
     * @param deadline until when at most, on either clock
     * @param bitset which wakes count; not 0
     * @return WOKEN, VALUE_DIFFERS, TIMED_OUT or SIGNALLED
     * @throws LinuxException EFAULT (not mapped), EINVAL (not aligned, or bitset 0)
     */
    public WaitOutcome waitBitset(MemorySegment word, int expected, Deadline deadline, int bitset) {
        long result = FutexCalls.waitBitset(
                address(word), flags(), expected, deadline.nanos(), deadline.isRealtime(), bitset);
        Reference.reachabilityFence(word);
        return result >= 0 ? WaitOutcome.WOKEN : outcome(result, "FUTEX_WAIT_BITSET", word);
    }

    /**
     * {@code syscall(SYS_futex, word, FUTEX_WAKE, count)}. Wakes waiters.
     *
     * @param word the word
     * @param count how many at most; the kernel reads 0 and less as 1 ({@link FutexArray#wake} does not)
     * @return how many were woken
     * @throws LinuxException EFAULT (shared and not mapped), EINVAL (not aligned)
     */
    public int wake(MemorySegment word, int count) {
        return woken(FutexCalls.wake(address(word), flags(), count), "FUTEX_WAKE", word);
    }

    /**
     * {@code syscall(SYS_futex, word, FUTEX_WAKE_BITSET, count, NULL, NULL, bitset)}. Wakes waiters whose bitset shares a bit.
     *
     * @param word the word
     * @param count how many at most; the kernel reads 0 and less as 1
     * @param bitset which waiters; not 0
     * @return how many were woken
     * @throws LinuxException EFAULT (shared and not mapped), EINVAL (not aligned, or bitset 0)
     */
    public int wakeBitset(MemorySegment word, int count, int bitset) {
        return woken(FutexCalls.wakeBitset(address(word), flags(), count, bitset), "FUTEX_WAKE_BITSET", word);
    }

    /**
     * {@code syscall(SYS_futex, word, FUTEX_REQUEUE, wake, requeue, target)}. Wakes some waiters and moves others to another word. Racy
     * by design where the word may change meanwhile; then take {@link #cmpRequeue}.
     *
     * @param word the word
     * @param wake how many to wake at most, 0 or more
     * @param requeue how many to move at most, 0 or more
     * @param target the word they wait on afterwards
     * @return how many were woken or moved, taken together (futex(2) says "woken"; the kernel counts both)
     * @throws LinuxException EINVAL (a negative count, or not aligned), EFAULT (shared and not mapped)
     */
    public int requeue(MemorySegment word, int wake, int requeue, MemorySegment target) {
        long result = FutexCalls.requeue(address(word), flags(), wake, requeue, address(target));
        Reference.reachabilityFence(target);
        return woken(result, "FUTEX_REQUEUE", word);
    }

    /**
     * {@code syscall(SYS_futex, word, FUTEX_CMP_REQUEUE, wake, requeue, target, expected)}. The same, if the word holds the expected value.
     *
     * @param word the word
     * @param expected the value it must hold
     * @param wake how many to wake at most, 0 or more
     * @param requeue how many to move at most, 0 or more
     * @param target the word they wait on afterwards
     * @return how many were woken or moved, taken together
     * @throws LinuxException EAGAIN (the word differs), EINVAL (a negative count, or not aligned), EFAULT (not mapped)
     */
    public int cmpRequeue(MemorySegment word, int expected, int wake, int requeue, MemorySegment target) {
        long result = FutexCalls.cmpRequeue(address(word), flags(), wake, requeue, address(target), expected);
        Reference.reachabilityFence(target);
        return woken(result, "FUTEX_CMP_REQUEUE", word);
    }

    /**
     * {@code syscall(SYS_futex, word, FUTEX_WAKE_OP, wake, wake2, word2, op)}. Changes the second word atomically, wakes waiters of the
     * first, and waiters of the second if its old value compares as the operation says.
     *
     * @param word the first word
     * @param wake how many of its waiters to wake at most
     * @param word2 the second word, which is changed
     * @param wake2 how many of its waiters to wake at most
     * @param op the change and the comparison
     * @return how many were woken, taken together
     * @throws LinuxException EFAULT (not mapped), EINVAL (not aligned)
     */
    public int wakeOp(MemorySegment word, int wake, MemorySegment word2, int wake2, FutexWakeOp op) {
        long result = FutexCalls.wakeOp(address(word), flags(), wake, wake2, address(word2), op.encoded());
        Reference.reachabilityFence(word2);
        return woken(result, "FUTEX_WAKE_OP", word);
    }

    /**
     * {@code syscall(SYS_futex_waitv, words, count, 0, deadline, clockid)}. Blocks if every word holds its expected value, until any of
     * them is woken. Linux 5.16.
     *
     * <p>Several wakes may be consumed by one return, which names the highest index among them: read every word again.
     *
     * @param words 1 to 128 words, each shared or private on its own account
     * @param deadline until when at most, on either clock
     * @return how it ended, and the index of a word that was woken
     * @throws LinuxException EFAULT (not mapped), EINVAL (not aligned), ENOSYS (Linux before 5.16)
     */
    public static FutexVector.Result waitv(FutexVector words, Deadline deadline) {
        long result = FutexCalls.waitv(words.segment().address(), words.size(), 0, deadline.nanos(), FutexCalls.clock(deadline.isRealtime()));
        Reference.reachabilityFence(words);
        return result >= 0
                ? new FutexVector.Result(WaitOutcome.WOKEN, (int) result)
                : new FutexVector.Result(outcome(result, "futex_waitv", words.segment()), -1);
    }

    /**
     * {@code syscall(SYS_futex_wait, word, expected, mask, FUTEX2_SIZE_U32, deadline, clockid)}. futex2's wait. Linux 6.7.
     *
     * @param word the word
     * @param expected the value at which to block
     * @param deadline until when at most, on either clock
     * @param mask which wakes count; not 0
     * @return WOKEN, VALUE_DIFFERS, TIMED_OUT or SIGNALLED
     * @throws LinuxException EFAULT (not mapped), EINVAL (not aligned, or mask 0), ENOSYS (Linux before 6.7)
     */
    public WaitOutcome wait2(MemorySegment word, int expected, Deadline deadline, int mask) {
        long result = FutexCalls.wait2(address(word), expected, mask, futex2Flags(), deadline.nanos(), deadline.isRealtime());
        Reference.reachabilityFence(word);
        return result >= 0 ? WaitOutcome.WOKEN : outcome(result, "futex_wait", word);
    }

    /**
     * {@code syscall(SYS_futex_wake, word, mask, count, FUTEX2_SIZE_U32)}. futex2's wake. Linux 6.7.
     *
     * @param word the word
     * @param count how many at most; 0 wakes none, the kernel reads less as 1
     * @param mask which waiters; not 0
     * @return how many were woken
     * @throws LinuxException EFAULT (shared and not mapped), EINVAL (not aligned, or mask 0), ENOSYS (Linux before 6.7)
     */
    public int wake2(MemorySegment word, int count, int mask) {
        return woken(FutexCalls.wake2(address(word), mask, count, futex2Flags()), "futex_wake", word);
    }

    /**
     * {@code syscall(SYS_futex_requeue, {word, target}, 0, wake, requeue)}. futex2's requeue. Linux 6.7.
     *
     * @param words two words of one kind: the one that waiters wait on, with the value it must hold, and the one they wait on afterwards
     * @param wake how many to wake at most, 0 or more
     * @param requeue how many to move at most, 0 or more
     * @return how many were woken or moved, taken together
     * @throws LinuxException EAGAIN (the word differs), EINVAL (a negative count, words of different kinds, or not aligned),
     *         EFAULT (not mapped), ENOSYS (Linux before 6.7)
     */
    public static int requeue2(FutexVector words, int wake, int requeue) {
        if (words.size() != 2) {
            throw new IllegalArgumentException("futex_requeue takes 2 words (from, to), not " + words.size());
        }
        long result = FutexCalls.requeue2(words.segment().address(), 0, wake, requeue);
        Reference.reachabilityFence(words);
        return woken(result, "futex_requeue", words.segment());
    }

    /**
     * Blocks while all of these words hold their expected values, until one of them is woken. Interruptible. The words may lie in
     * different arrays, and of each array any; on a platform thread and on a virtual one.
     *
     * <p>Several wakes may be consumed by one return, which names one of the words: read every word again.
     *
     * {@snippet class="org.latchwork.examples.WaitingExample" region="any"}
     *
     * @param words 1 to 128
     * @return WOKEN with the index of a word that was woken, VALUE_DIFFERS with that of a word that differs (−1 if it does no longer),
     *         INTERRUPTED or CLOSED
     * @throws org.latchwork.file.FileTruncatedException if a word's page is gone
     */
    public static FutexVector.Result awaitAny(FutexWait... words) {
        return FutexWait.awaitAny(words, Deadline.NEVER, true);
    }

    /**
     * The same until a deadline.
     *
     * @param deadline until when at most, on either clock
     * @param words 1 to 128
     * @return WOKEN with the index of a word that was woken, VALUE_DIFFERS with that of a word that differs (−1 if it does no longer),
     *         TIMED_OUT, INTERRUPTED or CLOSED
     * @throws org.latchwork.file.FileTruncatedException if a word's page is gone
     */
    public static FutexVector.Result awaitAny(Deadline deadline, FutexWait... words) {
        return FutexWait.awaitAny(words, deadline, true);
    }

    /**
     * The same; an interrupt does not end it, the thread's status stays set.
     *
     * @param deadline until when at most, on either clock
     * @param words 1 to 128
     * @return WOKEN with the index of a word that was woken, VALUE_DIFFERS with that of a word that differs (−1 if it does no longer),
     *         TIMED_OUT or CLOSED
     * @throws org.latchwork.file.FileTruncatedException if a word's page is gone
     */
    public static FutexVector.Result awaitAnyUninterruptibly(Deadline deadline, FutexWait... words) {
        return FutexWait.awaitAny(words, deadline, false);
    }

    /**
     * {@return how waits of virtual threads and asynchronous ones are carried out in this process} Finds it out, if it is not known yet.
     *
     * @throws IllegalStateException if {@value WaitEngine#PROPERTY} asks for what does not work here
     * @throws IllegalArgumentException if {@value WaitEngine#PROPERTY} names no engine
     */
    public static WaitEngine waitEngine() {
        Downcall.requireNative();
        return Waits.engine();
    }

    /** {@return whether this is {@link #PRIVATE}} */
    public boolean isPrivate() {
        return isPrivate;
    }

    /** {@return the kind in words, for messages} */
    @Override
    public String toString() {
        return isPrivate ? "Futex.PRIVATE" : "Futex.SHARED";
    }

    int flags() {
        return FutexCalls.flags(isPrivate);
    }

    int futex2Flags() {
        return FutexCalls.futex2Flags(isPrivate);
    }

    private static long address(MemorySegment word) {
        Downcall.requireNative();
        if (!word.isNative()) {
            throw new IllegalArgumentException("a futex word must lie in native memory; this is heap memory: " + word);
        }
        if (!word.scope().isAlive()) {
            throw new IllegalStateException("the memory of the futex word has been closed: " + word);
        }
        return word.address();
    }

    private static int woken(long result, String operation, MemorySegment word) {
        Reference.reachabilityFence(word);
        if (result < 0) {
            throw failed(result, operation, word.address());
        }
        return (int) result;
    }

    /** The normal ends of a wait as {@link Waits} tells them; anything else is a failure. */
    static WaitOutcome endOfWait(long result, long address) {
        if (result >= 0) {
            return WaitOutcome.WOKEN;
        }
        if (result == -EINTR()) {
            return WaitOutcome.INTERRUPTED;
        }
        if (result == -ECANCELED()) {
            return WaitOutcome.CLOSED;
        }
        return outcome(result, "futex wait", address);
    }

    /** The normal ends of a raw wait; anything else is a failure. */
    private static WaitOutcome outcome(long result, String operation, MemorySegment word) {
        return outcome(result, operation, word.address());
    }

    private static WaitOutcome outcome(long result, String operation, long address) {
        if (result == -EAGAIN()) {
            return WaitOutcome.VALUE_DIFFERS;
        }
        if (result == -ETIMEDOUT()) {
            return WaitOutcome.TIMED_OUT;
        }
        if (result == -EINTR()) {
            return WaitOutcome.SIGNALLED;
        }
        throw failed(result, operation, address);
    }

    private static LinuxException failed(long result, String operation, long address) {
        return Errno.failed((int) -result, "%s(0x%x)".formatted(operation, address));
    }
}
