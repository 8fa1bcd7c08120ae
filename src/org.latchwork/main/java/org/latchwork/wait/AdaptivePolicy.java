package org.latchwork.wait;

import org.latchwork.linux.ProcessCpus;

/**
 * Spins while that pays off, and tries again ever more rarely while it does not.
 *
 * <p>The criterion is that of the ski-rental problem: whoever does not know how long the wait will be, and spins for as long as blocking
 * would cost, never pays more than twice what the better of the two would have cost. {@link #LONGEST_NANOS} is that cost. While waits
 * end earlier than that, all of them spin. Each that does not doubles the number of waits that block at once before the next one tries, up
 * to {@link #MOST_BLOCKED}; so where spinning is hopeless, as when both sides share a core, it takes 1/1024 of {@link #LONGEST_NANOS} a
 * wait, under 1 % of the 4 µs that a hand-over takes there.
 *
 * <p>Measured by {@code benchmarks.jar policy}, 21 turns, two processes on a 2-core virtual machine, Linux 6.18: with the partner on the
 * other core and up to 10 µs of work, 1.00 times the round trip of spinning for ever, at 30 µs 1.02, at 100 µs that of blocking; on the
 * same core 1.00 to 1.01 times that of blocking, whatever the work.
 *
 * <p>The fields are read and written without any order: a count that is lost among threads does no harm.
 */
final class AdaptivePolicy extends WaitPolicy {
    /**
     * What blocking costs more than spinning, when the other side runs on another core: 28 µs, the median of a wake between two processes
     * (README; the benchmark {@code policy} sweeps it).
     */
    private static final long LONGEST_NANOS = 30_000;
    private static final int MOST_BLOCKED = 1024;

    private static final boolean ONE_CPU = ProcessCpus.COUNT == 1;

    /** How many waits block at once before the next one spins. */
    private int blocked;
    /** What {@link #blocked} was set to after the last failure; 0 after a success. */
    private int backOff;

    @Override
    public long spinNanos() {
        if (ONE_CPU) {
            return 0;
        }
        int left = blocked;
        if (left > 0) {
            blocked = left - 1;
            return 0;
        }
        return LONGEST_NANOS;
    }

    @Override
    public void learn(long nanos, boolean changed) {
        if (changed) {
            backOff = 0;
        } else {
            int next = Math.clamp(2L * backOff, 1, MOST_BLOCKED);
            backOff = next;
            blocked = next;
        }
    }

    @Override
    public String toString() {
        return "adaptive";
    }
}
