package org.latchwork.jcstress.lock;

import org.latchwork.jcstress.NoWakeIsLost;
import org.latchwork.lock.Mutex;
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
import org.openjdk.jcstress.infra.results.ZZI_Result;

/** One holder at a time, who sees what the one before it did; and nobody sleeps on a lock that is free. */
public class Mutexes {
    private Mutexes() {}

    /** {@link Mutex}: both count. Fails if the word is set after a look, without comparing. */
    @JCStressTest
    @Outcome(id = "4", expect = Expect.ACCEPTABLE, desc = "no count is lost: each saw those before it")
    @Outcome(expect = Expect.FORBIDDEN, desc = "two had the lock at a time, or one did not see what the other did")
    @State
    public static class Plain extends Counting {
        /** A state. */
        public Plain() {
            super(Locked.REGION.mutex(Locked.name("mutex")));
        }

        @Actor
        public void one() {
            countTwice();
        }

        @Actor
        public void two() {
            countTwice();
        }

        @Arbiter
        public void both(I_Result r) {
            r.r1 = counted();
        }
    }

    /** {@link Mutex}: one that does not wait counts, or is turned away because of the other. Fails if the word is set after a look. */
    @JCStressTest
    @Outcome(id = "true, true, 2", expect = Expect.ACCEPTABLE, desc = "one after the other")
    @Outcome(id = {"true, false, 1", "false, true, 1"}, expect = Expect.ACCEPTABLE, desc = "one was there, and the other did not wait")
    @Outcome(id = "false, false, 0", expect = Expect.ACCEPTABLE, desc = "another state has the lock: they share it")
    @Outcome(expect = Expect.FORBIDDEN, desc = "two had the lock at a time, or one counted without it")
    @State
    public static class Tried extends Counting {
        /** A state. */
        public Tried() {
            super(Locked.REGION.mutex(Locked.name("mutex")));
        }

        private boolean tryToCount() {
            return lock.tryAcquire().map(held -> {
                count++;
                held.close();
                return true;
            }).orElse(false);
        }

        @Actor
        public void one(ZZI_Result r) {
            r.r1 = tryToCount();
        }

        @Actor
        public void two(ZZI_Result r) {
            r.r2 = tryToCount();
        }

        @Arbiter
        public void both(ZZI_Result r) {
            r.r3 = counted();
        }
    }

    /**
     * {@link org.latchwork.lock.ReentrantMutex}: who has it takes it again, and has it until it has let it go as often. Fails if relocking does not
     * count, or if another's lock passes for one's own.
     */
    @JCStressTest
    @Outcome(id = "4", expect = Expect.ACCEPTABLE, desc = "no count is lost")
    @Outcome(expect = Expect.FORBIDDEN, desc = "the lock was free after the inner release, or one took the other's for its own")
    @State
    public static class Reentrant extends Counting {
        /** A state. */
        public Reentrant() {
            super(Locked.REGION.reentrantMutex(Locked.name("reentrant")));
        }

        private void countBetween() {
            try (var _ = lock.acquire()) {
                try (var _ = lock.acquire()) {
                    count++;
                }
                count++;
            }
        }

        @Actor
        public void one() {
            countBetween();
        }

        @Actor
        public void two() {
            countBetween();
        }

        @Arbiter
        public void both(I_Result r) {
            r.r1 = counted();
        }
    }

    /**
     * Of two that wait for the holder both get the lock, the second from the first. Fails without the
     * wake, or if who has slept takes it without WAITERS.
     */
    @JCStressTest(Mode.Termination)
    @JCStressMeta(NoWakeIsLost.class)
    @Description("Of two that wait for the holder both get the lock, the second from the first")
    @State
    public static class HandedOn extends PairRounds {
        private final Mutex mutex = Locked.REGION.mutex(Locked.name("mutex"));

        @Actor
        public void waiters() {
            awaitAll();
        }

        @Signal
        public void holder() {
            wakeAll();
        }

        @Override
        void pass(int round) {
            mutex.lock();
            mutex.unlock();
        }

        @Override
        protected void wake(int round) {
            mutex.lock();
            untilBothCome(round);
            mutex.unlock();
        }
    }
}
