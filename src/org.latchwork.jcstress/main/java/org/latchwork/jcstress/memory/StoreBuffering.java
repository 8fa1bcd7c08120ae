package org.latchwork.jcstress.memory;

import org.latchwork.jcstress.Words;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * Each writes its own word, then reads the other's. Sequentially consistent, one at least sees the other: what every "I sleep" against
 * "I have changed it" rests on.
 */
public class StoreBuffering {
    private StoreBuffering() {}

    /** {@code set} and {@code get}. */
    @JCStressTest
    @Outcome(id = {"0, 1", "1, 0", "1, 1"}, expect = Expect.ACCEPTABLE, desc = "one sees the other")
    @Outcome(id = "0, 0", expect = Expect.FORBIDDEN, desc = "neither sees the other")
    @State
    public static class SetGet {
        private final int x = Words.take();
        private final int y = Words.take();

        @Actor
        public void first(II_Result r) {
            Words.ARRAY.set(x, 1);
            r.r1 = Words.ARRAY.get(y);
        }

        @Actor
        public void second(II_Result r) {
            Words.ARRAY.set(y, 1);
            r.r2 = Words.ARRAY.get(x);
        }
    }

    /** A compare-and-set that fails reads as {@code get} does. */
    @JCStressTest
    @Outcome(id = {"0, 1", "1, 0", "1, 1"}, expect = Expect.ACCEPTABLE, desc = "one sees the other")
    @Outcome(id = "0, 0", expect = Expect.FORBIDDEN, desc = "neither sees the other")
    @State
    public static class FailedCompareAndExchange {
        private final int x = Words.take();
        private final int y = Words.take();

        @Actor
        public void first(II_Result r) {
            Words.ARRAY.set(x, 1);
            r.r1 = Words.ARRAY.compareAndExchange(y, 2, 3);
        }

        @Actor
        public void second(II_Result r) {
            Words.ARRAY.set(y, 1);
            r.r2 = Words.ARRAY.compareAndExchange(x, 2, 3);
        }
    }

    /** {@code getAndAdd} writes as {@code set} does. */
    @JCStressTest
    @Outcome(id = {"0, 1", "1, 0", "1, 1"}, expect = Expect.ACCEPTABLE, desc = "one sees the other")
    @Outcome(id = "0, 0", expect = Expect.FORBIDDEN, desc = "neither sees the other")
    @State
    public static class GetAndAdd {
        private final int x = Words.take();
        private final int y = Words.take();

        @Actor
        public void first(II_Result r) {
            Words.ARRAY.getAndAdd(x, 1);
            r.r1 = Words.ARRAY.get(y);
        }

        @Actor
        public void second(II_Result r) {
            Words.ARRAY.getAndAdd(y, 1);
            r.r2 = Words.ARRAY.get(x);
        }
    }

    /** Too weak for this: shows that the test can fail. */
    @JCStressTest
    @Outcome(id = {"0, 1", "1, 0", "1, 1"}, expect = Expect.ACCEPTABLE, desc = "one sees the other")
    @Outcome(id = "0, 0", expect = Expect.ACCEPTABLE_INTERESTING, desc = "neither: release and acquire let a load overtake a store")
    @State
    public static class ReleaseAcquire {
        private final int x = Words.take();
        private final int y = Words.take();

        @Actor
        public void first(II_Result r) {
            Words.ARRAY.setRelease(x, 1);
            r.r1 = Words.ARRAY.getAcquire(y);
        }

        @Actor
        public void second(II_Result r) {
            Words.ARRAY.setRelease(y, 1);
            r.r2 = Words.ARRAY.getAcquire(x);
        }
    }

    /** Too weak for this: shows that the test can fail. */
    @JCStressTest
    @Outcome(id = {"0, 1", "1, 0", "1, 1"}, expect = Expect.ACCEPTABLE, desc = "one sees the other")
    @Outcome(id = "0, 0", expect = Expect.ACCEPTABLE_INTERESTING, desc = "neither: plain and opaque access order nothing among words")
    @State
    public static class PlainOpaque {
        private final int x = Words.take();
        private final int y = Words.take();

        @Actor
        public void first(II_Result r) {
            Words.ARRAY.setPlain(x, 1);
            r.r1 = Words.ARRAY.getOpaque(y);
        }

        @Actor
        public void second(II_Result r) {
            Words.ARRAY.setPlain(y, 1);
            r.r2 = Words.ARRAY.getOpaque(x);
        }
    }
}
