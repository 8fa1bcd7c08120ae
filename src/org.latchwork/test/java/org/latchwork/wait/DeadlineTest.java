package org.latchwork.wait;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Deadlines: absolute, saturating to never, never before the clock's zero. */
class DeadlineTest {
    private static final long MAX = Long.MAX_VALUE;

    @Test
    void aTimeoutBecomesAMomentOnTheMonotonicClock() {
        long before = System.nanoTime();
        Deadline byDuration = Deadline.after(Duration.ofSeconds(5));
        Deadline byUnit = Deadline.after(5, TimeUnit.SECONDS);
        long after = System.nanoTime();
        for (Deadline deadline : new Deadline[] {byDuration, byUnit}) {
            assertFalse(deadline.isRealtime());
            assertTrue(before + 5_000_000_000L <= deadline.nanos() && deadline.nanos() <= after + 5_000_000_000L);
        }
    }

    @Test
    void zeroAndLessIsNow() {
        for (Duration timeout : new Duration[] {Duration.ZERO, Duration.ofNanos(-1), Duration.ofSeconds(Long.MIN_VALUE)}) {
            long before = System.nanoTime();
            long nanos = Deadline.after(timeout).nanos();
            assertTrue(before <= nanos && nanos <= System.nanoTime());
        }
        long before = System.nanoTime();
        long nanos = Deadline.monotonicNanosAfter(Long.MIN_VALUE);
        assertTrue(before <= nanos && nanos <= System.nanoTime());
    }

    @Test
    void whatDoesNotFitIsNever() {
        assertSame(Deadline.NEVER, Deadline.after(Duration.ofSeconds(Long.MAX_VALUE, 999_999_999)));
        assertSame(Deadline.NEVER, Deadline.after(Duration.ofNanos(MAX)));
        assertSame(Deadline.NEVER, Deadline.after(MAX, TimeUnit.DAYS));
        assertSame(Deadline.NEVER, Deadline.after(MAX, TimeUnit.NANOSECONDS));
        assertSame(Deadline.NEVER, Deadline.at(Instant.MAX));
        assertSame(Deadline.NEVER, Deadline.at(Instant.ofEpochSecond(0, MAX)), "the nanosecond that stands for never");
        assertEquals(MAX, Deadline.monotonicNanosAfter(MAX));
        assertEquals(MAX - 1, Deadline.at(Instant.ofEpochSecond(0, MAX - 1)).nanos());
    }

    @Test
    void aTimeOfDayIsAMomentOnTheRealtimeClock() {
        Deadline deadline = Deadline.at(Instant.ofEpochSecond(12, 345));
        assertTrue(deadline.isRealtime());
        assertEquals(12_000_000_345L, deadline.nanos());
    }

    @Test
    void before1970HasPassed() {
        for (Instant instant : new Instant[] {Instant.EPOCH, Instant.ofEpochSecond(-1, 999_999_999), Instant.MIN}) {
            Deadline deadline = Deadline.at(instant);
            assertEquals(0, deadline.nanos());
            assertTrue(deadline.isRealtime());
            assertNotSame(Deadline.NEVER, deadline);
        }
    }

    @Test
    void nullIsRefused() {
        assertThrows(NullPointerException.class, () -> Deadline.after(null));
        assertThrows(NullPointerException.class, () -> Deadline.after(1, null));
        assertThrows(NullPointerException.class, () -> Deadline.at(null));
    }

    @Test
    void inWords() {
        assertEquals("never", Deadline.NEVER.toString());
        assertEquals("12000000345 ns on CLOCK_REALTIME", Deadline.at(Instant.ofEpochSecond(12, 345)).toString());
        assertTrue(Deadline.after(Duration.ofSeconds(1)).toString().matches("\\d+ ns on CLOCK_MONOTONIC"));
    }
}
