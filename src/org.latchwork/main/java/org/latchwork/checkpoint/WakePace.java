package org.latchwork.checkpoint;

import java.util.concurrent.TimeUnit;
import org.latchwork.futex.FutexArray;

final class WakePace {
    private static final long EAGER_NANOS = 20_000_000;
    private static final long EAGER_SLEEP_NANOS = Long.getLong("pace.eager", 60_000);
    private static final long PATIENT_SLEEP_NANOS = Long.getLong("pace.patient", 2_000_000);
    static int tries;

    /** Nobody wakes it. Waiting here is a sleep that neither an interrupt nor a stray unpark cuts short. */
    private static final FutexArray NEVER_WOKEN = FutexArray.allocate(1, FutexArray.Spacing.PACKED);

    private WakePace() {}

    static void sleep(long elapsed, long left) {
        long period = elapsed < EAGER_NANOS ? EAGER_SLEEP_NANOS : PATIENT_SLEEP_NANOS;
        NEVER_WOKEN.await(0, 0, Math.min(period, left), TimeUnit.NANOSECONDS);
        tries++;
    }
}
