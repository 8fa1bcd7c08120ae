package org.latchwork.wait.engine;

import static org.latchwork.linux.abi.Linux.EAGAIN;
import static org.latchwork.linux.abi.Linux.ECANCELED;
import static org.latchwork.linux.abi.Linux.EINTR;
import static org.latchwork.linux.abi.Linux.ETIMEDOUT;

import java.lang.foreign.Arena;
import java.lang.ref.Reference;
import org.latchwork.linux.FutexCalls;
import org.latchwork.linux.WaitVector;

/**
 * How a platform thread waits: in {@code futex_waitv} on its own cancel word and the words it is for, in this order. The kernel answers
 * the highest index that was woken, so a wake of a word is never hidden by a hint that came at the same time: it is reported, and
 * whatever else happened is found out by the next wait.
 *
 * <p>Each thread has one, with memory of its own, which is why a wait allocates nothing. Without {@code futex_waitv} (Linux before 5.16, or
 * a container that forbids it) the thread waits on the word alone, in slices of {@link #SLICE_NANOS}, and looks in between.
 */
final class PlatformWaiter {
    /**
     * How late an interrupt or a close is noticed at most, without {@code futex_waitv}. Criterion: 500 such waiters, the most there may be on
     * behalf of virtual threads, take no more than a quarter of a core. A slice costs 9 µs of CPU (measured with 500): 500 × 50 × 9 µs is 23 %.
     */
    static final long SLICE_NANOS = 20_000_000;

    private static final ThreadLocal<PlatformWaiter> CURRENT = ThreadLocal.withInitial(PlatformWaiter::new);

    private final CancelWord cancel = new CancelWord(Arena.ofAuto().allocate(Long.BYTES, 64), 0);
    private final InterruptHook hook = new InterruptHook(cancel);
    private final WaitVector one = vector(1);
    /** Made when it is needed. */
    private WaitVector many;
    /** What ends the wait that is going on besides its words; {@code null} outside of one. */
    private volatile Ending ending;

    private PlatformWaiter() {
        PlatformWaiters.add(this);
    }

    private WaitVector vector(int targets) {
        WaitVector vector = new WaitVector(1 + targets);
        vector.set(0, cancel.address(), CancelWord.CLEAR, FutexCalls.futex2Flags(true));
        return vector;
    }

    static PlatformWaiter current() {
        return CURRENT.get();
    }

    /** Gives a hint if the wait that is going on has to do with this gate. */
    void gateIsClosing(Gate gate) {
        Ending current = ending;
        if (current != null && current.concerns(gate)) {
            hint();
        }
    }

    /** Lets the wait that is going on look whether it has to end. */
    void hint() {
        cancel.hint();
    }

    /**
     * Waits for one word. The caller is inside its gate.
     *
     * @return as {@link Waits#await}
     */
    long await(FutexMemory memory, long offset, int expected, long deadline, boolean realtime, boolean interruptible) {
        Gate gate = memory.gate();
        ending = gate;
        try {
            if (!Kernel.hasWaitv()) {
                return awaitSliced(memory, offset, expected, gate, deadline, realtime, interruptible);
            }
            one.set(1, memory.address(offset), expected, memory.futex2Flags());
            return awaitVector(one, 1, gate, deadline, realtime, interruptible);
        } finally {
            ending = null;
            Reference.reachabilityFence(memory);
        }
    }

    /**
     * Waits for the words of a request, of which there are {@link Kernel#maxTargets} at most. The caller is inside their gates.
     *
     * @return as {@link Waits#awaitAny}
     */
    long await(Request request, boolean interruptible) {
        Target[] targets = request.targets();
        ending = request;
        try {
            if (!Kernel.hasWaitv()) {
                Target only = targets[0];
                return awaitSliced(only.memory(), only.offset(), only.expected(), request, request.deadline(), request.isRealtime(), interruptible);
            }
            if (targets.length > 1 && many == null) {
                many = vector(WaitVector.maxSize() - 1);
            }
            WaitVector vector = targets.length > 1 ? many : one;
            for (int i = 0; i < targets.length; i++) {
                vector.set(1 + i, targets[i].address(), targets[i].expected(), targets[i].memory().futex2Flags());
            }
            return awaitVector(vector, targets.length, request, request.deadline(), request.isRealtime(), interruptible);
        } finally {
            ending = null;
            Reference.reachabilityFence(request);
        }
    }

    private long awaitVector(WaitVector vector, int targets, Ending end, long deadline, boolean realtime, boolean interruptible) {
        while (true) {
            cancel.clear(); // before anything is asked: a hint that comes after this ends the wait
            long result;
            if (interruptible) {
                hook.arm();
            }
            try {
                if (end.isDue()) {
                    return -ECANCELED();
                }
                result = FutexCalls.waitv(vector.address(0), 1 + targets, 0, deadline, FutexCalls.clock(realtime));
            } finally {
                if (interruptible) {
                    hook.disarm();
                }
            }
            if (result > 0) {
                return result - 1; // a wake is a wake, whatever came with it
            }
            if (result != 0 && result != -EAGAIN() && result != -EINTR()) {
                return result;
            }
            if (interruptible && Thread.currentThread().isInterrupted()) {
                return -EINTR();
            }
            if (end.isDue()) {
                return -ECANCELED();
            }
            if (result == -EAGAIN() && cancel.isClear()) {
                return result;
            }
            // A late hint, or a signal: go on, towards the same deadline.
        }
    }

    private static long awaitSliced(FutexMemory memory, long offset, int expected, Ending end, long deadline, boolean realtime,
            boolean interruptible) {
        while (true) {
            if (interruptible && Thread.currentThread().isInterrupted()) {
                return -EINTR();
            }
            if (end.isDue()) {
                return -ECANCELED();
            }
            long slice = System.nanoTime() + SLICE_NANOS;
            boolean last = Clocks.monotonic(deadline, realtime) <= slice;
            long result = FutexCalls.waitBitset(memory.address(offset), memory.flags(), expected, last ? deadline : slice, last && realtime,
                    FutexCalls.matchAny());
            if (result != -EINTR() && (last || result != -ETIMEDOUT())) {
                return result;
            }
        }
    }
}
