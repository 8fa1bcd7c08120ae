package org.latchwork.testing;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waiting for something to become true, with a limit: what tests do instead of sleeping for luck. */
public final class Conditions {
    /** Far beyond anything a healthy run needs; it bounds a hang, and asserts no speed. */
    public static final Duration HANG = Duration.ofSeconds(60);

    private Conditions() {}

    /** Looks every millisecond until the condition holds, and fails with {@code what} after {@link #HANG}. */
    public static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + HANG.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("within " + HANG.toSeconds() + " s this did not come true: " + what);
            }
            LockSupport.parkNanos(1_000_000);
        }
    }
}
