package org.latchwork.lock;

import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.latchwork.region.FaultPoint;
import org.latchwork.region.ObjectType;
import org.latchwork.region.Region;
import org.latchwork.region.RegionMemory;
import org.latchwork.region.RegionObject;
import org.latchwork.region.abi.Layout;
import org.latchwork.region.abi.lw_event_count;
import org.latchwork.wait.Deadline;
import org.latchwork.wait.WaitOutcome;
import org.latchwork.wait.WaitPolicy;

/**
 * What turns a condition that is checked without a lock into one that can be waited for: the building block of what this package does not have.
 *
 * {@snippet class="org.latchwork.examples.EventCountExample" region="wait"}
 *
 * <p>A waiter prepares, looks at its condition, and waits only if that does not hold. Whoever makes it hold does so first, and
 * signals then. A signal after {@link #prepare} ends the wait, even one that has not begun; so none is lost. Waits also end for no reason,
 * and whenever a participant of the region has died: look at the condition again.
 *
 * <table>
 * <caption>Its word: 62 bits of sequence, and two that say who may be waiting. Changed by compare-and-exchange, sequentially consistent</caption>
 * <tr><th>state</th><th>goes to</th></tr>
 * <tr><td>NOBODY</td><td>ONE, by {@code prepare}; NOBODY with the next sequence, by a signal, which does nothing else</td></tr>
 * <tr><td>ONE</td><td>MANY, by {@code prepare}; NOBODY with the next sequence, by a signal, which then wakes all, or by {@code cancel} of that one</td></tr>
 * <tr><td>MANY</td><td>the same with the next sequence, by {@code signal}, which then wakes one, and if there was none goes on to NOBODY and wakes all;
 *     NOBODY with the next sequence, by {@code signalAll}, which then wakes all</td></tr>
 * </table>
 *
 * <p>So nobody sleeps under NOBODY but those whom somebody is about to wake, and recovery does it for one that has died on the way. Nothing counts waiters,
 * hence nothing is wrong when one dies: a signal finds nobody, and says so.
 *
 * <ul>
 * <li><b>Memory:</b> what was written before a signal is visible to whoever prepares after it, and to whoever a wait returns to because of it.
 * <li><b>Fairness:</b> {@code signal} wakes whom the kernel has longest, normally.
 * <li><b>Cost:</b> a signal when nobody waits is a load and a compare-and-exchange, no system call; {@code prepare} the same, or just the load.
 * <li><b>May it sleep, and where:</b> the waits do, threads of any kind; the rest never blocks, and can be done while a lock is held.
 * <li><b>If a participant dies:</b> all waiters look again. One that had been woken and died has taken nobody's signal.
 * </ul>
 *
 * <p>The kernel compares the low half of the word, 30 bits of sequence: a waiter that is held up between its last look at the whole and
 * that comparison for exactly 2<sup>30</sup> signals, or a multiple, sleeps on. That takes ten seconds of nothing but signals.
 */
public final class EventCount {
    static final ObjectType TYPE = new ObjectType(Layout.LW_EVENT_COUNT(), "event count", (object, deadSlot) -> recover(object));

    private static final long ONE = Layout.LW_ONE_PREPARED();
    private static final long MANY = Layout.LW_MANY_PREPARED();

    private final Region region;
    private final RegionObject object;
    private final RegionMemory memory;
    private final long offset;
    private final WaitPolicy policy = WaitPolicy.adaptive();

    EventCount(Region region, RegionObject object) {
        this.region = region;
        this.object = object;
        this.memory = region.memory();
        this.offset = word(object);
    }

    RegionObject object() {
        return object;
    }

    private static long word(RegionObject object) {
        return object.line() + lw_event_count.sequence$offset();
    }

    /** {@return the name by which other processes find it} */
    public String name() {
        return object.name();
    }

    /**
     * Begins a wait: signals from now on end it. Does not block.
     *
     * @return the key for {@code await} or {@link #cancel}, one of which should follow
     * @throws IllegalStateException if the region is closed
     */
    public long prepare() {
        while (true) {
            long seen = memory.getLong(offset);
            long key = seen | ((seen & MANY) == 0 ? ONE : MANY);
            // MANY stays as it is: the load has seen all signals before it, and the next one sees MANY.
            if (key == seen || memory.compareAndSetLong(offset, seen, key)) {
                FaultPoint.pass("event.prepared");
                return key;
            }
        }
    }

    /**
     * Ends what {@link #prepare} began, without waiting. Does not block. Left out, it costs the next signal a system call or two, nothing else.
     *
     * @param key what {@code prepare} returned
     */
    public void cancel(long key) {
        // Nobody else has prepared since: so the sequence can go on without telling anybody, and the key is not good for a second time.
        if ((key & MANY) == ONE && memory.getLong(offset) == key) {
            memory.compareAndSetLong(offset, key, next(key, 0));
        }
    }

    /**
     * Blocks until there has been a signal since {@link #prepare}. Interruptible.
     *
     * @param key what {@code prepare} returned
     * @return WOKEN; VALUE_DIFFERS if there was one before it slept; INTERRUPTED, with the thread's status set; CLOSED. Look at the condition again
     */
    public WaitOutcome await(long key) {
        return await(key, Deadline.NEVER, true);
    }

    /**
     * The same until a deadline.
     *
     * @param key what {@code prepare} returned
     * @param deadline until when at most
     * @return the same; or TIMED_OUT, never early
     */
    public WaitOutcome await(long key, Deadline deadline) {
        return await(key, deadline, true);
    }

    /**
     * The same; an interrupt does not end it, and the thread's status stays set.
     *
     * @param key what {@code prepare} returned
     * @param deadline until when at most
     * @return WOKEN, VALUE_DIFFERS, TIMED_OUT or CLOSED
     */
    public WaitOutcome awaitUninterruptibly(long key, Deadline deadline) {
        return await(key, deadline, false);
    }

    /**
     * Blocks until a condition holds, which whoever changes anything about it signals afterwards. Interruptible.
     *
     * @param condition may be asked any number of times, and must not block
     * @param deadline until when at most
     * @return whether it holds; false when the deadline has come first
     * @throws InterruptedException if the thread is interrupted before
     * @throws IllegalStateException if the region is closed
     */
    public boolean await(BooleanSupplier condition, Deadline deadline) throws InterruptedException {
        while (!condition.getAsBoolean()) {
            long key = prepare();
            if (condition.getAsBoolean()) {
                cancel(key);
                return true;
            }
            switch (await(key, deadline).throwIfInterrupted()) {
                case TIMED_OUT -> {
                    return condition.getAsBoolean();
                }
                case CLOSED -> throw new IllegalStateException(this + ": the region was closed");
                default -> { } // the condition tells
            }
        }
        return true;
    }

    private WaitOutcome await(long key, Deadline deadline, boolean interruptible) {
        Objects.requireNonNull(deadline, "deadline");
        if (!isUnsignalled(key, memory.getLong(offset))) {
            return WaitOutcome.VALUE_DIFFERS;
        }
        region.watch();
        int record = region.waits().begin(object.index());
        try {
            while (true) {
                // Its flags can have changed since, from ONE to MANY: whoever takes them away changes the sequence.
                long seen = memory.getLong(offset);
                if (!isUnsignalled(key, seen)) {
                    return WaitOutcome.WOKEN;
                }
                FaultPoint.pass("event.wait");
                WaitOutcome outcome = memory.await(offset, (int) seen, deadline, interruptible, policy);
                FaultPoint.pass("event.woken");
                switch (outcome) {
                    case CLOSED -> {
                        return outcome;
                    }
                    case TIMED_OUT, INTERRUPTED -> {
                        cancel(key);
                        return outcome;
                    }
                    default -> { } // the word tells
                }
            }
        } finally {
            region.waits().end(record);
        }
    }

    private static boolean isUnsignalled(long key, long seen) {
        return (key ^ seen) >>> Layout.LW_SEQUENCE_SHIFT() == 0;
    }

    private static long next(long word, long flags) {
        return (word & -1L << Layout.LW_SEQUENCE_SHIFT()) + (1L << Layout.LW_SEQUENCE_SHIFT()) | flags;
    }

    /**
     * Ends one wait at least, if there is one: for waiters that wait for the same and one of which can do it all. Does not block. Change
     * what they wait for before.
     *
     * @throws IllegalStateException if the region is closed
     */
    public void signal() {
        while (true) {
            long seen = memory.getLong(offset);
            if ((seen & MANY) != MANY) {
                if (advance(memory, offset, seen)) {
                    return;
                }
                continue;
            }
            long next = next(seen, MANY);
            if (memory.compareAndSetLong(offset, seen, next)) {
                FaultPoint.pass("event.signalled");
                if (memory.wake(offset, 1) == 0) {
                    advance(memory, offset, next); // nobody sleeps, so the next one need not ask; if it has changed, others see to it
                }
                return;
            }
        }
    }

    /**
     * Ends all waits. Does not block. Change what they wait for before.
     *
     * @throws IllegalStateException if the region is closed
     */
    public void signalAll() {
        signalAll(memory, offset);
    }

    private static void signalAll(RegionMemory memory, long offset) {
        long seen;
        do {
            seen = memory.getLong(offset);
        } while (!advance(memory, offset, seen));
    }

    /** {@return whether the word was as seen} Now it says NOBODY, in the next sequence; so all who may sleep are woken. */
    private static boolean advance(RegionMemory memory, long offset, long seen) {
        if (!memory.compareAndSetLong(offset, seen, next(seen, 0))) {
            return false;
        }
        if ((seen & MANY) != 0) {
            FaultPoint.pass("event.cleared");
            memory.wake(offset, Integer.MAX_VALUE);
        }
        return true;
    }

    /** The dead one may have signalled and not woken anybody yet, or have been woken in another's place. */
    private static void recover(RegionObject object) {
        RegionMemory memory = object.image().memory();
        signalAll(memory, word(object));
        memory.wake(word(object), Integer.MAX_VALUE);
    }

    /** {@return the event count in words, for messages} */
    @Override
    public String toString() {
        return "EventCount \"" + object.name() + "\" in " + region.path();
    }
}
