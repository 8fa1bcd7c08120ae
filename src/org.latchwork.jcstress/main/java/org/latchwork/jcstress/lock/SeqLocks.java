package org.latchwork.jcstress.lock;

import org.latchwork.lock.SeqLock;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Plain accesses under a sequence lock, by readers that write nothing. */
public class SeqLocks {
    private SeqLocks() {}

    /** Two halves, changed by a writer. */
    public abstract static class Halves {
        final SeqLock lock = Locked.REGION.seqLock(Locked.name("seq"));
        int one;
        int two;

        final void write() {
            try (var _ = lock.acquire()) {
                one++;
                two++;
            }
        }
    }

    /** What validates is whole. */
    @JCStressTest
    @Outcome(id = {"0, 0", "1, 1", "2, 2"}, expect = Expect.ACCEPTABLE, desc = "all or nothing")
    @Outcome(id = "-1, -1", expect = Expect.ACCEPTABLE, desc = "a writer came between")
    @Outcome(expect = Expect.FORBIDDEN, desc = "half of a change was said to be whole")
    @State
    public static class Optimistic extends Halves {
        @Actor
        public void writer() {
            write();
            write();
        }

        @Actor
        public void reader(II_Result r) {
            long stamp = lock.tryOptimisticRead();
            int first = one;
            int second = two;
            boolean whole = lock.validate(stamp);
            r.r1 = whole ? first : -1;
            r.r2 = whole ? second : -1;
        }
    }

    /** A read comes to its end, with something whole. */
    @JCStressTest
    @Outcome(id = {"0, 0", "1, 1", "2, 2"}, expect = Expect.ACCEPTABLE, desc = "all or nothing")
    @Outcome(expect = Expect.FORBIDDEN, desc = "half of a change")
    @State
    public static class Read extends Halves {
        @Actor
        public void writer() {
            write();
            write();
        }

        @Actor
        public void reader(II_Result r) {
            long both = lock.read(() -> (long) one << Integer.SIZE | two);
            r.r1 = (int) (both >>> Integer.SIZE);
            r.r2 = (int) both;
        }
    }
}
