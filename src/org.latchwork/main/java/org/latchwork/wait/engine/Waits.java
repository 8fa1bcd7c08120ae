package org.latchwork.wait.engine;

import static org.latchwork.linux.abi.Linux.EAGAIN;
import static org.latchwork.linux.abi.Linux.ECANCELED;
import static org.latchwork.linux.abi.Linux.EINTR;
import static org.latchwork.linux.abi.Linux.ETIMEDOUT;

import java.util.concurrent.CompletableFuture;
import java.util.function.LongFunction;
import jdk.jfr.FlightRecorder;
import org.latchwork.linux.Errno;
import org.latchwork.wait.WaitEngine;
import org.latchwork.wait.WaitPolicy;

/**
 * Waiting on futex words, for threads of every kind and for none.
 *
 * <p>Whoever calls is inside the gates of the memory, which keep it mapped, and leaves them afterwards. Deadlines are absolute nanoseconds on
 * the named clock, {@code Long.MAX_VALUE} for never. Results are the kernel's, so that nothing is allocated: 0 and more for a wake, with
 * the index of the word; −EAGAIN if a word differs; −ETIMEDOUT; −EINTR if the thread was interrupted, whose status stays set; −ECANCELED
 * if a gate is closing; any other −errno for a failure.
 */
public final class Waits {
    private Waits() {}

    /**
     * Waits while a word holds the expected value.
     *
     * @param policy how long to look before blocking
     * @param exact whether wakers do not change the word, so that every wake counts
     */
    public static long await(FutexMemory memory, long offset, int expected, long deadline, boolean realtime, boolean interruptible,
            WaitPolicy policy, boolean exact) {
        long spins = 0;
        long spinNanos = policy.spinNanos();
        if (spinNanos > 0) {
            spins = Spinner.spin(policy, spinNanos, memory, offset, expected, deadline, realtime, interruptible);
            if (spins < 0) {
                return spins;
            }
        }
        WaitEvent event = event(memory.address(offset), spins);
        if (event != null && endsAtOnce(new Target[] {new Target(memory, offset, expected)}, deadline, realtime, interruptible)) {
            event = null;
        }
        boolean virtual = Thread.currentThread().isVirtual();
        long result = virtual
                ? ParkedRequest.await(new Target[] {new Target(memory, offset, expected)}, deadline, realtime, exact, interruptible)
                : PlatformWaiter.current().await(memory, offset, expected, deadline, realtime, interruptible);
        if (event != null) {
            event.end(describe(result), virtual ? Engines.kind().toString() : "own call");
        }
        return result;
    }

    /**
     * {@return an event that has begun, or {@code null}} Until somebody records, the event's class is not initialized: that registers it, for which
     * Flight Recorder starts up, at 200 ms and more in the first wait of every process (measured on a busy machine).
     */
    private static WaitEvent event(long word, long spins) {
        return FlightRecorder.isInitialized() ? WaitEvent.begin(word, spins) : null;
    }

    /** Waits while all of these words hold their expected values. */
    public static long awaitAny(Target[] targets, long deadline, boolean realtime, boolean interruptible) {
        WaitEvent event = event(targets[0].address(), 0);
        if (event != null && endsAtOnce(targets, deadline, realtime, interruptible)) {
            event = null;
        }
        boolean own = !Thread.currentThread().isVirtual() && targets.length <= Kernel.maxTargets();
        long result = own
                ? PlatformWaiter.current().await(new OwnRequest(targets, deadline, realtime), interruptible)
                : ParkedRequest.await(targets, deadline, realtime, false, interruptible);
        if (event != null) {
            event.end(describe(result), own ? "own call" : Engines.kind().toString());
        }
        return result;
    }

    /**
     * Waits while a word holds the expected value, without a thread. The caller enters the gate, and the wait leaves it.
     *
     * @param outcome what the future says of the result
     * @throws java.util.concurrent.RejectedExecutionException if the engine has as many waits as it can have; then the caller leaves the gate
     */
    public static <T> CompletableFuture<T> awaitAsync(Target target, long deadline, boolean realtime, LongFunction<T> outcome) {
        return FutureRequest.submit(target, deadline, realtime, outcome);
    }

    /** {@return which engine carries out what no thread of its own does} */
    public static WaitEngine engine() {
        return Engines.kind();
    }

    /**
     * Closes a gate: lets nobody in any more, ends all waits behind it, and blocks until they have left; not interruptibly.
     *
     * @return false if it was closed already, or another thread is closing it
     */
    public static boolean close(Gate gate) {
        if (!gate.beginClosing()) {
            return false;
        }
        if (!gate.isEmpty()) {
            PlatformWaiters.gateIsClosing(gate);
            Engines.recheckAll();
            gate.awaitEmpty();
        }
        return true;
    }

    /** Asked only while somebody records, for whom a wait that does not block is none. What happens after this look is one that blocks. */
    private static boolean endsAtOnce(Target[] targets, long deadline, boolean realtime, boolean interruptible) {
        if (interruptible && Thread.currentThread().isInterrupted() || Clocks.monotonic(deadline, realtime) <= System.nanoTime()) {
            return true;
        }
        for (Target target : targets) {
            try {
                if (target.memory().gate().isDue() || !target.holds()) {
                    return true;
                }
            } catch (InternalError lostPage) {
                return true; // the kernel will say so
            }
        }
        return false;
    }

    private static String describe(long result) {
        return result >= 0 ? "woken"
                : result == -EAGAIN() ? "value differs"
                : result == -ETIMEDOUT() ? "timed out"
                : result == -EINTR() ? "interrupted"
                : result == -ECANCELED() ? "closed" : Errno.name((int) -result);
    }

    /** Many words, for the calling thread itself. */
    private static final class OwnRequest extends Request {
        OwnRequest(Target[] targets, long deadline, boolean realtime) {
            super(targets, deadline, realtime, false);
        }

        @Override
        protected void completed() {
            throw new AssertionError("no engine has it");
        }
    }
}
