package org.latchwork.wait.engine;

import static org.latchwork.linux.abi.Linux.EAGAIN;
import static org.latchwork.linux.abi.Linux.ECANCELED;
import static org.latchwork.linux.abi.Linux.EINTR;
import static org.latchwork.linux.abi.Linux.ETIMEDOUT;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.latchwork.linux.ProcessCpus;
import org.latchwork.wait.WaitPolicy;

/** Looks at a word for a while. */
public final class Spinner {
    /** Between two looks at the clock: so many looks at the word take about 0.5 µs, where one at the clock takes 25 ns (measured). */
    private static final int LOOKS = 16;
    /** Looks that take so much longer than they should: the CPU was somebody else's meanwhile. */
    private static final long LOST_CPU_NANOS = 20_000;

    /** How long a virtual thread leaves its carrier: about as long as it takes to come back. */
    private static final long AWAY_NANOS = 50_000;

    /** How many may spin at a time: somebody has to do what they wait for. */
    private static final int MOST_SPINNERS = ProcessCpus.COUNT - 1;
    private static final AtomicInteger SPINNERS = new AtomicInteger();

    private Spinner() {}

    /**
     * Looks until the word differs from the expected value, or there is another reason to stop.
     *
     * @param nanos how long at most; {@code Long.MAX_VALUE} for ever
     * @return how often it looked, if it is time to block; or how the wait ended: −EAGAIN, −ETIMEDOUT, −EINTR, −ECANCELED
     */
    static long spin(WaitPolicy policy, long nanos, FutexMemory memory, long offset, int expected, long deadline, boolean realtime,
            boolean interruptible) {
        boolean forever = nanos == Long.MAX_VALUE;
        boolean crowded = SPINNERS.incrementAndGet() > MOST_SPINNERS;
        try {
            if (crowded && !forever) {
                return 0;
            }
            return look(policy, nanos, forever, crowded, memory, offset, expected, Clocks.monotonic(deadline, realtime), interruptible);
        } finally {
            SPINNERS.decrementAndGet();
        }
    }

    private static long look(WaitPolicy policy, long nanos, boolean forever, boolean giveWay, FutexMemory memory, long offset, int expected,
            long deadline, boolean interruptible) {
        Gate gate = memory.gate();
        long start = System.nanoTime();
        long last = start;
        long looks = 0;
        while (true) {
            for (int i = 0; i < LOOKS; i++) {
                if (memory.get(offset) != expected) {
                    policy.learn(System.nanoTime() - start, true);
                    return -EAGAIN();
                }
                Thread.onSpinWait();
            }
            looks += LOOKS;
            if (interruptible && Thread.currentThread().isInterrupted()) {
                return -EINTR();
            }
            if (gate.isDue()) {
                return -ECANCELED();
            }
            long now = System.nanoTime();
            if (now >= deadline) {
                policy.learn(now - start, false); // or short timeouts would spin in vain for ever
                return -ETIMEDOUT();
            }
            boolean lostCpu = now - last > LOST_CPU_NANOS;
            if (!forever && (lostCpu || now - start >= nanos)) {
                policy.learn(now - start, false);
                return looks;
            }
            if (giveWay || lostCpu) {
                giveWay();
                now = System.nanoTime();
            }
            last = now;
        }
    }

    /**
     * Lets others run. Virtual threads that only yield stand in their carrier's own queue, which it serves before those that come from
     * outside: three of them kept the one that they were waiting for from ever starting (tried). So they leave it.
     */
    public static void giveWay() {
        Thread thread = Thread.currentThread();
        if (thread.isVirtual() && !thread.isInterrupted()) {
            LockSupport.parkNanos(AWAY_NANOS);
        } else {
            Thread.yield();
        }
    }
}
