package org.latchwork.jcstress.lock;

import org.latchwork.lock.RwLock;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.ZZ_Result;
import org.openjdk.jcstress.infra.results.ZZI_Result;

/** Plain accesses under both sides of a read-write lock. */
public class RwLocks {
    private RwLocks() {}

    /** Two halves, changed by whoever writes. */
    public abstract static class Halves {
        final RwLock lock = Locked.REGION.rwLock(Locked.name("rw"));
        int one;
        int two;

        final void change() {
            one++;
            two++;
        }

        final void write() {
            try (var _ = lock.acquireWrite()) {
                change();
            }
        }
    }

    /** A reader sees both halves of a change or none; one that has waited is let in before the next change or after it. */
    @JCStressTest
    @Outcome(id = {"0, 0", "1, 1", "2, 2"}, expect = Expect.ACCEPTABLE, desc = "all or nothing")
    @Outcome(expect = Expect.FORBIDDEN, desc = "half of a change")
    @State
    public static class Reader extends Halves {
        @Actor
        public void writer() {
            write();
            write();
        }

        @Actor
        public void reader(II_Result r) {
            try (var _ = lock.acquireRead()) {
                r.r1 = one;
                r.r2 = two;
            }
        }
    }

    /** A reader that does not wait: it sees both halves, or is turned away. */
    @JCStressTest
    @Outcome(id = {"0, 0", "1, 1"}, expect = Expect.ACCEPTABLE, desc = "all or nothing")
    @Outcome(id = "-1, -1", expect = Expect.ACCEPTABLE, desc = "a writer was there")
    @Outcome(expect = Expect.FORBIDDEN, desc = "half of a change")
    @State
    public static class ReaderThatTries extends Halves {
        @Actor
        public void writer() {
            write();
        }

        @Actor
        public void reader(II_Result r) {
            r.r1 = -1;
            r.r2 = -1;
            lock.tryAcquireRead().ifPresent(held -> {
                r.r1 = one;
                r.r2 = two;
                held.close();
            });
        }
    }

    /** A writer that does not wait, and a reader: what it wrote is whole, or it was turned away. */
    @JCStressTest
    @Outcome(id = {"0, 0", "1, 1"}, expect = Expect.ACCEPTABLE, desc = "all or nothing")
    @Outcome(expect = Expect.FORBIDDEN, desc = "half of a change")
    @State
    public static class WriterThatTries extends Halves {
        @Actor
        public void writer() {
            lock.tryAcquireWrite().ifPresent(held -> {
                change();
                held.close();
            });
        }

        @Actor
        public void reader(II_Result r) {
            try (var _ = lock.acquireRead()) {
                r.r1 = one;
                r.r2 = two;
            }
        }
    }

    /** Two readers that would write: what each has read still holds when it writes. */
    @JCStressTest
    @Outcome(id = "true, true, 2", expect = Expect.ACCEPTABLE, desc = "one after the other")
    @Outcome(id = {"true, false, 1", "false, true, 1"}, expect = Expect.ACCEPTABLE, desc = "one was not alone")
    @Outcome(id = "false, false, 0", expect = Expect.ACCEPTABLE, desc = "each saw the other")
    @Outcome(expect = Expect.FORBIDDEN, desc = "both at a time")
    @State
    public static class Upgrades extends Halves {
        private boolean upgrade() {
            try (var _ = lock.acquireRead()) {
                int before = one;
                return lock.tryUpgrade().map(held -> {
                    one = before + 1;
                    held.close();
                    return true;
                }).orElse(false);
            }
        }

        @Actor
        public void one(ZZI_Result r) {
            r.r1 = upgrade();
        }

        @Actor
        public void two(ZZI_Result r) {
            r.r2 = upgrade();
        }

        @Arbiter
        public void both(ZZI_Result r) {
            try (var _ = lock.acquireRead()) {
                r.r3 = one;
            }
        }
    }

    /** What a writer reads after it has become a reader is what it wrote. */
    @JCStressTest
    @Outcome(id = "true, true", expect = Expect.ACCEPTABLE, desc = "nobody came between")
    @Outcome(expect = Expect.FORBIDDEN, desc = "another writer came between")
    @State
    public static class Downgrades extends Halves {
        private boolean downgrade(int mine) {
            var write = lock.acquireWrite();
            one = mine;
            try (var _ = lock.acquireRead()) {
                write.close();
                return one == mine;
            }
        }

        @Actor
        public void one(ZZ_Result r) {
            r.r1 = downgrade(1);
        }

        @Actor
        public void two(ZZ_Result r) {
            r.r2 = downgrade(2);
        }
    }
}
