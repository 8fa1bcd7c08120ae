package org.latchwork.jcstress.engine;

import org.latchwork.futex.FutexArray;
import org.latchwork.jcstress.CloseRounds;
import org.latchwork.jcstress.NoWakeIsLost;
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

/** Whatever should end a wait without a thread, ends it. */
public class AsyncWaits {
    private AsyncWaits() {}

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
            return Words.ARRAY.awaitAsync(word, expected).join();
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
            return words.awaitAsync(0, 0).join();
        }
    }
}
