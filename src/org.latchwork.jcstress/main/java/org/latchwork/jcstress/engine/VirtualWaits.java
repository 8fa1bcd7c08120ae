package org.latchwork.jcstress.engine;

import org.latchwork.futex.FutexArray;
import org.latchwork.jcstress.AnyRounds;
import org.latchwork.jcstress.CloseRounds;
import org.latchwork.jcstress.CountedRounds;
import org.latchwork.jcstress.InterruptRounds;
import org.latchwork.jcstress.NoWakeIsLost;
import org.latchwork.jcstress.OnVirtualThread;
import org.latchwork.jcstress.WordRounds;
import org.latchwork.jcstress.Words;
import org.latchwork.wait.WaitOutcome;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Mode;
import org.openjdk.jcstress.annotations.Signal;
import org.openjdk.jcstress.annotations.State;

/** Whatever should end the wait of a virtual thread, ends it. */
public class VirtualWaits {
    private VirtualWaits() {}

    /** The word is changed, then woken */
    @JCStressTest(Mode.Termination)
    @JCStressMeta(NoWakeIsLost.class)
    @Description("The word is changed, then woken")
    @State
    public static class Await extends WordRounds {
        @Actor
        public void waiter() throws InterruptedException {
            OnVirtualThread.run(this::awaitAll);
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
        public void waiter() throws InterruptedException {
            OnVirtualThread.run(this::awaitAll);
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

    /** One of two words is changed, then woken */
    @JCStressTest(Mode.Termination)
    @JCStressMeta(NoWakeIsLost.class)
    @Description("One of two words is changed, then woken")
    @State
    public static class AwaitAny extends AnyRounds {
        @Actor
        public void waiter() throws InterruptedException {
            OnVirtualThread.run(this::awaitAll);
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
        public void waiter() throws InterruptedException {
            OnVirtualThread.run(this::awaitAll);
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
        public void waiter() throws InterruptedException {
            OnVirtualThread.run(this::awaitAll);
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
        public void waiter() throws InterruptedException {
            OnVirtualThread.run(this::awaitAll);
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
