package org.latchwork.wait.engine;

import static org.latchwork.linux.abi.Linux.EAGAIN;
import static org.latchwork.linux.abi.Linux.ECANCELED;
import static org.latchwork.linux.abi.Linux.EFAULT;
import static org.latchwork.linux.abi.Linux.EINTR;
import static org.latchwork.linux.abi.Linux.EIO;
import static org.latchwork.linux.abi.Linux.ENOMEM;
import static org.latchwork.linux.abi.Linux.ETIMEDOUT;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ToLongFunction;
import org.latchwork.linux.FutexCalls;
import org.latchwork.linux.WaitVector;

/**
 * A thread that waits in one {@code futex_waitv} for the words of many requests, and for its bell.
 *
 * <p>The kernel answers the highest index that was woken. Other words may have been woken as well, and their wakes are gone: so after each
 * return every word is read again, and those that have changed are over. A word that has not is waited for again: its waker has not
 * changed it, or somebody has changed it back; then a wake may be lost, which is why requests that count wakes never come here.
 */
final class Batch implements Runnable {
    static final int SEATS = WaitVector.maxSize() - 1;

    private static final long OUT_OF_MEMORY_PAUSE_NANOS = 1_000_000;
    /** What {@link #end} is told of a request that waits on. */
    private static final long WAITS_ON = Long.MIN_VALUE;

    private final Inbox inbox = new Inbox();
    /** Seats that are promised, to requests in the inbox too. */
    private final AtomicInteger promised = new AtomicInteger();
    private final AtomicInteger allWords;

    // The thread's.
    private final List<Request> requests = new ArrayList<>();
    private final Expiries expiries = new Expiries();
    private final WaitVector vector = new WaitVector(1 + SEATS);

    /** With the count of the words of all batches, from which those that are over are taken away. */
    Batch(AtomicInteger allWords) {
        this.allWords = allWords;
        vector.set(0, inbox.bellAddress(), Inbox.ASLEEP, FutexCalls.futex2Flags(true));
    }

    /** {@return whether there was room} */
    boolean submit(Request request) {
        int needed = request.targets().length;
        if (promised.addAndGet(needed) <= SEATS) {
            request.batch = this; // before the thread asks whether it is due
            if (inbox.put(request)) {
                return true;
            }
        }
        promised.addAndGet(-needed);
        return false;
    }

    void knock() {
        inbox.knock();
    }

    boolean hasEnded() {
        return inbox.isClosed();
    }

    /** The thread. */
    @Override
    public void run() {
        try {
            serve();
        } catch (Throwable failure) {
            for (Request left = inbox.close(); left != null; left = left.next) {
                requests.add(left);
            }
            end(request -> -EIO());
            throw failure; // to the handler of uncaught exceptions
        }
    }

    private void serve() {
        long idleSince = System.nanoTime();
        while (true) {
            for (Request request = inbox.take(); request != null;) {
                Request next = request.next;
                request.next = null;
                requests.add(request);
                expiries.add(request);
                request = next;
            }
            inbox.takeKnock();
            end(request -> request.isDue() ? -ECANCELED() : WAITS_ON);
            expiries.expire(request -> request.expired = true);
            end(request -> request.expired ? -ETIMEDOUT() : WAITS_ON);
            if (!requests.isEmpty()) {
                idleSince = System.nanoTime();
            } else if (System.nanoTime() - idleSince > Engines.KEEP_ALIVE_NANOS && inbox.closeIfEmpty()) {
                return;
            }
            if (inbox.fallAsleep()) {
                sleep(requests.isEmpty() ? idleSince + Engines.KEEP_ALIVE_NANOS + 1 : expiries.next());
                inbox.awake();
            }
            end(Batch::change);
        }
    }

    private void sleep(long deadline) {
        int count = 1;
        for (Request request : requests) {
            for (Target target : request.targets()) {
                vector.set(count++, target.address(), target.expected(), target.memory().futex2Flags());
            }
        }
        long result = FutexCalls.waitv(vector.address(0), count, 0, deadline, FutexCalls.clock(false));
        if (result > 0) {
            endWoken((int) result - 1);
        } else if (result == -ENOMEM()) {
            LockSupport.parkNanos(OUT_OF_MEMORY_PAUSE_NANOS);
        } else if (result != 0 && result != -EAGAIN() && result != -ETIMEDOUT() && result != -EINTR()) {
            end(Batch::failure);
        }
    }

    private void endWoken(int word) {
        int first = 0;
        for (Request request : requests) {
            int index = word - first;
            first += request.targets().length;
            if (word < first) {
                end(other -> other == request ? index : WAITS_ON);
                return;
            }
        }
    }

    private static long change(Request request) {
        for (Target target : request.targets()) {
            try {
                if (!target.holds()) {
                    return -EAGAIN();
                }
            } catch (InternalError lostPage) {
                return -EFAULT();
            }
        }
        return WAITS_ON;
    }

    /** One of the words cannot be waited for. Each by itself, with a deadline that has passed: whose? */
    private static long failure(Request request) {
        WaitVector one = new WaitVector(1);
        Target[] targets = request.targets();
        for (int i = 0; i < targets.length; i++) {
            one.set(0, targets[i].address(), targets[i].expected(), targets[i].memory().futex2Flags());
            long result = FutexCalls.waitv(one.address(0), 1, 0, 0, FutexCalls.clock(false));
            if (result >= 0) {
                return i; // woken in that instant
            }
            if (result != -ETIMEDOUT() && result != -EAGAIN() && result != -EINTR() && result != -ENOMEM()) {
                return result;
            }
        }
        return WAITS_ON;
    }

    /** Ends those requests for which there is a result. */
    private void end(ToLongFunction<Request> results) {
        for (Iterator<Request> all = requests.iterator(); all.hasNext();) {
            Request request = all.next();
            long result = results.applyAsLong(request);
            if (result != WAITS_ON) {
                all.remove();
                expiries.remove(request);
                promised.addAndGet(-request.targets().length);
                allWords.addAndGet(-request.targets().length);
                request.complete(result);
            }
        }
    }
}
