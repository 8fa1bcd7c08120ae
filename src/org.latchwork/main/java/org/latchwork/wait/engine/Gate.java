package org.latchwork.wait.engine;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Counts who is waiting on some memory, so that it can be closed by {@link Waits#close}: that lets nobody in, ends every wait that is going
 * on, and returns when the last has left. Only then the memory may be unmapped.
 *
 * <p>The state word:
 * <table>
 * <caption>States</caption>
 * <tr><th>value</th><th>meaning</th><th>set by</th></tr>
 * <tr><td>0 and more</td><td>open; so many are inside</td><td>{@link #enter}, {@link #leave}, {@link #reopen}</td></tr>
 * <tr><td>{@link #CLOSING} + n</td><td>closing or closed; n are still inside</td><td>{@link #beginClosing}, {@link #leave}</td></tr>
 * </table>
 *
 * <p>All accesses are sequentially consistent, on purpose: a waiter says whose memory it waits on, then enters; the closer sets CLOSING,
 * then looks for waiters of this memory. One of the two sees the other.
 */
public final class Gate implements Ending {
    private static final int CLOSING = Integer.MIN_VALUE;

    private final AtomicInteger state = new AtomicInteger();
    private volatile Thread closer;

    /** {@return whether the caller is in, and has to leave again; false when the gate is closing or closed} */
    public boolean enter() {
        int seen;
        do {
            seen = state.get();
            if (seen < 0) {
                return false;
            }
        } while (!state.compareAndSet(seen, seen + 1));
        return true;
    }

    /** Undoes one {@link #enter}. */
    public void leave() {
        if (state.decrementAndGet() == CLOSING) {
            LockSupport.unpark(closer);
        }
    }

    /** {@return whether waits have to end: closing or closed} */
    @Override
    public boolean isDue() {
        return state.get() < 0;
    }

    /** {@return whether it is this gate} */
    @Override
    public boolean concerns(Gate gate) {
        return gate == this;
    }

    /** {@return whether the caller is the one who closes it} Nobody gets in any more; {@link #awaitEmpty} follows. */
    boolean beginClosing() {
        int seen;
        do {
            seen = state.get();
            if (seen < 0) {
                return false;
            }
        } while (!state.compareAndSet(seen, seen | CLOSING));
        return true;
    }

    boolean isEmpty() {
        return state.get() == CLOSING;
    }

    /** Blocks until all have left, not interruptibly. */
    void awaitEmpty() {
        closer = Thread.currentThread(); // before the state is read: whoever leaves last finds it, or has left already
        boolean interrupted = false;
        while (!isEmpty()) {
            LockSupport.park(this);
            interrupted |= Thread.interrupted(); // or park would not block
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Opens a gate again whose memory could not be given back. */
    public void reopen() {
        state.set(0);
    }
}
