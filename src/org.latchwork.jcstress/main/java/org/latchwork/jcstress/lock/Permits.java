package org.latchwork.jcstress.lock;

import org.latchwork.jcstress.NoWakeIsLost;
import org.latchwork.jcstress.Rounds;
import org.latchwork.lock.RobustSemaphore;
import org.latchwork.lock.Semaphore;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Mode;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.Signal;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** Plain accesses under the only permit, and permits that somebody waits for. */
public class Permits {
    private Permits() {}

    /** Two increments under the only permit of a semaphore */
    @JCStressTest
    @Outcome(id = "2", expect = Expect.ACCEPTABLE, desc = "one after the other")
    @Outcome(expect = Expect.FORBIDDEN, desc = "one is lost")
    @State
    public static class OnlyOne {
        private final Semaphore semaphore = Locked.REGION.semaphore(Locked.name("permit"), 1);
        private int value;

        private void increment() {
            semaphore.acquireUninterruptibly();
            value++;
            semaphore.release();
        }

        @Actor
        public void one() {
            increment();
        }

        @Actor
        public void two() {
            increment();
        }

        @Arbiter
        public void both(I_Result r) {
            r.r1 = value;
        }
    }

    /** Two increments under the only permit of a robust semaphore */
    @JCStressTest
    @Outcome(id = "2", expect = Expect.ACCEPTABLE, desc = "one after the other")
    @Outcome(expect = Expect.FORBIDDEN, desc = "one is lost")
    @State
    public static class OnlyRobustOne {
        private final RobustSemaphore semaphore = Locked.REGION.robustSemaphore(Locked.name("robust permit"), 1);
        private int value;

        private void increment() {
            semaphore.acquireUninterruptibly();
            value++;
            semaphore.release();
        }

        @Actor
        public void one() {
            increment();
        }

        @Actor
        public void two() {
            increment();
        }

        @Arbiter
        public void both(I_Result r) {
            r.r1 = value;
        }
    }

    /** Each permit that is released finds its waiter */
    @JCStressTest(Mode.Termination)
    @JCStressMeta(NoWakeIsLost.class)
    @Description("Each permit that is released finds its waiter, one at a time or two at once")
    @State
    public static class Released extends Rounds {
        private final Semaphore semaphore = Locked.REGION.semaphore(Locked.name("released"), 0);

        @Actor
        public void waiter() {
            awaitAll();
        }

        @Signal
        public void waker() {
            wakeAll();
        }

        @Override
        protected void await(int round) {
            semaphore.acquireUninterruptibly(2);
        }

        @Override
        protected void wake(int round) {
            if (round % 2 == 0) {
                semaphore.release(2);
            } else {
                semaphore.release();
                semaphore.release();
            }
        }
    }

    /** Each permit that comes back finds its waiter */
    @JCStressTest(Mode.Termination)
    @JCStressMeta(NoWakeIsLost.class)
    @Description("Each permit that comes back finds its waiter")
    @State
    public static class GivenBack extends Rounds {
        private final RobustSemaphore semaphore = Locked.REGION.robustSemaphore(Locked.name("given back"), 1);

        /** All begins with the permit taken; of a state before this one it may still be. */
        public GivenBack() {
            semaphore.tryAcquire();
        }

        @Actor
        public void waiter() {
            awaitAll();
        }

        @Signal
        public void waker() {
            wakeAll();
        }

        @Override
        protected void await(int round) {
            semaphore.acquireUninterruptibly();
        }

        @Override
        protected void wake(int round) {
            semaphore.release();
        }
    }
}
