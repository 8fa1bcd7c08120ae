package org.latchwork.jcstress;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Spinning for a while, so that the racing step comes now earlier, now later. */
public final class Pauses {
    /** Longer than any wait here, unless its wake is lost. */
    public static final long HANG_SECONDS = 10;

    /** Some 30 µs of spinning. */
    private static final int SPINS = 500;
    private static final long SLEEP_NANOS = 20_000;

    private Pauses() {}

    /**
     * Up to a quarter of a millisecond, but every order of magnitude below as often: the step can meet the other thread's look at its word,
     * its way into the kernel (1 to 3 µs), its spinning (30 µs) and its sleep.
     */
    public static void ofAnyLength() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        spin(random.nextLong(1L << random.nextInt(1, 19)));
    }

    /** Evenly distributed, to hit one moment. */
    public static void upTo(long nanos) {
        spin(ThreadLocalRandom.current().nextLong(nanos));
    }

    private static void spin(long nanos) {
        long start = System.nanoTime();
        while (System.nanoTime() - start < nanos) {
            Thread.onSpinWait();
        }
    }

    /**
     * Spins until something holds that another thread makes hold; if that takes longer, sleeps between two looks, as that thread may need
     * this CPU: jcstress runs as many tests at a time as there are CPUs.
     *
     * @return whether it came before {@link #HANG_SECONDS} were over: who goes on for ever hangs the harness instead of failing the test
     */
    public static boolean until(BooleanSupplier condition) {
        long start = 0;
        for (int looks = 1; !condition.getAsBoolean(); looks++) {
            Thread.onSpinWait();
            if (looks >= SPINS) {
                long now = System.nanoTime();
                start = start == 0 ? now : start;
                if (now - start > HANG_SECONDS * 1_000_000_000) {
                    return false;
                }
                LockSupport.parkNanos(SLEEP_NANOS);
            }
        }
        return true;
    }
}
