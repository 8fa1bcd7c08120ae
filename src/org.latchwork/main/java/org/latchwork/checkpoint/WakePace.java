package org.latchwork.checkpoint;

import java.util.concurrent.TimeUnit;
import org.latchwork.futex.FutexArray;

/** How often a waker looks for waiters that have not come yet. */
final class WakePace {
    private static final long EAGER_NANOS = 20_000_000;
    private static final long EAGER_PERIOD_NANOS = Long.getLong("pace.eager", 100_000);
    private static final long PATIENT_PERIOD_NANOS = Long.getLong("pace.patient", 2_000_000);

    /** Nobody wakes it. Waiting here is a sleep that neither an interrupt nor a stray unpark cuts short. */
    private static final FutexArray NEVER_WOKEN = FutexArray.allocate(1, FutexArray.Spacing.PACKED);

    private WakePace() {}

    static void sleep(long elapsed, long left) {
        long period = elapsed < EAGER_NANOS ? EAGER_PERIOD_NANOS : PATIENT_PERIOD_NANOS;
        NEVER_WOKEN.await(0, 0, Math.min(period, left), TimeUnit.NANOSECONDS);
    }
}
