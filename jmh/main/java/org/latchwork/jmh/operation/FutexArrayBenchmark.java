package org.latchwork.jmh.operation;

import java.util.concurrent.TimeUnit;
import org.latchwork.futex.FutexArray;
import org.latchwork.wait.Deadline;
import org.latchwork.wait.WaitOutcome;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What the operations of {@link FutexArray} cost with nobody else about, on a memfd. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
@Fork(value = 3, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class FutexArrayBenchmark {
    private static final Deadline PASSED = Deadline.after(0, TimeUnit.NANOSECONDS);

    private FutexArray words;

    @Setup
    public void open() {
        // Closing for the first time sets up calls, which -prof gc would charge to the operation: JMH closes within the last iteration.
        FutexArray.memfd("benchmark", 2, FutexArray.Spacing.CACHE_LINE).close();
        words = FutexArray.memfd("benchmark", 2, FutexArray.Spacing.CACHE_LINE);
    }

    @TearDown
    public void close() {
        words.close();
    }

    @Benchmark
    public int get() {
        return words.get(0);
    }

    @Benchmark
    public boolean compareAndSet() {
        return words.compareAndSet(0, 0, 0);
    }

    @Benchmark
    public int getAndAdd() {
        return words.getAndAdd(0, 1);
    }

    @Benchmark
    public int wakeNobody() {
        return words.wake(1, 1);
    }

    @Benchmark
    public WaitOutcome awaitOtherValue() {
        return words.await(1, 1);
    }

    @Benchmark
    public WaitOutcome awaitPastDeadline() {
        return words.await(1, 0, PASSED);
    }

    @Benchmark
    public WaitOutcome awaitZeroTimeout() {
        return words.await(1, 0, 0, TimeUnit.SECONDS);
    }
}
