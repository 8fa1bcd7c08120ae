package org.latchwork.jcstress.lock;

import java.util.concurrent.TimeUnit;
import org.latchwork.wait.Deadline;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IZ_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** Plain accesses under a spinning lock. */
public class SpinningLocks {
    private SpinningLocks() {}

    /** {@link org.latchwork.lock.SpinLock}: both count. */
    @JCStressTest
    @Outcome(id = "4", expect = Expect.ACCEPTABLE, desc = "no count is lost")
    @Outcome(expect = Expect.FORBIDDEN, desc = "two had the lock at a time")
    @State
    public static class Spin extends Counting {
        /** A state. */
        public Spin() {
            super(Locked.REGION.spinLock(Locked.name("spin")));
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

    /** {@link org.latchwork.lock.TicketLock}: both count. */
    @JCStressTest
    @Outcome(id = "4", expect = Expect.ACCEPTABLE, desc = "no count is lost")
    @Outcome(expect = Expect.FORBIDDEN, desc = "two had the lock at a time")
    @State
    public static class Ticket extends Counting {
        /** A state. */
        public Ticket() {
            super(Locked.REGION.ticketLock(Locked.name("ticket")));
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

    /** {@link org.latchwork.lock.TicketLock}: one gives up and leaves its place, which the other passes. */
    @JCStressTest
    @Outcome(id = "3, true", expect = Expect.ACCEPTABLE, desc = "it came in time")
    @Outcome(id = "2, false", expect = Expect.ACCEPTABLE, desc = "it has given up")
    @Outcome(expect = Expect.FORBIDDEN, desc = "two had the lock at a time, or it counted without it")
    @State
    public static class TicketGivenUp extends Counting {
        /** A state. */
        public TicketGivenUp() {
            super(Locked.REGION.ticketLock(Locked.name("ticket")));
        }

        /** Counts if it gets the lock in time. */
        private boolean countOrGiveUp() {
            try {
                return lock.tryAcquire(Deadline.after(1, TimeUnit.MICROSECONDS)).map(held -> {
                    count++;
                    held.close();
                    return true;
                }).orElse(false);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        @Actor
        public void one() {
            countTwice();
        }

        @Actor
        public void two(IZ_Result r) {
            r.r2 = countOrGiveUp();
        }

        @Arbiter
        public void both(IZ_Result r) {
            r.r1 = counted();
        }
    }
}
