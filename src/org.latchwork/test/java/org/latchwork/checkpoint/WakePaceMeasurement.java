package org.latchwork.checkpoint;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.latchwork.testing.CProgram;

/**
 * Measures {@link WakePace}: a C process comes to a checkpoint up to 20 ms after its waker. Prints how long it waits and what the waker's
 * looking costs. A program, not a test; CONTRIBUTING says how to run it.
 */
final class WakePaceMeasurement {
    private static final long WINDOW = 20_000_000;
    private static final long PATIENT_WINDOW = 1_000_000_000;

    private final Checkpoint checkpoint;

    private WakePaceMeasurement(Checkpoint checkpoint) {
        this.checkpoint = checkpoint;
    }

    public static void main(String[] arguments) throws Exception {
        int arrivals = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1000;
        Path directory = Files.createTempDirectory("latchwork-");
        Path program = CProgram.compile("checkpoint", directory);
        Path file = directory.resolve("file");
        try (Checkpoint checkpoint = Checkpoint.init(file)) {
            WakePaceMeasurement measurement = new WakePaceMeasurement(checkpoint);
            measurement.eagerCpu(100); // warm-up
            System.out.printf("CPU, first 20 ms:  %.1f %% of a core%n", measurement.eagerCpu(100));
            System.out.printf("CPU, afterwards:   %.2f %% of a core%n", measurement.patientCpu());
            Process waiter = new ProcessBuilder(program.toString(), "4", file.toString(), "late", "0").start();
            try (PrintWriter arrive = new PrintWriter(waiter.outputWriter(), true); BufferedReader answer = waiter.inputReader()) {
                measurement.latencies(arrivals / 10, arrive, answer); // warm-up
                long[] nanos = measurement.latencies(arrivals, arrive, answer);
                System.out.printf("latency of %d arrivals: median %.1f µs, 10 %% %.1f µs, 90 %% %.1f µs, most %.1f µs%n", arrivals,
                        nanos[arrivals / 2] / 1e3, nanos[arrivals / 10] / 1e3, nanos[arrivals * 9 / 10] / 1e3, nanos[arrivals - 1] / 1e3);
            }
        }
        for (String name : new String[] {"checkpoint", "file", ""}) {
            Files.delete(directory.resolve(name));
        }
    }

    /** {@return each wait's nanoseconds, sorted} */
    private long[] latencies(int arrivals, PrintWriter arrive, BufferedReader answer) throws Exception {
        long[] nanos = new long[arrivals];
        for (int i = 0; i < arrivals; i++) {
            long start = System.nanoTime() + 2_000_000; // time for the line to arrive
            arrive.println(start + ThreadLocalRandom.current().nextLong(WINDOW));
            sleepUntil(start);
            if (checkpoint.wake(0, 1, 10, TimeUnit.SECONDS) != 1) {
                throw new IllegalStateException("the waiter did not come");
            }
            nanos[i] = Long.parseLong(answer.readLine());
        }
        Arrays.sort(nanos);
        return nanos;
    }

    /** {@return CPU time per time, in percent, of a waker for whom nobody comes, over its first 20 ms} */
    private double eagerCpu(int rounds) throws IOException {
        long used = 0;
        long passed = 0;
        for (int i = 0; i < rounds; i++) {
            long start = System.nanoTime();
            long before = cpuTime();
            checkpoint.wake(1, 1, WINDOW, TimeUnit.NANOSECONDS);
            used += cpuTime() - before;
            passed += System.nanoTime() - start;
            LockSupport.parkNanos(5_000_000);
        }
        return 100.0 * used / passed;
    }

    /** {@return the same for the time after that} */
    private double patientCpu() throws IOException {
        long used = 0;
        long passed = 0;
        for (int i = 0; i < 5; i++) {
            long start = System.nanoTime();
            long before = cpuTime();
            checkpoint.wake(1, 1, PATIENT_WINDOW, TimeUnit.NANOSECONDS);
            used += cpuTime() - before;
            passed += System.nanoTime() - start;
        }
        // Minus the share of the first 20 ms, measured on its own.
        double eager = eagerCpu(50) / 100 * WINDOW * 5;
        return 100.0 * (used - eager) / (passed - WINDOW * 5);
    }

    /** {@return nanoseconds that this thread has spent on a CPU, by proc_pid_schedstat(5)} */
    private static long cpuTime() throws IOException {
        return Long.parseLong(Files.readString(Path.of("/proc/thread-self/schedstat")).split(" ")[0]);
    }

    private static void sleepUntil(long time) {
        for (long left = time - System.nanoTime(); left > 0; left = time - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }
}
