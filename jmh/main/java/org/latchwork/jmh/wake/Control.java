package org.latchwork.jmh.wake;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import org.latchwork.file.MappedFile;
import org.latchwork.file.SharedFile;
import org.latchwork.file.StagedFile;
import org.latchwork.futex.FutexArray;

/**
 * What waker and waiter tell each other besides the wake that is measured: a file that both map. Nothing here is on the path from one time
 * stamp to the other.
 *
 * <p>On one core they give way by sleeping on these words; on two cores they spin, so that the waker's core is not asleep itself.
 */
final class Control implements AutoCloseable {
    /** Words. The waker: wait for this number now; {@link #STOP} ends it. */
    static final int GO = 0;
    /** The waiter: I am about to wait for this number. */
    static final int READY = 1;
    /** The waiter: I have been woken by this number and am done with it. */
    static final int DONE = 2;
    /** The waiter: I am there. */
    static final int ATTACHED = 3;
    private static final int WORDS = 4;

    static final int STOP = -1;

    // Longs, from byte 256 on.
    private static final int STAMP = 32; // the waker's, on a cache line of its own
    private static final int MEASURING = 40;
    private static final int THREAD_ID = 41;
    private static final int PROCESS_ID = 42;
    private static final int COUNT = 48; // the waiter's totals over what is measured
    private static final int CPU = 49;
    private static final int WAITED = 50;
    private static final int VOLUNTARY = 51;
    private static final int INVOLUNTARY = 52;
    private static final long SLEEPS_IN = 512;
    private static final long LATENCIES = 1024;

    private final MemorySegment memory;
    private final FutexArray words;
    private final MemorySegment[] segments = new MemorySegment[WORDS];
    private final boolean giveWay;

    private Control(MappedFile file, boolean giveWay) {
        this.memory = file.segment();
        this.words = FutexArray.over(file, 0, WORDS, FutexArray.Spacing.CACHE_LINE);
        this.giveWay = giveWay;
        Arrays.setAll(segments, words::word);
    }

    private static long bytes(int maxWakes) {
        return LATENCIES + (long) maxWakes * Long.BYTES;
    }

    static Control create(Path file, int maxWakes, boolean giveWay) {
        try (StagedFile staged = StagedFile.in(file.getParent(), 0600)) {
            staged.map(bytes(maxWakes)).close();
            staged.publish(file);
        }
        return attach(file, maxWakes, giveWay);
    }

    static Control attach(Path file, int maxWakes, boolean giveWay) {
        return new Control(SharedFile.open(file).map(bytes(maxWakes)), giveWay);
    }

    void signal(int word, int value) {
        words.set(word, value);
        if (giveWay) {
            words.wake(word, 1);
        }
    }

    /** Waits until the word differs from a value: {@return what it is then} */
    int awaitOther(int word, int value) {
        int seen;
        while ((seen = words.getAcquire(word)) == value) {
            if (giveWay) {
                // As the C program does, and unlike what is measured. No deadline: a timer would lengthen the wake that is measured.
                FutexWords.waitPlainly(words.kind(), segments[word], value);
            } else {
                Thread.onSpinWait();
            }
        }
        return seen;
    }

    private long get(int index) {
        return memory.getAtIndex(ValueLayout.JAVA_LONG, index);
    }

    private void set(int index, long value) {
        memory.setAtIndex(ValueLayout.JAVA_LONG, index, value);
    }

    /** The waiter says who it is, and how it sleeps. */
    void introduce(long processId, long threadId, String sleepsIn) {
        set(PROCESS_ID, processId);
        set(THREAD_ID, threadId);
        memory.setString(SLEEPS_IN, sleepsIn);
        signal(ATTACHED, 1);
    }

    Path waiterTask() {
        return Path.of("/proc/" + get(PROCESS_ID) + "/task/" + get(THREAD_ID));
    }

    String sleepsIn() {
        return memory.getString(SLEEPS_IN);
    }

    void measuring(boolean on) {
        set(MEASURING, on ? 1 : 0);
    }

    boolean measuring() {
        return get(MEASURING) != 0;
    }

    void stamp(long nanos) {
        set(STAMP, nanos);
    }

    long stamp() {
        return get(STAMP);
    }

    void record(long latency, long cpu, long waited, long voluntary, long involuntary) {
        long count = get(COUNT);
        memory.set(ValueLayout.JAVA_LONG, LATENCIES + count * Long.BYTES, latency);
        set(COUNT, count + 1);
        set(CPU, get(CPU) + cpu);
        set(WAITED, get(WAITED) + waited);
        set(VOLUNTARY, get(VOLUNTARY) + voluntary);
        set(INVOLUNTARY, get(INVOLUNTARY) + involuntary);
    }

    /** {@return what the waiter has recorded, with the waker's part} */
    RawSeries series(long proven, long wakerCpuNanos) {
        int count = (int) get(COUNT);
        long[] latencies = memory.asSlice(LATENCIES, (long) count * Long.BYTES).toArray(ValueLayout.JAVA_LONG);
        return new RawSeries(proven, wakerCpuNanos, get(CPU), get(WAITED), get(VOLUNTARY), get(INVOLUNTARY), latencies);
    }

    @Override
    public void close() {
        words.close();
    }
}
