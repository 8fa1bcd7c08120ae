package org.latchwork.jcstress.memory;

import org.latchwork.jcstress.Words;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Who sees the flag sees what was written before it. */
public class MessagePassing {
    private MessagePassing() {}

    /** {@code setRelease} pairs with {@code getAcquire}, for data in native memory. */
    @JCStressTest
    @Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "before the message")
    @Outcome(id = "0, 1", expect = Expect.ACCEPTABLE, desc = "the data came between")
    @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "the message and its data")
    @Outcome(id = "1, 0", expect = Expect.FORBIDDEN, desc = "the message without its data")
    @State
    public static class ReleaseAcquire {
        private final int data = Words.take();
        private final int flag = Words.take();

        @Actor
        public void sender() {
            Words.ARRAY.setPlain(data, 1);
            Words.ARRAY.setRelease(flag, 1);
        }

        @Actor
        public void receiver(II_Result r) {
            r.r1 = Words.ARRAY.getAcquire(flag);
            r.r2 = Words.ARRAY.getPlain(data);
        }
    }

    /** The same for data on the heap. */
    @JCStressTest
    @Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "before the message")
    @Outcome(id = "0, 1", expect = Expect.ACCEPTABLE, desc = "the data came between")
    @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "the message and its data")
    @Outcome(id = "1, 0", expect = Expect.FORBIDDEN, desc = "the message without its data")
    @State
    public static class HeapData {
        private final int flag = Words.take();
        private int data;

        @Actor
        public void sender() {
            data = 1;
            Words.ARRAY.setRelease(flag, 1);
        }

        @Actor
        public void receiver(II_Result r) {
            r.r1 = Words.ARRAY.getAcquire(flag);
            r.r2 = data;
        }
    }

    /** A compare-and-set sends and receives, too. */
    @JCStressTest
    @Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "before the message")
    @Outcome(id = "0, 1", expect = Expect.ACCEPTABLE, desc = "the data came between")
    @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "the message and its data")
    @Outcome(id = "1, 0", expect = Expect.FORBIDDEN, desc = "the message without its data")
    @State
    public static class CompareAndSet {
        private final int flag = Words.take();
        private int data;

        @Actor
        public void sender() {
            data = 1;
            Words.ARRAY.compareAndSet(flag, 0, 1);
        }

        @Actor
        public void receiver(II_Result r) {
            r.r1 = Words.ARRAY.compareAndSet(flag, 1, 2) ? 1 : 0;
            r.r2 = data;
        }
    }

    /** Without order: the test can fail, where the compiler or the processor makes use of it (x86-64 itself keeps this order). */
    @JCStressTest
    @Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "before the message")
    @Outcome(id = "0, 1", expect = Expect.ACCEPTABLE, desc = "the data came between")
    @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "the message and its data")
    @Outcome(id = "1, 0", expect = Expect.ACCEPTABLE_INTERESTING, desc = "the message without its data: plain access orders nothing")
    @State
    public static class Plain {
        private final int data = Words.take();
        private final int flag = Words.take();

        @Actor
        public void sender() {
            Words.ARRAY.setPlain(data, 1);
            Words.ARRAY.setPlain(flag, 1);
        }

        @Actor
        public void receiver(II_Result r) {
            r.r1 = Words.ARRAY.getPlain(flag);
            r.r2 = Words.ARRAY.getPlain(data);
        }
    }
}
