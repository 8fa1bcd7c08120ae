package org.latchwork.linux;

import static org.latchwork.linux.abi.Linux.CLOCK_MONOTONIC;
import static org.latchwork.linux.abi.Linux.CLOCK_REALTIME;
import static org.latchwork.linux.abi.Linux.FUTEX2_SIZE_U32;
import static org.latchwork.linux.abi.Linux.FUTEX_BITSET_MATCH_ANY;
import static org.latchwork.linux.abi.Linux.FUTEX_CLOCK_REALTIME;
import static org.latchwork.linux.abi.Linux.FUTEX_CMP_REQUEUE;
import static org.latchwork.linux.abi.Linux.FUTEX_PRIVATE_FLAG;
import static org.latchwork.linux.abi.Linux.FUTEX_REQUEUE;
import static org.latchwork.linux.abi.Linux.FUTEX_WAIT;
import static org.latchwork.linux.abi.Linux.FUTEX_WAIT_BITSET;
import static org.latchwork.linux.abi.Linux.FUTEX_WAKE;
import static org.latchwork.linux.abi.Linux.FUTEX_WAKE_BITSET;
import static org.latchwork.linux.abi.Linux.FUTEX_WAKE_OP;
import static org.latchwork.linux.abi.Linux.SYS_futex;
import static org.latchwork.linux.abi.Linux.SYS_futex_requeue;
import static org.latchwork.linux.abi.Linux.SYS_futex_wait;
import static org.latchwork.linux.abi.Linux.SYS_futex_waitv;
import static org.latchwork.linux.abi.Linux.SYS_futex_wake;

import org.latchwork.linux.abi.Linux;

/**
 * The raw futex calls, one method per kernel operation. Each answers as the kernel does: zero or more, or {@code -errno}.
 *
 * <p>Words are given as addresses, which keep nothing alive: the caller keeps the memory mapped until the call returns. {@code flags} is
 * 0 or {@code FUTEX_PRIVATE_FLAG} for futex(2), and the full futex2 flags for the rest. Deadlines are absolute nanoseconds on the named
 * clock; {@link #FOREVER} is no deadline.
 */
public final class FutexCalls {
    /** The deadline that never comes; as a kernel argument, a null {@code timespec}. */
    public static final long FOREVER = Long.MAX_VALUE;

    private FutexCalls() {}

    /** {@code syscall(SYS_futex, uaddr, FUTEX_WAIT|flags, val, relative timeout)}. The timeout is relative, on CLOCK_MONOTONIC. */
    public static long wait(long uaddr, int flags, int val, long relativeNanos) {
        return Downcall.call(Linux.syscall.address(), SYS_futex(), uaddr, FUTEX_WAIT() | flags, val, timespec(relativeNanos), 0, 0);
    }

    /** {@code syscall(SYS_futex, uaddr, FUTEX_WAIT_BITSET|flags, val, absolute timeout, NULL, bitset)}. */
    public static long waitBitset(long uaddr, int flags, int val, long deadline, boolean realtime, int bitset) {
        int op = FUTEX_WAIT_BITSET() | flags | (realtime ? FUTEX_CLOCK_REALTIME() : 0);
        return Downcall.call(Linux.syscall.address(), SYS_futex(), uaddr, op, val, timespec(deadline), 0, bitset);
    }

    /** {@code syscall(SYS_futex, uaddr, FUTEX_WAKE|flags, val)}. A count of 0 or less wakes one, in the kernel's reading. */
    public static long wake(long uaddr, int flags, int count) {
        if (Thread.currentThread().isVirtual()) {
            long woken = wakeBlind(uaddr, flags, count);
            if (woken >= 0) {
                return woken;
            }
            // A wake that failed has changed nothing, so ask again with errno.
        }
        return Downcall.call(Linux.syscall.address(), SYS_futex(), uaddr, FUTEX_WAKE() | flags, count, 0, 0, 0);
    }

    /** {@code syscall(SYS_futex, uaddr, FUTEX_WAKE|flags, val)}. Allocates nothing, whatever the thread; a failure is −1, without errno. */
    public static long wakeBlind(long uaddr, int flags, int count) {
        return Downcall.callBlind(Linux.syscall.address(), SYS_futex(), uaddr, FUTEX_WAKE() | flags, count, 0, 0, 0);
    }

    /** {@code syscall(SYS_futex, uaddr, FUTEX_WAKE_BITSET|flags, val, NULL, NULL, bitset)}. */
    public static long wakeBitset(long uaddr, int flags, int count, int bitset) {
        return Downcall.call(Linux.syscall.address(), SYS_futex(), uaddr, FUTEX_WAKE_BITSET() | flags, count, 0, 0, bitset);
    }

    /** {@code syscall(SYS_futex, uaddr, FUTEX_REQUEUE|flags, wake, requeue, uaddr2)}. */
    public static long requeue(long uaddr, int flags, int wake, int requeue, long uaddr2) {
        return Downcall.call(Linux.syscall.address(), SYS_futex(), uaddr, FUTEX_REQUEUE() | flags, wake, requeue, uaddr2, 0);
    }

    /** {@code syscall(SYS_futex, uaddr, FUTEX_CMP_REQUEUE|flags, wake, requeue, uaddr2, expected)}. */
    public static long cmpRequeue(long uaddr, int flags, int wake, int requeue, long uaddr2, int expected) {
        return Downcall.call(Linux.syscall.address(), SYS_futex(), uaddr, FUTEX_CMP_REQUEUE() | flags, wake, requeue, uaddr2, expected);
    }

    /** {@code syscall(SYS_futex, uaddr, FUTEX_WAKE_OP|flags, wake, wake2, uaddr2, op)}. */
    public static long wakeOp(long uaddr, int flags, int wake, int wake2, long uaddr2, int op) {
        return Downcall.call(Linux.syscall.address(), SYS_futex(), uaddr, FUTEX_WAKE_OP() | flags, wake, wake2, uaddr2, op);
    }

    /** {@code syscall(SYS_futex_waitv, waiters, nr_futexes, flags, absolute timeout, clockid)}. Linux 5.16. */
    public static long waitv(long waiters, int count, int flags, long deadline, int clock) {
        return Downcall.call(Linux.syscall.address(), SYS_futex_waitv(), waiters, count, flags, timespec(deadline), clock, 0);
    }

    /** {@code syscall(SYS_futex_wait, uaddr, val, mask, flags, absolute timeout, clockid)}. Linux 6.7. */
    public static long wait2(long uaddr, int val, int mask, int flags, long deadline, boolean realtime) {
        return Downcall.call(Linux.syscall.address(), SYS_futex_wait(), uaddr, Integer.toUnsignedLong(val), Integer.toUnsignedLong(mask),
                flags, timespec(deadline), clock(realtime));
    }

    /** {@code syscall(SYS_futex_wake, uaddr, mask, nr, flags)}. Linux 6.7. A count of 0 wakes none. */
    public static long wake2(long uaddr, int mask, int count, int flags) {
        return Downcall.call(Linux.syscall.address(), SYS_futex_wake(), uaddr, Integer.toUnsignedLong(mask), count, flags, 0, 0);
    }

    /** {@code syscall(SYS_futex_requeue, waiters, flags, nr_wake, nr_requeue)}: waiters is {from, to}. Linux 6.7. */
    public static long requeue2(long waiters, int flags, int wake, int requeue) {
        return Downcall.call(Linux.syscall.address(), SYS_futex_requeue(), waiters, flags, wake, requeue, 0, 0);
    }

    /** {@return the flags for futex(2)} */
    public static int flags(boolean isPrivate) {
        return isPrivate ? FUTEX_PRIVATE_FLAG() : 0;
    }

    /** {@return the futex2 flags for 32-bit words} */
    public static int futex2Flags(boolean isPrivate) {
        return FUTEX2_SIZE_U32() | (isPrivate ? Linux.FUTEX2_PRIVATE() : 0);
    }

    /** {@return the clock's number for the calls that take one} */
    public static int clock(boolean realtime) {
        return realtime ? CLOCK_REALTIME() : CLOCK_MONOTONIC();
    }

    /** {@return the bitset that every wake matches} */
    public static int matchAny() {
        return FUTEX_BITSET_MATCH_ANY();
    }

    private static long timespec(long nanos) {
        return nanos == FOREVER ? 0 : Downcall.Scratch.current().timespec(nanos);
    }
}
