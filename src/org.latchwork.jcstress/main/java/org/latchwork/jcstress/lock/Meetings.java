package org.latchwork.jcstress.lock;

import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.latchwork.jcstress.NoWakeIsLost;
import org.latchwork.jcstress.Pauses;
import org.latchwork.jcstress.Rounds;
import org.latchwork.lock.Barrier;
import org.latchwork.lock.Completion;
import org.latchwork.lock.CountDown;
import org.latchwork.lock.RegionOptions;
import org.latchwork.lock.SyncRegion;
import org.latchwork.wait.Deadline;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Mode;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.Signal;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Who waits for another passes, and then sees what that one did before. What it did is a plain field. */
public class Meetings {
    private Meetings() {}

    /** Checks what the waiter sees when it has passed. */
    public abstract static class SeenRounds extends Rounds {
        private int reached;

        @Override
        protected final void await(int round) {
            pass(round);
            if (reached < round) {
                throw new IllegalStateException("passed, and sees round " + reached + " instead of " + round);
            }
        }

        @Override
        protected final void wake(int round) {
            reached = round;
            letPass(round);
        }

        abstract void pass(int round);

        abstract void letPass(int round);
    }

    /** A completion, completed for one or for all and begun anew. Fails without the wake. */
    @JCStressTest(Mode.Termination)
    @JCStressMeta(NoWakeIsLost.class)
    @Description("A completion, completed for one or for all and begun anew")
    @State
    public static class Completed extends SeenRounds {
        private final Completion completion = Locked.REGION.completion(Locked.name("completion"));

        /** One of a state before this one may be complete still. */
        public Completed() {
            completion.reinit();
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
        void pass(int round) {
            completion.awaitUninterruptibly();
            if (round % 2 == 0) {
                completion.reinit(); // by whom it was for all
            }
        }

        @Override
        void letPass(int round) {
            if (round % 2 == 0) {
                completion.completeAll();
            } else {
                completion.complete();
            }
        }
    }

    /** A count of two for each round. Fails without the wake. */
    @JCStressTest(Mode.Termination)
    @JCStressMeta(NoWakeIsLost.class)
    @Description("A count of two for each round")
    @State
    public static class Counted extends SeenRounds {
        /** Of its own: so many names are not in the one of all tests. */
        private static final SyncRegion REGION = SyncRegion.anonymous(RegionOptions.DEFAULT.objects(2048));

        private final CountDown[] counts = new CountDown[ROUNDS + 1];

        /** New ones: a count goes down once. */
        public Counted() {
            String name = Locked.name("count");
            for (int round = 1; round <= ROUNDS; round++) {
                REGION.remove(name + " " + round);
                counts[round] = REGION.countDown(name + " " + round, 2);
            }
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
        void pass(int round) {
            counts[round].awaitUninterruptibly();
        }

        @Override
        void letPass(int round) {
            counts[round].countDown();
            counts[round].countDown();
        }
    }

    /** Two at a barrier, each of which may be the last. Fails if the last one wakes nobody. */
    @JCStressTest(Mode.Termination)
    @JCStressMeta(NoWakeIsLost.class)
    @Description("Two at a barrier, each of which may be the last")
    @State
    public static class Met extends SeenRounds {
        private final Barrier barrier = Locked.REGION.barrier(Locked.name("barrier"), 2);

        /** One of a state before this one may have somebody waiting still. */
        public Met() {
            barrier.reset();
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
        void pass(int round) {
            meet(Deadline.NEVER);
        }

        /** Not for ever: that would hang the harness. */
        @Override
        void letPass(int round) {
            meet(Deadline.after(Pauses.HANG_SECONDS, TimeUnit.SECONDS));
        }

        private void meet(Deadline deadline) {
            try {
                barrier.await(deadline);
            } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
                throw new IllegalStateException("nobody interrupts, dies, resets it or stays away", e);
            }
        }
    }

    /** Two at a barrier: each sees what the other did before. Fails if one that is not the last ends the phase. */
    @JCStressTest
    @Outcome(id = {"0, 1", "1, 0"}, expect = Expect.ACCEPTABLE, desc = "one was missing when the other came")
    @Outcome(id = {"-1, .*", ".*, -1"}, expect = Expect.FORBIDDEN, desc = "one passed alone, or does not see what the other did before")
    @Outcome(id = {"-2, .*", ".*, -2"}, expect = Expect.FORBIDDEN, desc = "they did not meet: one sleeps on, or was told that it is broken")
    @Outcome(expect = Expect.FORBIDDEN, desc = "both came last, or none")
    @State
    public static class Both {
        private final Barrier barrier = Locked.REGION.barrier(Locked.name("both"), 2);
        private int one;
        private int two;

        /** {@return how many were missing, or -2} Never blocks for ever: that would hang the harness. */
        private int meet() {
            try {
                return barrier.await(Pauses.HANG_SECONDS, TimeUnit.SECONDS);
            } catch (TimeoutException | InterruptedException | BrokenBarrierException e) {
                return -2;
            }
        }

        @Actor
        public void one(II_Result r) {
            one = 1;
            int missing = meet();
            r.r1 = missing < 0 || two == 1 ? missing : -1;
        }

        @Actor
        public void two(II_Result r) {
            two = 1;
            int missing = meet();
            r.r2 = missing < 0 || one == 1 ? missing : -1;
        }
    }
}
