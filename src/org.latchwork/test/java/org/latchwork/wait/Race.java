package org.latchwork.wait;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import org.latchwork.testing.Conditions;

/**
 * Forces one thing to happen at the very moment of a wake, many times: each round makes both, and moves the wake a little against the
 * other, towards the point where it wins as often as it loses. The way doubles while one side keeps winning, so the point is found wherever
 * it is.
 */
final class Race {
    /** Longer than a slice of 20 ms, which begins with the round and at whose end some waits look for what has happened meanwhile. */
    private static final long LIMIT = 30_000_000;

    private final long giveUp = System.nanoTime() + Conditions.HANG.toNanos() / 2;
    private final long smallestStep;
    /** How long before the other thing the wake is certainly too early to find anybody, which ends the round as if it had been too late. */
    private final long earliest;
    /** How far from the balance the wake goes astray. */
    private final long reach;

    private final Map<WaitOutcome, Integer> outcomes = new EnumMap<>(WaitOutcome.class);
    private int wakes;
    /** How long after the other thing the wake comes. */
    private long balance;
    private long step;
    private WaitOutcome last;
    /** Of this round: the balance, or now and then another, since what is lost may be lost at a distance from it. */
    private long offset;
    private boolean astray;

    /** With what is noticed at once, or at the end of a slice. */
    Race(boolean sliced) {
        this(sliced, LIMIT);
    }

    /** With the end of a wait that takes so long, nanoseconds. */
    Race(long timeout) {
        this(false, timeout);
    }

    private Race(boolean sliced, long earliest) {
        this.earliest = earliest;
        this.smallestStep = sliced ? LIMIT / 4 : 200;
        this.reach = sliced ? LIMIT : 100_000;
        this.step = smallestStep;
    }

    /**
     * Makes the wake before or after the other thing.
     *
     * @param other starts the other thing, and says when it is due; or only says so, of a deadline
     */
    void collide(LongSupplier other, IntSupplier wake) {
        aim();
        if (offset < 0) {
            long due = System.nanoTime() - offset;
            wakes += wake.getAsInt();
            spinUntil(due);
            other.getAsLong();
        } else {
            spinUntil(other.getAsLong() + offset);
            wakes += wake.getAsInt();
        }
    }

    /** Makes the wake before or after a moment that comes by itself. */
    void collideAt(long moment, IntSupplier wake) {
        aim();
        spinUntil(moment + offset);
        wakes += wake.getAsInt();
    }

    private void aim() {
        astray = ThreadLocalRandom.current().nextInt(3) == 0;
        offset = astray ? ThreadLocalRandom.current().nextLong(-reach / 10, reach) : balance;
    }

    private static void spinUntil(long moment) {
        while (System.nanoTime() < moment) {
            Thread.onSpinWait();
        }
    }

    /** Tells how the round ended. */
    void ended(WaitOutcome outcome) {
        outcomes.merge(outcome, 1, Integer::sum);
        if (astray) {
            return;
        }
        step = outcome == last ? Math.min(2 * step, LIMIT / 4) : smallestStep;
        last = outcome;
        balance = Math.clamp(balance + (outcome == WaitOutcome.WOKEN ? step : -step), -LIMIT, LIMIT);
        if (balance < -earliest) {
            balance = 0;
            step = smallestStep;
        }
    }

    /** {@return whether to go on, since only one of the two has won so far} On a busy machine that takes a while; there is an end to it. */
    boolean mayStillMeet(WaitOutcome other) {
        return (count(WaitOutcome.WOKEN) == 0 || count(other) == 0) && System.nanoTime() < giveUp;
    }

    int count(WaitOutcome... which) {
        int sum = 0;
        for (WaitOutcome outcome : which) {
            sum += outcomes.getOrDefault(outcome, 0);
        }
        return sum;
    }

    /** {@return what the calls of wake have answered, all together} */
    int wakes() {
        return wakes;
    }

    @Override
    public String toString() {
        return wakes + " wakes, outcomes " + outcomes;
    }
}
