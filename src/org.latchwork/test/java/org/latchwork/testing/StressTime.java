package org.latchwork.testing;

import java.util.concurrent.TimeUnit;

/**
 * How long one test of the profile {@code stress} may take: a tenth of {@code latchwork.stress.seconds}. A test that could take longer ends
 * when the time is over and says how far it came.
 */
public final class StressTime {
    private static final int SHARES = 10;

    private final long end;

    private StressTime(long end) {
        this.end = end;
    }

    /** {@return the time of one test, beginning now} */
    public static StressTime start() {
        long seconds = Integer.getInteger("latchwork.stress.seconds", 180);
        return new StressTime(System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds) / SHARES);
    }

    /** {@return time without an end, for the short forms of the same tests} */
    public static StressTime endless() {
        return new StressTime(Long.MAX_VALUE);
    }

    /** {@return whether it is over} */
    public boolean isOver() {
        return System.nanoTime() >= end;
    }
}
