package org.latchwork.wait.engine;

import static org.latchwork.linux.abi.Linux.EAGAIN;
import static org.latchwork.linux.abi.Linux.EBUSY;
import static org.latchwork.linux.abi.Linux.ECANCELED;
import static org.latchwork.linux.abi.Linux.EINTR;
import static org.latchwork.linux.abi.Linux.ENOMEM;
import static org.latchwork.linux.abi.Linux.ETIME;
import static org.latchwork.linux.abi.Linux.ETIMEDOUT;

import java.util.ArrayList;
import java.util.List;
import org.latchwork.linux.Errno;
import org.latchwork.linux.FutexCalls;

/**
 * Waits in an io_uring: one thread for any number of requests.
 *
 * <p>Each request is an {@code IORING_OP_FUTEX_WAITV} on {its cancel word, its words}, in this order, so that a wake is never hidden by a
 * hint. A request is cancelled by giving its cancel word a hint, never by the ring's own cancellation, which walks a list of all that
 * wait (5 ms each at 100,000, measured). Deadlines are the thread's own affair, for the same reason.
 *
 * <p>All that is in here is the thread's, but for the inbox and the cancel words. It ends when it has had nothing to do for a while, and
 * then, or when the ring fails, {@link Engines} goes on with another.
 */
final class RingEngine implements Engine, Runnable {
    private static final int SUBMISSIONS = 1024;
    private static final int COMPLETIONS = 4096;
    /** In a completion: not a slot, but the bell of the inbox. */
    private static final long BELL = -1;

    private final Inbox inbox = new Inbox();
    private final Slots slots = new Slots();
    private final Expiries expiries = new Expiries();
    private Ring ring;
    private boolean bellIsWatched;

    @Override
    public boolean submit(Request request) {
        return inbox.put(request);
    }

    /** By its own hint: the thread need not run for it. */
    @Override
    public void recheck(Request request) {
        int slot = request.slot;
        if (slot >= 0) {
            slots.cancelWord(slot).hint();
        }
    }

    /** Looks at every request: a gate is closing. */
    void recheckAll() {
        inbox.knock();
    }

    boolean hasEnded() {
        return inbox.isClosed();
    }

    /** The thread. */
    @Override
    public void run() {
        try {
            ring = new Ring(SUBMISSIONS, COMPLETIONS);
            serve();
            ring.close();
        } catch (Throwable failure) {
            fail(failure);
        }
    }

    private void serve() {
        long idleSince = System.nanoTime();
        while (true) {
            for (Request request = inbox.take(); request != null;) {
                Request next = request.next;
                request.next = null;
                begin(request);
                request = next;
            }
            if (inbox.takeKnock()) {
                hintAllThatAreDue();
            }
            expiries.expire(this::expire);
            long now = System.nanoTime();
            if (slots.taken() > 0) {
                idleSince = now;
            } else if (now - idleSince > Engines.KEEP_ALIVE_NANOS && inbox.closeIfEmpty()) {
                return;
            }
            watchBell();
            boolean sleeps = inbox.fallAsleep();
            long wakeUp = Math.min(expiries.next(), slots.taken() > 0 ? Long.MAX_VALUE : idleSince + Engines.KEEP_ALIVE_NANOS + 1);
            enter(sleeps, wakeUp == Long.MAX_VALUE ? Long.MAX_VALUE : Math.max(0, wakeUp - now));
            inbox.awake();
            harvest();
        }
    }

    private void watchBell() {
        if (!bellIsWatched) {
            makeRoom(1);
            ring.vectors().set(ring.firstWord(), inbox.bellAddress(), Inbox.ASLEEP, FutexCalls.futex2Flags(true));
            ring.queueWait(1, BELL);
            bellIsWatched = true;
        }
    }

    private void begin(Request request) {
        request.slot = slots.take(request);
        expiries.add(request);
        queue(request);
    }

    /** With a clear cancel word. Whoever has wished an end before, or wishes it now, is seen here; who does later, gives a hint. */
    private void queue(Request request) {
        if (request.isDue()) {
            end(request, -ECANCELED());
            return;
        }
        Target[] targets = request.targets();
        makeRoom(1 + targets.length);
        int first = ring.firstWord();
        ring.vectors().set(first, slots.cancelWord(request.slot).address(), CancelWord.CLEAR, FutexCalls.futex2Flags(true));
        for (int i = 0; i < targets.length; i++) {
            ring.vectors().set(first + 1 + i, targets[i].address(), targets[i].expected(), targets[i].memory().futex2Flags());
        }
        ring.queueWait(1 + targets.length, request.slot);
    }

    private void makeRoom(int words) {
        while (!ring.hasRoomFor(words)) {
            enter(false, Long.MAX_VALUE);
        }
    }

    private void enter(boolean wait, long nanos) {
        int result = ring.enter(wait, nanos);
        boolean passing = result == -EINTR() || result == -ETIME()
                || (result == -EAGAIN() || result == -ENOMEM() || result == -EBUSY()) && slots.taken() > ring.queued();
        if (result < 0 && !passing) {
            throw Errno.failed(-result, "io_uring_enter(" + ring.queued() + " to submit)");
        }
        if (result < 0 && result != -EINTR() && result != -ETIME()) {
            harvest(); // no memory for a request: what is over gives some back
            Thread.yield();
        }
    }

    private void harvest() {
        do {
            while (ring.next()) {
                long data = ring.userData();
                if (data == BELL) {
                    bellIsWatched = false;
                } else {
                    woken(slots.request((int) data), ring.result());
                }
            }
            ring.release();
        } while (ring.hasOverflow() && ring.enter(false, Long.MAX_VALUE) >= 0);
    }

    private void woken(Request request, int result) {
        if (result > 0) {
            end(request, result - 1); // a wake is a wake, whatever came with it
        } else if (result != 0 && result != -EAGAIN()) {
            end(request, result);
        } else if (request.expired) {
            end(request, -ETIMEDOUT());
        } else if (result == -EAGAIN() && !request.isDue() && slots.cancelWord(request.slot).isClear()) {
            end(request, result);
        } else {
            slots.cancelWord(request.slot).clear(); // a hint, perhaps a late one: look whether there is a reason
            queue(request);
        }
    }

    private void expire(Request request) {
        request.expired = true;
        slots.cancelWord(request.slot).hint();
    }

    private void hintAllThatAreDue() {
        for (int slot = 0; slot < slots.limit(); slot++) {
            Request request = slots.request(slot);
            if (request != null && request.isDue()) {
                slots.cancelWord(slot).hint();
            }
        }
    }

    private void end(Request request, long result) {
        expiries.remove(request);
        slots.giveBack(request.slot);
        request.complete(result);
    }

    /**
     * The ring does not work, or not any more. What has completed is harvested; everybody else waits on elsewhere. The kernel compares the
     * words again there, so a wake that this ring has taken and not told is noticed by the word that its waker changed.
     */
    private void fail(Throwable failure) {
        List<Request> homeless = new ArrayList<>();
        if (ring != null) {
            try {
                harvest();
            } catch (RuntimeException | Error again) {
                failure.addSuppressed(again);
            }
            ring.close();
        }
        for (int slot = 0; slot < slots.limit(); slot++) {
            if (slots.request(slot) != null) {
                homeless.add(slots.request(slot));
            }
        }
        for (Request left = inbox.close(); left != null; left = left.next) {
            homeless.add(left);
        }
        Engines.ringFailed(this, failure, homeless);
    }
}
