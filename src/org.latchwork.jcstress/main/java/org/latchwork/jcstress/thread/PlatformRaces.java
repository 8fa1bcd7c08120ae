package org.latchwork.jcstress.thread;

import java.util.concurrent.Executor;
import org.latchwork.jcstress.NoCountedWakeIsLost;
import org.latchwork.jcstress.Races;
import org.latchwork.jcstress.Threads;
import org.latchwork.jcstress.Words;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LI_Result;
import org.openjdk.jcstress.infra.results.LL_Result;

/** A wake, and something else that ends the wait of a platform thread, at the same time. */
public class PlatformRaces {
    private PlatformRaces() {}

    /** A wake against the deadline */
    @JCStressTest
    @JCStressMeta(NoCountedWakeIsLost.class)
    @Description("A wake against the deadline")
    @State
    public static class Timeout extends Races.Timeout {
        @Override
        protected Executor executor() {
            return Threads.PLATFORM;
        }

        @Actor
        public void waiter(LI_Result r) {
            r.r1 = await();
        }

        @Actor
        public void waker(LI_Result r) {
            r.r2 = wake();
        }
    }

    /** A wake against an interrupt */
    @JCStressTest
    @JCStressMeta(NoCountedWakeIsLost.class)
    @Description("A wake against an interrupt")
    @State
    public static class Interrupt extends Races.Interrupt {
        @Override
        protected Executor executor() {
            return Threads.PLATFORM;
        }

        @Actor
        public void interrupter(LI_Result r) {
            r.r1 = interrupt();
        }

        @Actor
        public void waker(LI_Result r) {
            r.r2 = wake();
        }
    }

    /** A wake against the closing of the array */
    @JCStressTest
    @JCStressMeta(NoCountedWakeIsLost.class)
    @Description("A wake against the closing of the array")
    @State
    public static class Close extends Races.Close {
        @Override
        protected Executor executor() {
            return Threads.PLATFORM;
        }

        @Actor
        public void closer(LI_Result r) {
            r.r1 = close();
        }

        @Actor
        public void waker(LI_Result r) {
            r.r2 = wake();
        }
    }

    /** Two waiters, two wakes of one: both return. */
    @JCStressTest
    @Outcome(id = "WOKEN, WOKEN", expect = Expect.ACCEPTABLE, desc = "a wake each")
    @Outcome(expect = Expect.FORBIDDEN, desc = "a wake was counted and is lost")
    @Description("Two waiters, two wakes of one: both return")
    @State
    public static class Two {
        private final int word = Words.take();
        private final One first = new One(word);
        private final One second = new One(word);

        @Actor
        public void first(LL_Result r) {
            r.r1 = first.wakeOne();
        }

        @Actor
        public void second(LL_Result r) {
            r.r2 = second.wakeOne();
        }

        private static final class One extends Races.OneOfTwo {
            One(int word) {
                super(word);
            }

            @Override
            protected Executor executor() {
                return Threads.PLATFORM;
            }
        }
    }
}
