package org.latchwork.jmh.wake;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.latchwork.jmh.abi.Bench;
import org.latchwork.jmh.abi.rusage;
import org.latchwork.jmh.abi.timespec;

/**
 * What a stretch of code costs the calling thread: its CPU time ({@code CLOCK_THREAD_CPUTIME_ID}; or, where others work for it, its
 * process's, {@code CLOCK_PROCESS_CPUTIME_ID}) and its context switches
 * ({@code getrusage(RUSAGE_THREAD)}). Reading the clock costs time itself, so it is read twice before: what lies between these two is taken
 * off.
 */
public final class Cost {
    private final MemorySegment time = Arena.ofAuto().allocate(timespec.layout());
    private final MemorySegment usage = Arena.ofAuto().allocate(rusage.layout());
    private final int clock;

    private Cost(int clock) {
        this.clock = clock;
    }

    /** {@return the costs of the calling thread} */
    public static Cost ofThread() {
        return new Cost(Bench.CLOCK_THREAD_CPUTIME_ID());
    }

    /** {@return the CPU time of the whole process, and the context switches of the calling thread} */
    static Cost ofProcess() {
        return new Cost(Bench.CLOCK_PROCESS_CPUTIME_ID());
    }

    /** {@return the CPU time so far} */
    public long cpuNanos() {
        Bench.clock_gettime(clock, time);
        return timespec.tv_sec(time) * 1_000_000_000L + timespec.tv_nsec(time);
    }

    /** Reads the calling thread's context switches, for the two methods below. */
    void readSwitches() {
        Bench.getrusage(Bench.RUSAGE_THREAD(), usage);
    }

    /** {@return how often it gave up its CPU: it slept} */
    long voluntarySwitches() {
        return rusage.ru_nvcsw(usage);
    }

    /** {@return how often its CPU was taken away: it wanted to run} */
    long involuntarySwitches() {
        return rusage.ru_nivcsw(usage);
    }
}
