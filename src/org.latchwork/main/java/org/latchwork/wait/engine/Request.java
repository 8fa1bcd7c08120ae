package org.latchwork.wait.engine;

import java.util.concurrent.atomic.AtomicLong;

/**
 * A wait that is handed to an {@link Engine}, because its own thread must not block in the kernel, or because it has no thread.
 *
 * <p>The life of a request: made; submitted; perhaps cancelled, by whoever made it or by a closing gate, which is a wish; completed by
 * the engine, once. Only the completion says how it ended: a wake that arrives together with the wish counts as a wake.
 */
abstract class Request implements Ending {
    private static final long PENDING = Long.MIN_VALUE;
    private static final AtomicLong NUMBERS = new AtomicLong();

    private final Target[] targets;
    private final long deadline;
    private final boolean realtime;
    private final boolean exact;
    private final long number = NUMBERS.getAndIncrement();
    private volatile boolean cancelled;
    private volatile Engine engine;
    private volatile long result = PENDING;

    /** For {@link Inbox}. */
    Request next;
    /** For {@link RingEngine}: where its cancel word is. */
    volatile int slot = -1;
    /** For {@link Expiries}: when it gives up, by CLOCK_MONOTONIC. */
    long expiry;
    /** For the engine: it has given up. */
    boolean expired;
    /** For {@link RingEngine}: the kernel has been asked to cancel it. */
    boolean cancelling;
    /** For {@link BatchEngine}: where it is. */
    volatile Batch batch;
    /** For {@link ThreadEngine}: who waits for it. */
    volatile PlatformWaiter waiter;

    /**
     * Describes a wait.
     *
     * @param exact whether wakers do not change the words, so that every wake counts, and none may be hidden by another's
     */
    Request(Target[] targets, long deadline, boolean realtime, boolean exact) {
        this.targets = targets;
        this.deadline = deadline;
        this.realtime = realtime;
        this.exact = exact;
    }

    final Target[] targets() {
        return targets;
    }

    final long deadline() {
        return deadline;
    }

    final boolean isRealtime() {
        return realtime;
    }

    final boolean isExact() {
        return exact;
    }

    /** {@return a number of its own, which makes an order of requests total} */
    final long number() {
        return number;
    }

    @Override
    public final boolean isDue() {
        boolean due = cancelled;
        for (Target target : targets) {
            due |= target.memory().gate().isDue();
        }
        return due;
    }

    @Override
    public final boolean concerns(Gate gate) {
        for (Target target : targets) {
            if (target.memory().gate() == gate) {
                return true;
            }
        }
        return false;
    }

    /** The engine, before it is handed to it. */
    final void engine(Engine taker) {
        this.engine = taker;
    }

    /** Wishes it to end. It stays to be completed by the engine. */
    final void cancel() {
        cancelled = true; // before the engine is told
        Engine current = engine;
        if (current != null) {
            current.recheck(this);
        }
    }

    /** The engine: it is over, as {@link Waits#awaitAny} would return. */
    final void complete(long end) {
        result = end;
        completed();
    }

    final boolean isCompleted() {
        return result != PENDING;
    }

    /** {@return how it ended, once it is completed} */
    final long result() {
        return result;
    }

    /** Runs in a thread of the engine: must not block, and must not run code of the library's users. */
    protected abstract void completed();
}
