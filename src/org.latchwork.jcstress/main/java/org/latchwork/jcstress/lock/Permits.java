package org.latchwork.jcstress.lock;

import org.latchwork.jcstress.NoWakeIsLost;
import org.latchwork.jcstress.Pauses;
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
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** There are as many permits as were made, and each finds its waiter. */
public class Permits {
    private Permits() {}

    /** Who has all permits counts, in a plain field. */
    public abstract static class Alone {
        private int count;

        final void count() {
            count++;
        }

        final int counted() {
            return count;
        }
    }

    /** Both permits of a semaphore, taken at once and one by one. Fails if two are taken where there is one. */
    @JCStressTest
    @Outcome(id = "2, 2", expect = Expect.ACCEPTABLE, desc = "one after the other, and all permits are back")
    @Outcome(id = "2, .*", expect = Expect.FORBIDDEN, desc = "a permit is lost, or there is one too many")
    @Outcome(expect = Expect.FORBIDDEN, desc = "more permits were taken than there are")
    @State
    public static class Both extends Alone {
        private final Semaphore semaphore = Locked.REGION.semaphore(Locked.name("permits"), 2);

        @Actor
        public void atOnce() {
            semaphore.acquireUninterruptibly(2);
            count();
            semaphore.release(2);
        }

        @Actor
        public void oneByOne() {
            semaphore.acquireUninterruptibly();
            semaphore.acquireUninterruptibly();
            count();
            semaphore.release();
            semaphore.release();
        }

        @Arbiter
        public void both(II_Result r) {
            r.r1 = counted();
            r.r2 = semaphore.availablePermits();
        }
    }

    /** Both permits of a robust semaphore. Fails if the state is set after a look, without comparing. */
    @JCStressTest
    @Outcome(id = "2, 2", expect = Expect.ACCEPTABLE, desc = "one after the other, and all permits are back")
    @Outcome(id = "2, .*", expect = Expect.FORBIDDEN, desc = "a permit is lost, or there is one too many")
    @Outcome(expect = Expect.FORBIDDEN, desc = "more permits were taken than there are")
    @State
    public static class BothRobust extends Alone {
        private final RobustSemaphore semaphore = Locked.REGION.robustSemaphore(Locked.name("robust permits"), 2);

        @Actor
        public void atOnce() {
            semaphore.acquireUninterruptibly(2);
            count();
            semaphore.release(2);
        }

        @Actor
        public void oneByOne() {
            semaphore.acquireUninterruptibly();
            semaphore.acquireUninterruptibly();
            count();
            semaphore.release();
            semaphore.release();
        }

        @Arbiter
        public void both(II_Result r) {
            r.r1 = counted();
            r.r2 = semaphore.availablePermits();
        }
    }

    /** What one drains and gives back, while another takes one and gives it back, is what there was. Fails if the word is set after a look. */
    @JCStressTest
    @Outcome(id = "3", expect = Expect.ACCEPTABLE, desc = "all permits are back")
    @Outcome(expect = Expect.FORBIDDEN, desc = "a permit is lost, or there is one too many")
    @State
    public static class Drained {
        private final Semaphore semaphore = Locked.REGION.semaphore(Locked.name("drained"), 3);

        @Actor
        public void drainer() {
            semaphore.release(semaphore.drainPermits());
        }

        @Actor
        public void taker() {
            if (semaphore.tryAcquire()) {
                semaphore.release();
            }
        }

        @Arbiter
        public void both(I_Result r) {
            r.r1 = semaphore.availablePermits();
        }
    }

    /** Each permit that is released finds its waiter. Fails without the wake. */
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

    /** Each permit that comes back finds its waiter. Fails without the wake, or without the look after the bit is set. */
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

    /** Two releases find two waiters, however they meet. Fails without the wake. */
    @JCStressTest(Mode.Termination)
    @JCStressMeta(NoWakeIsLost.class)
    @Description("Two releases find two waiters, however they meet")
    @State
    public static class ReleasedTwice extends PairRounds {
        private final Semaphore semaphore = Locked.REGION.semaphore(Locked.name("released twice"), 0);

        @Actor
        public void waiters() {
            awaitAll();
        }

        @Signal
        public void waker() {
            wakeAll();
        }

        @Override
        void pass(int round) {
            semaphore.acquireUninterruptibly();
        }

        @Override
        protected void wake(int round) {
            untilBothCome(round);
            semaphore.release();
            Pauses.ofAnyLength();
            semaphore.release();
        }
    }
}
