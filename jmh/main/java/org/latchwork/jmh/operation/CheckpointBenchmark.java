package org.latchwork.jmh.operation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.latchwork.checkpoint.Checkpoint;
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

/** What the operations of {@link Checkpoint} cost with nobody else about. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
@Fork(value = 3, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class CheckpointBenchmark {
    private Path directory;
    private Checkpoint checkpoint;

    @Setup
    public void open() throws IOException {
        directory = Files.createTempDirectory("latchwork-jmh-");
        checkpoint = Checkpoint.init(directory.resolve("checkpoint"));
    }

    @TearDown
    public void close() throws IOException {
        checkpoint.close();
        Files.delete(checkpoint.path());
        Files.delete(directory);
    }

    @Benchmark
    public int wakeNobody() {
        return checkpoint.wake(0, 1, 0, TimeUnit.SECONDS);
    }

    @Benchmark
    public int wakeZero() {
        return checkpoint.wake(0, 0, 0, TimeUnit.SECONDS);
    }

    @Benchmark
    public WaitOutcome awaitZeroTimeout() {
        return checkpoint.await(0, 0, TimeUnit.SECONDS);
    }

    @Benchmark
    public WaitOutcome awaitOneNanosecond() {
        return checkpoint.await(0, 1, TimeUnit.NANOSECONDS);
    }
}
