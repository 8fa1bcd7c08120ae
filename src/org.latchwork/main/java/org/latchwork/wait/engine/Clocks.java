package org.latchwork.wait.engine;

import org.latchwork.linux.FutexCalls;

/** Deadlines on CLOCK_REALTIME, for those who wait by CLOCK_MONOTONIC. */
final class Clocks {
    private static final long NANOS_PER_MILLI = 1_000_000;

    private Clocks() {}

    /** {@return when a deadline comes by CLOCK_MONOTONIC, if nobody sets the other clock meanwhile; up to 1 ms later, never earlier} */
    static long monotonic(long deadline, boolean realtime) {
        if (!realtime || deadline == FutexCalls.FOREVER) {
            return deadline;
        }
        // The clock of the JDK without allocation, cut to milliseconds: what is left looks longer than it is.
        long left = deadline - System.currentTimeMillis() * NANOS_PER_MILLI;
        long now = System.nanoTime();
        return now + left < 0 && left > 0 ? FutexCalls.FOREVER : now + left;
    }
}
