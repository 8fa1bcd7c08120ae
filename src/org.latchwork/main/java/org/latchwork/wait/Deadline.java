package org.latchwork.wait;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * The moment at which a wait gives up: absolute, so that a wait which is interrupted and taken up again does not grow.
 *
 * <p>Relative timeouts become deadlines on {@code CLOCK_MONOTONIC}, which nobody can set and which stands still while the machine is
 * suspended (clock_gettime(2)); {@link System#nanoTime()} reads that clock on Linux. {@link #at(Instant)} is a deadline on
 * {@code CLOCK_REALTIME} and follows that clock when somebody sets it. A deadline means something on one machine since its boot: never
 * store it in shared memory or a file.
 */
public final class Deadline {
    /** The deadline that never comes. */
    public static final Deadline NEVER = new Deadline(Long.MAX_VALUE, false);

    private final long nanos;
    private final boolean realtime;

    private Deadline(long nanos, boolean realtime) {
        this.nanos = nanos;
        this.realtime = realtime;
    }

    /**
     * {@return the deadline that lies so far in the future, on {@code CLOCK_MONOTONIC}}
     *
     * @param timeout how far; zero or negative has passed already; more than 292 years is {@link #NEVER}
     */
    public static Deadline after(Duration timeout) {
        // TimeUnit saturates where Duration.toNanos() would throw.
        return after(TimeUnit.NANOSECONDS.convert(timeout), TimeUnit.NANOSECONDS);
    }

    /**
     * {@return the deadline that lies so far in the future, on {@code CLOCK_MONOTONIC}}
     *
     * @param timeout how far; zero or negative has passed already; more than 292 years is {@link #NEVER}
     * @param unit the unit of {@code timeout}
     */
    public static Deadline after(long timeout, TimeUnit unit) {
        long nanos = monotonicNanosAfter(unit.toNanos(timeout));
        return nanos == NEVER.nanos ? NEVER : new Deadline(nanos, false);
    }

    /**
     * {@return the deadline at this time of day, on {@code CLOCK_REALTIME}}
     *
     * @param instant when; before 1970 has passed already; after the year 2262 is {@link #NEVER}
     */
    public static Deadline at(Instant instant) {
        Objects.requireNonNull(instant, "instant");
        if (instant.getEpochSecond() < 0) {
            return new Deadline(0, true);
        }
        long nanos = saturatingAdd(TimeUnit.SECONDS.toNanos(instant.getEpochSecond()), instant.getNano());
        return nanos == NEVER.nanos ? NEVER : new Deadline(nanos, true);
    }

    /**
     * {@return the nanosecond on {@code CLOCK_MONOTONIC} that lies so far in the future; {@code Long.MAX_VALUE} is never} For loops that
     * must not allocate.
     *
     * @param timeoutNanos how far, in nanoseconds; zero or negative is now
     */
    public static long monotonicNanosAfter(long timeoutNanos) {
        return saturatingAdd(System.nanoTime(), Math.max(0, timeoutNanos));
    }

    private static long saturatingAdd(long a, long b) {
        long sum = a + b;
        return sum < 0 ? Long.MAX_VALUE : sum;
    }

    /** {@return whether the deadline has come} */
    public boolean hasPassed() {
        if (this == NEVER) {
            return false;
        }
        return realtime ? !Instant.now().isBefore(Instant.ofEpochSecond(0, nanos)) : System.nanoTime() - nanos >= 0;
    }

    /** {@return whether the deadline is on {@code CLOCK_REALTIME}, not on {@code CLOCK_MONOTONIC}} */
    public boolean isRealtime() {
        return realtime;
    }

    /** {@return nanoseconds on the deadline's clock; {@code Long.MAX_VALUE} for {@link #NEVER}} */
    public long nanos() {
        return nanos;
    }

    /** {@return the deadline in words, for messages} */
    @Override
    public String toString() {
        return this == NEVER ? "never" : nanos + " ns on " + (realtime ? "CLOCK_REALTIME" : "CLOCK_MONOTONIC");
    }
}
