package org.latchwork.lock;

import java.util.concurrent.TimeUnit;
import org.latchwork.region.FaultPoint;
import org.latchwork.region.ObjectType;
import org.latchwork.region.Region;
import org.latchwork.region.RegionObject;
import org.latchwork.region.abi.Layout;
import org.latchwork.wait.Deadline;
import org.latchwork.wait.WaitOutcome;

/**
 * A count that goes down to zero once, and those who wait for that: {@link java.util.concurrent.CountDownLatch} for several processes.
 *
 * {@snippet class="org.latchwork.examples.CountingExample" region="count"}
 *
 * <p>The word: bits 0–30 are the count, set by {@link #countDown}; bit 31 says that somebody may sleep on it, set by a waiter, cleared with the
 * last count. Sequentially consistent: what was done before a {@code countDown()} is visible to whoever has waited for it.
 *
 * <p>Waiting sleeps in the kernel. A process that dies counts nothing down; if it dies between the last count and the wake, the waiters
 * are woken by who recovers it. Nobody owns anything.
 */
public final class CountDown {
    static final ObjectType TYPE = new ObjectType(Layout.LW_COUNT_DOWN(), "count down",
            (object, deadSlot) -> object.image().memory().wake(object.line(), Integer.MAX_VALUE));

    private static final int COUNT = Integer.MAX_VALUE;

    private final ObjectWord word;

    CountDown(Region region, RegionObject object) {
        this.word = new ObjectWord(region, object, object.line());
    }

    /** {@return how much is left: a glance} */
    public long getCount() {
        return word.get() & COUNT;
    }

    /** Takes one off the count, and wakes all who wait if that was the last. At zero it does nothing. Does not block. */
    public void countDown() {
        int seen;
        int next;
        do {
            seen = word.get();
            if ((seen & COUNT) == 0) {
                return;
            }
            next = (seen & COUNT) == 1 ? 0 : seen - 1;
        } while (!word.compareAndSet(seen, next));
        FaultPoint.pass("countdown.changed");
        if (next == 0 && seen < 0) {
            word.wake(Integer.MAX_VALUE);
        }
    }

    /**
     * Blocks until the count is zero.
     *
     * @throws InterruptedException if the thread is interrupted before that
     * @throws IllegalStateException if the region is closed
     */
    public void await() throws InterruptedException {
        await(Deadline.NEVER);
    }

    /**
     * Blocks until the count is zero, for so long at most.
     *
     * @param timeout how long; zero or less does not block
     * @param unit of the timeout
     * @return whether it is zero
     * @throws InterruptedException if the thread is interrupted before that
     */
    public boolean await(long timeout, TimeUnit unit) throws InterruptedException {
        return await(Deadline.after(timeout, unit));
    }

    /**
     * Blocks until the count is zero or the deadline comes.
     *
     * @param deadline until when
     * @return whether it is zero
     * @throws InterruptedException if the thread is interrupted before that
     */
    public boolean await(Deadline deadline) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        return await(deadline, true).throwIfInterrupted() == WaitOutcome.WOKEN;
    }

    /** Blocks until the count is zero, not interruptibly. */
    public void awaitUninterruptibly() {
        await(Deadline.NEVER, false);
    }

    private WaitOutcome await(Deadline deadline, boolean interruptible) {
        while (true) {
            int seen = word.get();
            if ((seen & COUNT) == 0) {
                return WaitOutcome.WOKEN;
            }
            int wanted = seen | Layout.LW_WAITERS();
            if (wanted != seen && !word.compareAndSet(seen, wanted)) {
                continue;
            }
            FaultPoint.pass("countdown.wait");
            WaitOutcome outcome = word.await(wanted, deadline, interruptible);
            if (ObjectWord.isOver(outcome)) {
                return outcome;
            }
        }
    }

    ObjectWord word() {
        return word;
    }

    int initial() {
        return word.initial();
    }

    /** {@return the count in words, for messages} */
    @Override
    public String toString() {
        return word.describe("CountDown") + ", " + getCount() + " left";
    }
}
