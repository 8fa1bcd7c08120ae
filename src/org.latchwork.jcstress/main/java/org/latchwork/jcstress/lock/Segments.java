package org.latchwork.jcstress.lock;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.util.concurrent.TimeUnit;
import org.latchwork.jcstress.Pauses;
import org.latchwork.lock.GuardedSegment;
import org.latchwork.lock.Locks;
import org.latchwork.lock.Mutex;
import org.latchwork.wait.Deadline;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** Plain accesses to a guarded segment, and under several locks. */
public class Segments {
    private Segments() {}

    /** Both halves of a guarded segment, or none. */
    @JCStressTest
    @Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "the reader came first, or saw whole pairs alone")
    @Outcome(expect = Expect.FORBIDDEN, desc = "half of a change")
    @State
    public static class Halves {
        private final GuardedSegment pair = Locked.REGION.guardedSegment(Locked.name("pair"), 8);

        @Actor
        public void writer() {
            try (var guard = pair.acquire()) {
                guard.data().set(JAVA_INT, 0, guard.data().get(JAVA_INT, 0) + 1);
                guard.data().set(JAVA_INT, 4, guard.data().get(JAVA_INT, 4) + 1);
            }
        }

        @Actor
        public void reader(II_Result r) {
            try (var guard = pair.acquire()) {
                r.r1 = guard.data().get(JAVA_INT, 0) - guard.data().get(JAVA_INT, 4);
                r.r2 = guard.ownerDied() ? 1 : 0;
            }
        }
    }

    /**
     * Two take both locks, named in opposite orders. With a deadline: two that wait for each other would hang the harness. Fails if they
     * are taken in the order in which they are named.
     */
    @JCStressTest
    @Outcome(id = "2", expect = Expect.ACCEPTABLE, desc = "one after the other")
    @Outcome(expect = Expect.FORBIDDEN, desc = "both at a time, or each waited for the other")
    @State
    public static class All {
        private final Mutex a = Locked.REGION.mutex(Locked.name("mutex"));
        private final Mutex b = Locked.REGION.mutex(Locked.name("other mutex"));
        private int count;

        private void countWith(Mutex first, Mutex second) {
            try {
                Locks.tryAcquireAll(Deadline.after(Pauses.HANG_SECONDS, TimeUnit.SECONDS), first, second).ifPresent(held -> {
                    count++;
                    held.close();
                });
            } catch (InterruptedException e) {
                throw new IllegalStateException("nobody interrupts it", e);
            }
        }

        @Actor
        public void one() {
            countWith(a, b);
        }

        @Actor
        public void two() {
            countWith(b, a);
        }

        @Arbiter
        public void both(I_Result r) {
            r.r1 = count;
        }
    }
}
