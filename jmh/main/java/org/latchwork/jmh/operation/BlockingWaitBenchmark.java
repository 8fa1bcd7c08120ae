package org.latchwork.jmh.operation;

import java.util.concurrent.TimeUnit;
import org.latchwork.futex.FutexArray;
import org.latchwork.wait.Deadline;
import org.latchwork.wait.WaitOutcome;
import org.latchwork.wait.WaitPolicy;
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

/**
 * Waits of a platform thread that really block: until a deadline that lies a little ahead, and to and fro with a second thread. What counts
 * is what {@code -prof gc} says of them, which includes the second thread: {@code gc.alloc.rate.norm} is to be 0 bytes.
 * {@link #awaitDeadlineAhead} shows 24 instead: its argument, which the caller makes anew each time.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@State(Scope.Thread)
@Fork(value = 3, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 1)
public class BlockingWaitBenchmark {
    /** Ahead far enough that the kernel has to sleep; timer slack (50 µs unless changed) comes on top. */
    private static final long AHEAD_MICROS = 5;
    /** Longer than an adaptive policy spins, so that it learns to block. */
    private static final long LONG_MICROS = 100;
    private static final WaitPolicy AT_ONCE = WaitPolicy.block();

    private static final int STILL = 0;
    private static final int PING = 1;
    private static final int PONG = 2;
    private static final int WORDS = 3;
    private static final int STOP = -1;
    /** Beside the number: the partner is to take its time. */
    private static final int SLOWLY = 1 << 30;

    private FutexArray words;
    private Thread partner;
    private int number;

    @Setup
    public void open() {
        // Closing for the first time sets up calls, which -prof gc would charge to the operation: JMH closes within the last iteration.
        FutexArray.memfd("benchmark", WORDS, FutexArray.Spacing.CACHE_LINE).close();
        words = FutexArray.memfd("benchmark", WORDS, FutexArray.Spacing.CACHE_LINE);
        partner = Thread.ofPlatform().daemon().name("partner").start(this::answer);
    }

    @TearDown
    public void close() throws InterruptedException {
        say(PING, STOP);
        partner.join();
        words.close();
    }

    private void answer() {
        int heard = 0;
        while (heard != STOP) {
            hear(PING, heard);
            heard = words.get(PING);
            if (heard != STOP && (heard & SLOWLY) != 0) {
                words.awaitWake(STILL, 0, LONG_MICROS, TimeUnit.MICROSECONDS);
            }
            say(PONG, heard);
        }
    }

    private void say(int word, int value) {
        words.set(word, value);
        words.wake(word, 1);
    }

    /** Waits until the word differs. */
    private void hear(int word, int value) {
        while (words.get(word) == value) {
            words.await(word, value, Deadline.NEVER, AT_ONCE);
        }
    }

    @Benchmark
    public void thereAndBack() {
        int before = words.get(PONG);
        say(PING, ++number & ~SLOWLY);
        hear(PONG, before);
    }

    @Benchmark
    public void thereAndSlowlyBackUninterruptibly() {
        int before = words.get(PONG);
        say(PING, ++number | SLOWLY);
        while (words.get(PONG) == before) {
            words.awaitUninterruptibly(PONG, before);
        }
    }

    @Benchmark
    public WaitOutcome awaitDeadlineAhead() {
        return words.await(STILL, 0, Deadline.after(AHEAD_MICROS, TimeUnit.MICROSECONDS), AT_ONCE);
    }

    @Benchmark
    public WaitOutcome awaitAdaptively() {
        return words.await(STILL, 0, LONG_MICROS, TimeUnit.MICROSECONDS);
    }

    @Benchmark
    public WaitOutcome awaitWake() {
        return words.awaitWake(STILL, 0, AHEAD_MICROS, TimeUnit.MICROSECONDS);
    }
}
