package org.latchwork.lock;

import org.latchwork.region.FaultPoint;
import org.latchwork.region.ObjectType;
import org.latchwork.region.Region;
import org.latchwork.region.RegionObject;
import org.latchwork.region.abi.Layout;
import org.latchwork.wait.Deadline;
import org.latchwork.wait.WaitOutcome;

/**
 * Something that is waited for until it is done: the kernel's completion (Documentation/scheduler/completion.rst). {@link #complete()} lets one waiter pass,
 * whether it waits already or comes later; {@link #completeAll()} lets all pass, now and later.
 *
 * {@snippet class="org.latchwork.examples.CountingExample" region="done"}
 *
 * <p>The word: bits 0–30 say how many may still pass, 2<sup>31</sup>−1 for all; bit 31 that somebody may sleep on it, as a {@link Semaphore} has it, which
 * this is but for {@code completeAll}. Sequentially consistent: what was done before {@code complete()} is visible to whoever passes.
 *
 * <p>Waiting sleeps in the kernel. A process that dies completes nothing; one that dies between its change and its wake is made up for by who recovers it.
 */
public final class Completion {
    static final ObjectType TYPE = new ObjectType(Layout.LW_COMPLETION(), "completion",
            (object, deadSlot) -> object.image().memory().wake(object.line(), Integer.MAX_VALUE));

    private static final int ALL = Integer.MAX_VALUE;

    private final ObjectWord word;

    Completion(Region region, RegionObject object) {
        this.word = new ObjectWord(region, object, object.line());
    }

    /** Lets one waiter pass. Does not block. */
    public void complete() {
        int seen;
        int next;
        do {
            seen = word.get();
            if ((seen & ALL) == ALL) {
                return;
            }
            next = seen + 1;
        } while (!word.compareAndSet(seen, next));
        FaultPoint.pass("completion.changed");
        if (seen < 0 && word.wake(1) == 0) {
            word.compareAndSet(next, next & ALL); // nobody slept; if anything has changed since, leave it
        }
    }

    /** Lets all waiters pass, also those who come later, until {@link #reinit()}. Does not block. */
    public void completeAll() {
        int seen;
        do {
            seen = word.get();
        } while (!word.compareAndSet(seen, ALL));
        FaultPoint.pass("completion.changed");
        if (seen < 0) {
            word.wake(Integer.MAX_VALUE);
        }
    }

    /**
     * Begins anew: nobody may pass. Who sleeps sleeps on, and passes when it is completed again; as in the kernel, one that {@link #completeAll} has let
     * pass and that has not looked yet is among those. Does not block.
     */
    public void reinit() {
        int seen;
        do {
            seen = word.get();
        } while (!word.compareAndSet(seen, seen & ~ALL));
    }

    /** {@return whether a waiter would pass now: a glance} */
    public boolean isDone() {
        return (word.get() & ALL) != 0;
    }

    /**
     * Blocks until it may pass.
     *
     * @throws InterruptedException if the thread is interrupted before that
     */
    public void await() throws InterruptedException {
        await(Deadline.NEVER);
    }

    /** Blocks until it may pass, not interruptibly. */
    public void awaitUninterruptibly() {
        await(Deadline.NEVER, false);
    }

    /**
     * Blocks until it may pass or the deadline comes.
     *
     * @param deadline until when
     * @return whether it passes
     * @throws InterruptedException if the thread is interrupted before that
     */
    public boolean await(Deadline deadline) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        return await(deadline, true).throwIfInterrupted() == WaitOutcome.WOKEN;
    }

    /** {@return whether the caller may pass, and does} Does not block. */
    public boolean tryAwait() {
        return pass(false);
    }

    private boolean pass(boolean slept) {
        while (true) {
            int seen = word.get();
            int left = seen & ALL;
            if (left == 0 || left == ALL) {
                return left == ALL;
            }
            if (word.compareAndSet(seen, seen - 1 | (slept ? Layout.LW_WAITERS() : 0))) {
                if (slept && left > 1) {
                    word.wake(1);
                }
                return true;
            }
        }
    }

    private WaitOutcome await(Deadline deadline, boolean interruptible) {
        boolean slept = false;
        while (true) {
            if (pass(slept)) {
                return WaitOutcome.WOKEN;
            }
            int seen = word.get();
            if ((seen & ALL) != 0) {
                continue;
            }
            if (seen == 0 && !word.compareAndSet(0, Layout.LW_WAITERS())) {
                continue;
            }
            FaultPoint.pass("completion.wait");
            WaitOutcome outcome = word.await(Layout.LW_WAITERS(), deadline, interruptible);
            slept |= outcome != WaitOutcome.VALUE_DIFFERS;
            FaultPoint.pass("completion.woken");
            if (ObjectWord.isOver(outcome)) {
                if (slept) {
                    word.wake(1); // it may have been the wake of another
                }
                return outcome;
            }
        }
    }

    ObjectWord word() {
        return word;
    }

    /** {@return the completion in words, for messages} */
    @Override
    public String toString() {
        int left = word.get() & ALL;
        return word.describe("Completion") + ", " + (left == ALL ? "all" : left) + " may pass";
    }
}
