package org.latchwork.wait;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * How long a wait looks at its word before it blocks in the kernel.
 *
 * <p>A waiter that is still looking sees a change of its word within a fraction of a microsecond; one that sleeps has to be woken, which
 * takes 3 to 50 times as long and costs waker and kernel something, too. But looking takes a CPU, perhaps the very one that the other
 * side needs.
 *
 * <p>{@link #block()}, {@link #spin()} and those of {@link #spinThenBlock} have no state. Each {@link #adaptive()} one learns from the waits
 * that use it, so take one for each lock or each purpose. All are safe for use by many threads.
 *
 * {@snippet class="org.latchwork.examples.WaitingExample" region="policy"}
 *
 * <p>{@link org.latchwork.futex.FutexArray} asks its policy before each wait; who builds waiting of another kind can do the same, with
 * {@link #spinNanos} and {@link #learn}.
 */
public abstract sealed class WaitPolicy permits WaitPolicy.Fixed, AdaptivePolicy {
    private static final WaitPolicy BLOCK = new Fixed(0, "block");
    private static final WaitPolicy SPIN = new Fixed(Long.MAX_VALUE, "spin");

    WaitPolicy() {}

    /** {@return block at once} Right where the other side takes its time, and for words that nobody changes. */
    public static WaitPolicy block() {
        return BLOCK;
    }

    /**
     * {@return spin for so long, then block}
     *
     * @param spin how long at most, 0 or more
     * @throws IllegalArgumentException if it is negative
     */
    public static WaitPolicy spinThenBlock(Duration spin) {
        long nanos = TimeUnit.NANOSECONDS.convert(Objects.requireNonNull(spin, "spin"));
        if (nanos < 0) {
            throw new IllegalArgumentException("spin " + spin + " is negative; 0 blocks at once");
        }
        return new Fixed(nanos, "spin " + spin + ", then block");
    }

    /**
     * {@return a new policy that spins as long as that has paid off lately, then blocks} The default.
     *
     * <p>It never spins on a machine, or in a container, with one CPU, nor beside as many spinners of this process as there are CPUs for, and
     * takes having lost its CPU for a failure.
     */
    public static WaitPolicy adaptive() {
        return new AdaptivePolicy();
    }

    /**
     * {@return spin and never block} The other side need not wake anybody. Where there is one CPU, or others spin on all of them, it gives
     * way ({@link Thread#yield()}) between two looks.
     */
    public static WaitPolicy spin() {
        return SPIN;
    }

    /** {@return how long the next wait may spin, in nanoseconds; 0 not at all, {@link Long#MAX_VALUE} for ever} */
    public abstract long spinNanos();

    /**
     * Tells how a wait that has spun went.
     *
     * @param nanos how long it spun
     * @param changed whether the word changed meanwhile
     */
    public abstract void learn(long nanos, boolean changed);

    /** Always the same time. */
    static final class Fixed extends WaitPolicy {
        private final long nanos;
        private final String text;

        Fixed(long nanos, String text) {
            this.nanos = nanos;
            this.text = text;
        }

        @Override
        public long spinNanos() {
            return nanos;
        }

        @Override
        public void learn(long spun, boolean changed) {}

        @Override
        public String toString() {
            return text;
        }
    }
}
