package org.latchwork.wait.engine;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.lang.ref.Reference;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.latchwork.linux.FutexCalls;

/**
 * Requests on their way to the one thread that serves them, and the bell that wakes this thread: many put, one takes.
 *
 * <p>The bell is a private futex word that the thread watches in the kernel, beside everything else it waits for.
 * <table>
 * <caption>States of the bell</caption>
 * <tr><th>value</th><th>meaning</th><th>set by</th></tr>
 * <tr><td>{@link #AWAKE}</td><td>the thread will look into the inbox before it sleeps</td><td>whoever rings, and the thread itself</td></tr>
 * <tr><td>{@link #ASLEEP}</td><td>it sleeps, or is about to after one more look</td><td>the thread</td></tr>
 * </table>
 *
 * <p>Putting, then reading the bell, against writing the bell, then looking: all sequentially consistent, so one sees the other. Only who
 * changes ASLEEP to AWAKE makes a system call.
 */
final class Inbox {
    static final int AWAKE = 0;
    static final int ASLEEP = 1;

    private static final VarHandle BELL = ValueLayout.JAVA_INT.varHandle();

    /** In {@link #newest}: the thread has ended and takes nothing any more. */
    private static final Request CLOSED = new Request(new Target[0], 0, false, false) {
        @Override
        protected void completed() {
            throw new AssertionError("a mark is never completed");
        }
    };

    private final MemorySegment bell = Arena.ofAuto().allocate(Long.BYTES, 64);
    private final AtomicReference<Request> newest = new AtomicReference<>();
    private final Queue<Request> wishes = new ConcurrentLinkedQueue<>();
    private volatile boolean knocked;

    /** {@return whether it was taken; false once the inbox is closed} */
    boolean put(Request request) {
        Request seen;
        do {
            seen = newest.get();
            if (seen == CLOSED) {
                return false;
            }
            request.next = seen;
        } while (!newest.compareAndSet(seen, request));
        ring();
        return true;
    }

    boolean isClosed() {
        return newest.get() == CLOSED;
    }

    /** Asks the thread to look at one request that it has taken before. */
    void wish(Request request) {
        wishes.add(request);
        ring();
    }

    /** Asks the thread to look at all that it has taken before. */
    void knock() {
        knocked = true;
        ring();
    }

    /** Wakes the thread if it sleeps. */
    private void ring() {
        if ((int) BELL.getVolatile(bell, 0L) == ASLEEP && BELL.compareAndSet(bell, 0L, ASLEEP, AWAKE)) {
            FutexCalls.wakeBlind(bell.address(), FutexCalls.flags(true), 1);
            Reference.reachabilityFence(bell);
        }
    }

    // The thread's side.

    /** {@return a request to look at, or null} It may be over by now. */
    Request takeWish() {
        return wishes.poll();
    }

    /** {@return whether somebody has knocked since the last time} */
    boolean takeKnock() {
        boolean taken = knocked;
        if (taken) {
            knocked = false; // before the look that it asks for
        }
        return taken;
    }

    /** {@return what has been put, the oldest first, linked by {@link Request#next}; or null} */
    Request take() {
        Request reversed = newest.get() == null ? null : newest.getAndSet(null);
        return inOrder(reversed);
    }

    /** {@return whether it was empty, and so is closed now} */
    boolean closeIfEmpty() {
        return newest.compareAndSet(null, CLOSED);
    }

    /** {@return what was left in it, now that it is closed} */
    Request close() {
        return inOrder(newest.getAndSet(CLOSED));
    }

    private static Request inOrder(Request reversed) {
        Request first = null;
        while (reversed != null) {
            Request older = reversed.next;
            reversed.next = first;
            first = reversed;
            reversed = older;
        }
        return first;
    }

    /** {@return whether the thread may sleep now; if not, there is something to do} */
    boolean fallAsleep() {
        BELL.setVolatile(bell, 0L, ASLEEP);
        if (newest.get() == null && wishes.isEmpty() && !knocked) {
            return true;
        }
        awake();
        return false;
    }

    void awake() {
        BELL.setVolatile(bell, 0L, AWAKE);
    }

    /** {@return the bell's address, watched with {@link #ASLEEP}} */
    long bellAddress() {
        return bell.address();
    }
}
