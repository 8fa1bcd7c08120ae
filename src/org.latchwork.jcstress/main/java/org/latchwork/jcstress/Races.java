package org.latchwork.jcstress;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import org.latchwork.futex.Futex;
import org.latchwork.futex.FutexArray;
import org.latchwork.futex.FutexArray.Spacing;
import org.latchwork.wait.WaitOutcome;

/** The races, for any kind of thread: a test names the actors and tells the thread. */
public final class Races {
    private Races() {}

    /** A wake against the deadline. */
    public abstract static class Timeout extends WakeRace {
        /** With the kernel's 50 µs of timer slack it ends at 70 µs or later, which is the middle of the waker's pauses. */
        private static final long TIMEOUT_MICROS = 20;
        private static final long PAUSE_NANOS = 150_000;

        /** One wait. */
        protected Timeout() {
            super(Words.ARRAY, Words.take());
        }

        /** {@return how it ended} */
        protected final WaitOutcome await() {
            start(TIMEOUT_MICROS, TimeUnit.MICROSECONDS);
            return end();
        }

        /** {@return how many the wake has counted} */
        protected final int wake() {
            awaitStart();
            Pauses.upTo(PAUSE_NANOS);
            return array().wake(word(), 1);
        }
    }

    /** A wake against an interrupt. */
    public abstract static class Interrupt extends WakeRace {
        /** One wait. */
        protected Interrupt() {
            super(Words.ARRAY, Words.take());
        }

        /** {@return how it ended} */
        protected final WaitOutcome interrupt() {
            start(Pauses.HANG_SECONDS, TimeUnit.SECONDS);
            Pauses.ofAnyLength();
            waiter().interrupt();
            return end();
        }

        /** {@return how many the wake has counted} */
        protected final int wake() {
            awaitStart();
            Pauses.ofAnyLength();
            return array().wake(word(), 1);
        }
    }

    /** A wake against the closing of the array. The wake is a raw one, as of another process, which knows nothing of the closing. */
    public abstract static class Close extends WakeRace {
        private static final int COUNT = 1 << 15;
        /** Never given back: closing leaves it alone. */
        private static final MemorySegment MEMORY =
                Arena.global().allocate((long) COUNT * Spacing.CACHE_LINE.bytes(), Spacing.CACHE_LINE.bytes());

        /** One wait on an array of its own. */
        protected Close() {
            super(FutexArray.of(MEMORY.asSlice((long) (Words.take() % COUNT) * Spacing.CACHE_LINE.bytes(), Spacing.CACHE_LINE.bytes()),
                    Spacing.CACHE_LINE, Futex.PRIVATE), 0);
        }

        /** {@return how it ended} */
        protected final WaitOutcome close() {
            start(Pauses.HANG_SECONDS, TimeUnit.SECONDS);
            Pauses.ofAnyLength();
            array().close();
            return end();
        }

        /** {@return how many the wake has counted} */
        protected final int wake() {
            awaitStart();
            Pauses.ofAnyLength();
            return Futex.PRIVATE.wake(array().word(0), 1);
        }
    }

    /** One of two waiters of a word, and one of two wakers, each of which wakes one. */
    public abstract static class OneOfTwo extends WakeRace {
        /** On a word that the other waits on, too. */
        protected OneOfTwo(int word) {
            super(Words.ARRAY, word);
        }

        /** {@return how it ended, after one has been woken, this or the other} */
        public final WaitOutcome wakeOne() {
            start(Pauses.HANG_SECONDS, TimeUnit.SECONDS);
            Pauses.until(() -> array().wake(word(), 1) == 1);
            return end();
        }
    }
}
