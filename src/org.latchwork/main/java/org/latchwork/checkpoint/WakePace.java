package org.latchwork.checkpoint;

import java.util.concurrent.locks.LockSupport;

/** How often a waker looks for waiters that have not come yet. */
final class WakePace {
    private static final long EAGER_NANOS = 20_000_000;
    private static final long EAGER_PERIOD_NANOS = 100_000;
    private static final long PATIENT_PERIOD_NANOS = 2_000_000;

    private WakePace() {}

    static void sleep(long elapsed, long left) {
        long period = elapsed < EAGER_NANOS ? EAGER_PERIOD_NANOS : PATIENT_PERIOD_NANOS;
        LockSupport.parkNanos(Math.min(period, left));
    }
}
