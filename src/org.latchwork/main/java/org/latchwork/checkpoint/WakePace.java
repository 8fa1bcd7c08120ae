package org.latchwork.checkpoint;

import java.util.concurrent.TimeUnit;
import org.latchwork.futex.FutexArray;

/** How often a waker looks for waiters that have not come yet. */
final class WakePace {
    private static final long EAGER_NANOS = 20_000_000;
    private static final long EAGER_PERIOD_NANOS = Long.getLong("pace.eager", 100_000);
    private static final long PATIENT_PERIOD_NANOS = Long.getLong("pace.patient", 2_000_000);
    private static final long MIN = Long.getLong("pace.min", 20_000);
    private static long overslept = 100_000;
    static int tries;

    /** Nobody wakes it. Waiting here is a sleep that neither an interrupt nor a stray unpark cuts short. */
    private static final FutexArray NEVER_WOKEN = FutexArray.allocate(1, FutexArray.Spacing.PACKED);

    private WakePace() {}

    static void sleep(long elapsed, long left) {
        long now = System.nanoTime();
        long asked = MIN;
        if (elapsed < EAGER_NANOS && Boolean.getBoolean("pace.simple")) asked = EAGER_PERIOD_NANOS; else if (elapsed < EAGER_NANOS) {
            long toTick = EAGER_PERIOD_NANOS - elapsed % EAGER_PERIOD_NANOS;
            asked = toTick - overslept;
            if (asked < -EAGER_PERIOD_NANOS / 2) asked += EAGER_PERIOD_NANOS;
            asked = Math.max(asked, MIN);
        } else asked = PATIENT_PERIOD_NANOS;
        asked = Math.min(asked, left);
        NEVER_WOKEN.await(0, 0, asked, TimeUnit.NANOSECONDS);
        long over = System.nanoTime() - now - asked;
        overslept += (over - overslept) / 16;
        tries++;
    }
}
