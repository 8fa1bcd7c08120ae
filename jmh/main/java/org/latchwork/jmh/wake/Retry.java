package org.latchwork.jmh.wake;

import org.latchwork.jmh.Os;
import org.latchwork.jmh.abi.Bench;

/** What a waiter does after it has looked in vain. */
interface Retry extends AutoCloseable {
    /** The waiter, before it looks for the first time. */
    default void begin() {}

    /** Between two looks. */
    void pause();

    /** {@return as {@link Waking#sleepsIn}} */
    String sleepsIn();

    @Override
    default void close() {}

    /** It looks again. */
    Retry AT_ONCE = new Retry() {
        @Override
        public void pause() {
            Thread.onSpinWait();
        }

        @Override
        public String sleepsIn() {
            return "none";
        }
    };

    /** It sleeps for a millisecond. */
    Retry AFTER_1_MS = new Retry() {
        @Override
        public void pause() {
            Os.sleepOneMillisecond();
        }

        @Override
        public String sleepsIn() {
            return Bench.SYS_clock_nanosleep() + " ";
        }
    };
}
