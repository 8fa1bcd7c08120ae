package org.latchwork.jcstress.memory;

import org.latchwork.jcstress.Words;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIII_Result;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.I_Result;
import org.openjdk.jcstress.infra.results.ZZI_Result;

/** Nobody comes between the read and the write of a read-modify-write. */
public class Atomicity {
    private Atomicity() {}

    /** Of two that expect the same value, one wins. */
    @JCStressTest
    @Outcome(id = "true, false, 1", expect = Expect.ACCEPTABLE, desc = "the first wins")
    @Outcome(id = "false, true, 2", expect = Expect.ACCEPTABLE, desc = "the second wins")
    @Outcome(expect = Expect.FORBIDDEN, desc = "both, none, or a winner whose value is not there")
    @State
    public static class CompareAndSet {
        private final int word = Words.take();

        @Actor
        public void first(ZZI_Result r) {
            r.r1 = Words.ARRAY.compareAndSet(word, 0, 1);
        }

        @Actor
        public void second(ZZI_Result r) {
            r.r2 = Words.ARRAY.compareAndSet(word, 0, 2);
        }

        @Arbiter
        public void end(ZZI_Result r) {
            r.r3 = Words.ARRAY.get(word);
        }
    }

    /** Both sums are in it, and each sees what was there. */
    @JCStressTest
    @Outcome(id = "0, 1, 3", expect = Expect.ACCEPTABLE, desc = "one after the other")
    @Outcome(id = "2, 0, 3", expect = Expect.ACCEPTABLE, desc = "the other way")
    @Outcome(expect = Expect.FORBIDDEN, desc = "something is lost")
    @State
    public static class GetAndAdd {
        private final int word = Words.take();

        @Actor
        public void first(III_Result r) {
            r.r1 = Words.ARRAY.getAndAdd(word, 1);
        }

        @Actor
        public void second(III_Result r) {
            r.r2 = Words.ARRAY.getAndAdd(word, 2);
        }

        @Arbiter
        public void end(III_Result r) {
            r.r3 = Words.ARRAY.get(word);
        }
    }

    /** What one writes, the other gets, or the word keeps. */
    @JCStressTest
    @Outcome(id = "0, 1, 2", expect = Expect.ACCEPTABLE, desc = "one after the other")
    @Outcome(id = "2, 0, 1", expect = Expect.ACCEPTABLE, desc = "the other way")
    @Outcome(expect = Expect.FORBIDDEN, desc = "a value is lost, or is seen twice")
    @State
    public static class GetAndSet {
        private final int word = Words.take();

        @Actor
        public void first(III_Result r) {
            r.r1 = Words.ARRAY.getAndSet(word, 1);
        }

        @Actor
        public void second(III_Result r) {
            r.r2 = Words.ARRAY.getAndSet(word, 2);
        }

        @Arbiter
        public void end(III_Result r) {
            r.r3 = Words.ARRAY.get(word);
        }
    }

    /** The attempt of an addition may be overtaken: then its unconditional way must not add twice. */
    @JCStressTest
    @Outcome(id = "6", expect = Expect.ACCEPTABLE, desc = "all six are in it")
    @Outcome(expect = Expect.FORBIDDEN, desc = "something is lost, or added twice")
    @State
    public static class ManyAdditions {
        private final int word = Words.take();

        @Actor
        public void first() {
            addThree();
        }

        @Actor
        public void second() {
            addThree();
        }

        private void addThree() {
            Words.ARRAY.getAndIncrement(word);
            Words.ARRAY.incrementAndGet(word);
            Words.ARRAY.getAndAdd(word, 1);
        }

        @Arbiter
        public void end(I_Result r) {
            r.r1 = Words.ARRAY.get(word);
        }
    }

    /** Three at once: each gets a number of its own. Runs where there are three CPUs. */
    @JCStressTest
    @Outcome(id = {"0, 1, 2, 3", "0, 2, 1, 3", "1, 0, 2, 3", "1, 2, 0, 3", "2, 0, 1, 3", "2, 1, 0, 3"}, expect = Expect.ACCEPTABLE,
            desc = "an order of the three")
    @Outcome(expect = Expect.FORBIDDEN, desc = "a number is lost, or is seen twice")
    @State
    public static class ThreeNumbers {
        private final int word = Words.take();

        @Actor
        public void first(IIII_Result r) {
            r.r1 = Words.ARRAY.getAndIncrement(word);
        }

        @Actor
        public void second(IIII_Result r) {
            r.r2 = Words.ARRAY.getAndIncrement(word);
        }

        @Actor
        public void third(IIII_Result r) {
            r.r3 = Words.ARRAY.getAndIncrement(word);
        }

        @Arbiter
        public void end(IIII_Result r) {
            r.r4 = Words.ARRAY.get(word);
        }
    }
}
