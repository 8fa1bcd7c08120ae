package org.latchwork.region;

import java.time.Instant;

/** The time of day, for what is noted in a region: information only. Deadlines are never stored there. */
final class Clock {
    private Clock() {}

    /** {@return {@code CLOCK_REALTIME} in nanoseconds} */
    static long now() {
        Instant now = Instant.now();
        return now.getEpochSecond() * 1_000_000_000L + now.getNano();
    }
}
