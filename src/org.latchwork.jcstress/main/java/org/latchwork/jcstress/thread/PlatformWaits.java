package org.latchwork.jcstress.thread;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.latchwork.futex.FutexArray;
import org.latchwork.jcstress.AnyRounds;
import org.latchwork.jcstress.CloseRounds;
import org.latchwork.jcstress.CountedRounds;
import org.latchwork.jcstress.InterruptRounds;
import org.latchwork.jcstress.NoWakeIsLost;
import org.latchwork.jcstress.WordRounds;
import org.latchwork.jcstress.Words;
import org.latchwork.wait.Deadline;
import org.latchwork.wait.WaitOutcome;
import org.latchwork.wait.WaitPolicy;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Mode;
import org.openjdk.jcstress.annotations.Signal;
import org.openjdk.jcstress.annotations.State;

/** Whatever should end the wait of a platform thread, ends it. */
public class PlatformWaits {
    private PlatformWaits() {}

    /** The word is changed, then woken */
    @JCStressTest(Mode.Termination)
    @JCStressMeta(NoWakeIsLost.class)
    @Description("The word is changed, then woken")
    @State
    public static class Await extends WordRounds {
        @Actor
        public void waiter() {
            awaitAll();
        }

        @Signal
        public void waker() {
            wakeAll();
        }

        @Override
        protected WaitOutcome await(int word, int expected) {
            return Words.ARRAY.await(word, expected);
        }
    }

    /** The same for a wait that no interrupt ends */
    @JCStressTest(Mode.Termination)
    @JCStressMeta(NoWakeIsLost.class)
    @Description("The same for a wait that no interrupt ends")
    @State
    public static class AwaitUninterruptibly extends WordRounds {
        @Actor
        public void waiter() {
            awaitAll();
        }

        @Signal
        public void waker() {
            wakeAll();
        }

        @Override
        protected WaitOutcome await(int word, int expected) {
            return Words.ARRAY.awaitUninterruptibly(word, expected);
        }
    }

    /** The same for a wait with a deadline, which is far */
    @JCStressTest(Mode.Termination)
    @JCStressMeta(NoWakeIsLost.class)
    @Description("The same for a wait with a deadline, which is far")
    @State
    public static class AwaitUntil extends WordRounds {
        @Actor
        public void waiter() {
            awaitAll();
        }

        @Signal
        public void waker() {
            wakeAll();
        }

        @Override
        protected WaitOutcome await(int word, int expected) {
            return Words.ARRAY.await(word, expected, 1, TimeUnit.HOURS);
        }
    }

    /** The same for a waiter that blocks at once */
    @JCStressTest(Mode.Termination)
    @JCStressMeta(NoWakeIsLost.class)
    @Description("The same for a waiter that blocks at once")
    @State
    public static class Block extends WordRounds {
        @Actor
        public void waiter() {
            awaitAll();
        }

        @Signal
        public void waker() {
            wakeAll();
        }

        @Override
        protected WaitOutcome await(int word, int expected) {
            return Words.ARRAY.await(word, expected, Deadline.NEVER, WaitPolicy.block());
        }
    }

    /** The same for a waiter that always spins first */
    @JCStressTest(Mode.Termination)
    @JCStressMeta(NoWakeIsLost.class)
    @Description("The same for a waiter that always spins first")
    @State
    public static class SpinThenBlock extends WordRounds {
        private static final WaitPolicy SPIN_THEN_BLOCK = WaitPolicy.spinThenBlock(Duration.ofNanos(20_000));

        @Actor
        public void waiter() {
            awaitAll();
        }

        @Signal
        public void waker() {
            wakeAll();
        }

        @Override
        protected WaitOutcome await(int word, int expected) {
            return Words.ARRAY.await(word, expected, Deadline.NEVER, SPIN_THEN_BLOCK);
        }
    }

    /** The same for a waiter that only spins */
    @JCStressTest(Mode.Termination)
    @JCStressMeta(NoWakeIsLost.class)
    @Description("The same for a waiter that only spins")
    @State
    public static class Spin extends WordRounds {
        @Actor
        public void waiter() {
            awaitAll();
        }

        @Signal
        public void waker() {
            wakeAll();
        }

        @Override
        protected WaitOutcome await(int word, int expected) {
            return Words.ARRAY.await(word, expected, Deadline.NEVER, WaitPolicy.spin());
        }
    }

    /** The same for a waiter that learns whether to spin */
    @JCStressTest(Mode.Termination)
    @JCStressMeta(NoWakeIsLost.class)
    @Description("The same for a waiter that learns whether to spin")
    @State
    public static class Adaptive extends WordRounds {
        private final WaitPolicy policy = WaitPolicy.adaptive();

        @Actor
        public void waiter() {
            awaitAll();
        }

        @Signal
        public void waker() {
            wakeAll();
        }

        @Override
        protected WaitOutcome await(int word, int expected) {
            return Words.ARRAY.await(word, expected, Deadline.NEVER, policy);
        }
    }

    /** One of two words is changed, then woken */
    @JCStressTest(Mode.Termination)
    @JCStressMeta(NoWakeIsLost.class)
    @Description("One of two words is changed, then woken")
    @State
    public static class AwaitAny extends AnyRounds {
        @Actor
        public void waiter() {
            awaitAll();
        }

        @Signal
        public void waker() {
            wakeAll();
        }
    }

    /** The word stays as it is; one wake is counted */
    @JCStressTest(Mode.Termination)
    @JCStressMeta(NoWakeIsLost.class)
    @Description("The word stays as it is; one wake is counted")
    @State
    public static class AwaitWake extends CountedRounds {
        @Actor
        public void waiter() {
            awaitAll();
        }

        @Signal
        public void waker() {
            wakeAll();
        }
    }

    /** The waiter is interrupted */
    @JCStressTest(Mode.Termination)
    @JCStressMeta(NoWakeIsLost.class)
    @Description("The waiter is interrupted")
    @State
    public static class Interrupt extends InterruptRounds {
        @Actor
        public void waiter() {
            awaitAll();
        }

        @Signal
        public void waker() {
            wakeAll();
        }
    }

    /** The array is closed */
    @JCStressTest(Mode.Termination)
    @JCStressMeta(NoWakeIsLost.class)
    @Description("The array is closed")
    @State
    public static class Close extends CloseRounds {
        @Actor
        public void waiter() {
            awaitAll();
        }

        @Signal
        public void waker() {
            wakeAll();
        }

        @Override
        protected WaitOutcome await(FutexArray words) {
            return words.await(0, 0);
        }
    }
}
