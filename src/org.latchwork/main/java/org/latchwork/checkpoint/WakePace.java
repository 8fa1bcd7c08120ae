package org.latchwork.checkpoint;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.LockSupport;
import org.latchwork.linux.FutexCalls;

/**
 * How often a waker looks for waiters that have not come yet: nothing tells it that one has.
 *
 * <p>Criterion: a waiter that comes up to 20 ms after its waker waits under 70 µs (median), the waker takes at most 20 % of a core in
 * that time, and at most 2 % afterwards. A try costs some 25 µs of CPU, nearly all of it falling asleep and waking up; that bounds the
 * rate.
 *
 * <ul>
 * <li>For 20 ms it sleeps 60 µs between tries. With the kernel's timer slack (50 µs unless set otherwise, PR_SET_TIMERSLACK(2const)) and
 *     the way out of sleep this makes a try every 150 µs. The slack is no loss: the kernel uses it to end this sleep together with
 *     another timer's on the same core, often the one that has just brought the waiter.</li>
 * <li>Then it sleeps a 64th of the time that has passed, 2.5 to 10 ms: whoever has been waited for so long is not made later by as much.
 *     A short command, which runs interpreted, takes three times the CPU of a program that the JIT has compiled; this keeps it low, too.</li>
 * <li>After its last try it gives way once: a waiter woken on the waker's own core would otherwise stand behind whatever the waker does
 *     next.</li>
 * </ul>
 *
 * <p>Measured by {@code WakePaceMeasurement} on a 2-core virtual machine, Linux 6.18, Temurin 25, a C process as the waiter, 600 arrivals a
 * run. Placed by the scheduler: median 6 to 17 µs in nine runs on the quiet machine, 23, 32 and 62 µs under other load (there without
 * giving way 114 µs). Both held on one core 15 µs; held on two cores 102 µs, of which 30 to 45 are the kernel's way to wake another core:
 * this misses the criterion, and a C program that meets it takes 30 % of a core. CPU of the waker 14 to 19 % in the first 20 ms, 0.5 to
 * 1.1 % in the second after that; of an interpreted one 1.4 % after the first second.
 */
final class WakePace {
    private static final long EAGER_NANOS = 20_000_000;
    private static final long EAGER_SLEEP_NANOS = 60_000;
    private static final long PATIENT_SLEEP_NANOS = 2_500_000;
    private static final long LONGEST_SLEEP_NANOS = 10_000_000;
    private static final int PATIENT_SHARE = 64;

    /** Nobody wakes it. Waiting here is a sleep that no stray unpark cuts short, and cheaper than a wait that can be interrupted. */
    private static final MemorySegment NEVER_WOKEN = Arena.global().allocate(JAVA_INT);

    private WakePace() {}

    /**
     * Sleeps until the next try.
     *
     * @param elapsed nanoseconds since the first try
     * @param left nanoseconds until the time is over
     * @return false if the thread is interrupted, which is noticed before it sleeps
     */
    static boolean sleep(long elapsed, long left) {
        long nanos = elapsed < EAGER_NANOS ? EAGER_SLEEP_NANOS
                : Math.clamp(elapsed / PATIENT_SHARE, PATIENT_SLEEP_NANOS, LONGEST_SLEEP_NANOS);
        Thread thread = Thread.currentThread();
        if (thread.isInterrupted()) {
            return false;
        }
        nanos = Math.min(nanos, left);
        if (thread.isVirtual()) {
            LockSupport.parkNanos(nanos);
        } else {
            FutexCalls.waitBitset(NEVER_WOKEN.address(), FutexCalls.flags(true), 0, System.nanoTime() + nanos, false, FutexCalls.matchAny());
        }
        return true;
    }

    /** Lets those who were woken run first. */
    static void giveWay() {
        Thread.yield();
    }
}
