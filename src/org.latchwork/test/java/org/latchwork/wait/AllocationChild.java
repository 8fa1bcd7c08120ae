package org.latchwork.wait;

import java.lang.reflect.Method;
import java.util.concurrent.TimeUnit;
import org.latchwork.futex.FutexArray;

/**
 * A JVM that waits in vain many times and prints how many bytes a wait allocates once it is compiled. By reflection, since the module under
 * test does without {@code java.management}.
 */
public final class AllocationChild {
    private static final int WARM_UP = 30_000;
    private static final int ROUNDS = 5;
    private static final int WAITS = 1_000;

    private AllocationChild() {}

    /** Prints the least of some rounds: while a compiler is still at it, a round allocates what later ones do not. */
    public static void main(String[] arguments) throws Exception {
        Object threads = Class.forName("java.lang.management.ManagementFactory").getMethod("getThreadMXBean").invoke(null);
        Method allocated = Class.forName("com.sun.management.ThreadMXBean").getMethod("getCurrentThreadAllocatedBytes");
        try (FutexArray array = FutexArray.memfd("allocation", 1, FutexArray.Spacing.PACKED)) {
            await(array, WARM_UP, 0);
            await(array, WARM_UP / 10, 1);
            long least = Long.MAX_VALUE;
            for (int round = 0; round < ROUNDS; round++) {
                long before = (long) allocated.invoke(threads);
                long between = (long) allocated.invoke(threads); // what asking takes
                await(array, WAITS, 1);
                long after = (long) allocated.invoke(threads);
                least = Math.min(least, after - between - (between - before));
            }
            System.out.println(least / (double) WAITS);
        }
    }

    private static void await(FutexArray array, int times, long micros) {
        for (int i = 0; i < times; i++) {
            WaitOutcome awaited = array.await(0, 0, micros, TimeUnit.MICROSECONDS);
            WaitOutcome exact = array.awaitWake(0, 0, micros, TimeUnit.MICROSECONDS);
            if (awaited != WaitOutcome.TIMED_OUT || exact != WaitOutcome.TIMED_OUT) {
                throw new AssertionError(awaited + ", " + exact);
            }
        }
    }
}
