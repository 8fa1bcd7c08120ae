package org.latchwork.wait.engine;

import static org.latchwork.linux.abi.Linux.EAGAIN;
import static org.latchwork.linux.abi.Linux.EBUSY;
import static org.latchwork.linux.abi.Linux.ECANCELED;
import static org.latchwork.linux.abi.Linux.EINTR;
import static org.latchwork.linux.abi.Linux.ENOMEM;
import static org.latchwork.linux.abi.Linux.ETIME;
import static org.latchwork.linux.abi.Linux.ETIMEDOUT;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.latchwork.linux.Errno;
import org.latchwork.linux.FutexCalls;

/**
 * Waits in an io_uring: one thread for any number of requests.
 *
 * <p>A request is an {@code IORING_OP_FUTEX_WAITV} on {its cancel word, its words}, in this order, and is cancelled by giving its cancel
 * word a hint: the ring's own cancellation walks a list of all that wait (5 ms each at 100,000, measured). Deadlines are the thread's own
 * affair, for the same reason.
 *
 * <p>From the hint until this thread takes the completion in, the request still stands in the queues of its other words, and the kernel
 * counts wakes of them as given to it, even several, but tells nobody ({@code io_futexv_claim} in io_uring/futex.c, Linux 6.18). So after a
 * hint the words are read again, as in a {@link Batch}: one that has changed is what ended the wait, and its other waiters are woken to
 * look for themselves, since their wakes may be among those swallowed.
 *
 * <p>Where wakes count and words do not change, that would not do. Such requests have a ring of their own, in which each is an
 * {@code IORING_OP_FUTEX_WAIT}; the ring's own cancellation takes it out of its queue or finds it woken, and nothing comes in between.
 * What that costs, the length of the list, only they pay; the newest are found first.
 *
 * <p>All that is in here is the thread's, but for the inbox and the cancel words. It ends when it has had nothing to do for a while, and
 * then, or when the ring fails, {@link Engines} goes on with another.
 */
final class RingEngine implements Engine, Runnable {
    /** So many requests go in with one call, as a batch; more take further calls. 64 KB of entries. */
    private static final int SUBMISSIONS = 1024;
    /** 64 KB of completions. More of them at once are normal business: they wait in the kernel for the next call. */
    private static final int COMPLETIONS = 4096;
    /** A thread takes well under a millisecond to end. */
    private static final long END_LOOK_NANOS = 1_000_000;
    /** In a completion: not a slot, but the bell of the inbox. */
    private static final long BELL = -1;
    /** In a completion: not a slot, but a cancelling, whose request completes by itself. */
    private static final long CANCELLING = -2;

    private final Inbox inbox = new Inbox();
    private final Slots slots = new Slots();
    private final Expiries expiries = new Expiries();
    private final List<Request> expired = new ArrayList<>();
    /** Whether the requests are those that count wakes. */
    private final boolean exact;
    private Ring ring;
    /** The thread in {@code /proc}; {@code null} where that cannot be looked at. */
    private volatile Path task;
    /** How often the kernel has kept completions for which there was no room: for a test, which could not tell otherwise. */
    private int overflows;
    private boolean bellIsWatched;
    /** Out of the inbox and without a slot as yet, linked: if the ring fails meanwhile, they must not be forgotten. */
    private Request taken;

    RingEngine(boolean exact) {
        this.exact = exact;
    }

    @Override
    public boolean submit(Request request) {
        return inbox.put(request);
    }

    /** By its own hint: the thread need not run for it. Only the thread can cancel what has no hint. */
    @Override
    public void recheck(Request request) {
        if (exact) {
            inbox.wish(request);
            return;
        }
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
            task = task();
            ring = new Ring(SUBMISSIONS, COMPLETIONS);
            serve();
            ring.close();
        } catch (Throwable failure) {
            fail(failure);
        }
    }

    private static Path task() {
        try {
            return Path.of("/proc").resolve(Files.readSymbolicLink(Path.of("/proc/thread-self")));
        } catch (IOException withoutProc) {
            return null;
        }
    }

    /**
     * Blocks until the thread has ended in the kernel, too, which gives up its requests before that; closing the ring alone lets the
     * kernel do so at some time.
     */
    void awaitEnd() {
        while (task != null && Files.exists(task)) {
            LockSupport.parkNanos(END_LOOK_NANOS);
        }
    }

    private void serve() {
        long idleSince = System.nanoTime();
        while (true) {
            taken = inbox.take();
            while (taken != null) {
                begin(taken);
            }
            for (Request request = inbox.takeWish(); request != null; request = inbox.takeWish()) {
                if (request.slot >= 0 && slots.request(request.slot) == request) { // else it is over, and somebody else may be there
                    cancel(request);
                }
            }
            if (inbox.takeKnock()) {
                cancelAllThatAreDue();
            }
            expire();
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
        taken = request.next;
        request.next = null;
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
        if (exact) {
            makeRoom(0);
            ring.queueWait(targets[0].address(), targets[0].expected(), targets[0].memory().futex2Flags(), request.slot);
            return;
        }
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
                } else if (data != CANCELLING) {
                    over(slots.request((int) data), ring.result());
                }
            }
            ring.release();
        } while (hasOverflow() && ring.enter(false, Long.MAX_VALUE) >= 0);
    }

    private boolean hasOverflow() {
        boolean overflow = ring.hasOverflow();
        overflows += overflow ? 1 : 0;
        return overflow;
    }

    /** {@return how often the completion queue has overflowed, as far as whoever has seen a completion since can know} */
    int overflows() {
        return overflows;
    }

    private void over(Request request, int result) {
        if (exact) {
            end(request, result == -ECANCELED() && request.expired ? -ETIMEDOUT() : result);
        } else {
            woken(request, result);
        }
    }

    private void woken(Request request, int result) {
        if (result > 0) {
            end(request, result - 1); // a wake is a wake, whatever came with it
        } else if (result != 0 && result != -EAGAIN()) {
            end(request, result);
        } else if (result == 0 && wakeIfChanged(request)) {
            end(request, -EAGAIN());
        } else if (request.expired) {
            end(request, -ETIMEDOUT());
        } else if (result == -EAGAIN() && !request.isDue() && slots.cancelWord(request.slot).isClear()) {
            end(request, result);
        } else {
            slots.cancelWord(request.slot).clear(); // a hint, perhaps a late one: look whether there is a reason
            queue(request);
        }
    }

    /** {@return whether a word of a request that a hint has hit has changed} Then its other waiters are woken, for the wakes swallowed. */
    private static boolean wakeIfChanged(Request request) {
        boolean changed = false;
        for (Target target : request.targets()) {
            try {
                changed |= !target.holds();
            } catch (InternalError lostPage) {
                return false; // whoever waited finds it out
            }
        }
        if (changed) {
            for (Target target : request.targets()) {
                FutexCalls.wakeBlind(target.address(), target.memory().flags(), Integer.MAX_VALUE);
            }
        }
        return changed;
    }

    /**
     * Where many end together, they have begun in this order. A cancelling finds the newest first, at the head of the ring's list; a hint
     * the oldest, at the head of its futex bucket's, of which a process has few for itself (Linux 6.16): the other way round, 100,000
     * timeouts take minutes instead of a second.
     */
    private void expire() {
        expiries.expire(expired::add);
        for (Request request : exact ? expired.reversed() : expired) {
            request.expired = true;
            cancel(request);
        }
        expired.clear();
    }

    private void cancel(Request request) {
        if (!exact) {
            slots.cancelWord(request.slot).hint();
        } else if (!request.cancelling) {
            request.cancelling = true;
            makeRoom(0);
            ring.queueCancel(request.slot, CANCELLING);
        }
    }

    /** In the order of slots, or against it, for the reason told at {@link #expire}; roughly, since slots are used again. */
    private void cancelAllThatAreDue() {
        int limit = slots.limit();
        for (int i = 0; i < limit; i++) {
            Request request = slots.request(exact ? limit - 1 - i : i);
            if (request != null && request.isDue()) {
                cancel(request);
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
        for (; taken != null; taken = taken.next) {
            homeless.add(taken);
        }
        for (Request left = inbox.close(); left != null; left = left.next) {
            homeless.add(left);
        }
        Engines.ringFailed(this, failure, homeless);
    }
}
