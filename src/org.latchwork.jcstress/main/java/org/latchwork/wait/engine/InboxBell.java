package org.latchwork.wait.engine;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZI_Result;

/** The bell of an inbox is never lost: a thread that falls asleep has seen what was put, or the bell rings. */
public class InboxBell {
    private InboxBell() {}

    private static int bell(Inbox inbox) {
        return MemorySegment.ofAddress(inbox.bellAddress()).reinterpret(Integer.BYTES).get(ValueLayout.JAVA_INT, 0);
    }

    /** A request is put. */
    @JCStressTest
    @Outcome(id = "true, 0", expect = Expect.ACCEPTABLE, desc = "asleep, and the bell has rung")
    @Outcome(id = "false, 0", expect = Expect.ACCEPTABLE, desc = "stays awake: it has seen the request")
    @Outcome(id = "true, 1", expect = Expect.FORBIDDEN, desc = "asleep with a request in its inbox, and no bell")
    @Outcome(id = "false, 1", expect = Expect.FORBIDDEN, desc = "awake, and every put rings for nothing")
    @State
    public static class Put {
        private final Inbox inbox = new Inbox();
        private final Probe request = new Probe();

        @Actor
        public void putter() {
            inbox.put(request);
        }

        @Actor
        public void sleeper(ZI_Result r) {
            r.r1 = inbox.fallAsleep();
        }

        @Arbiter
        public void end(ZI_Result r) {
            r.r2 = bell(inbox);
        }
    }

    /** A gate is closing: somebody knocks. */
    @JCStressTest
    @Outcome(id = "true, 0", expect = Expect.ACCEPTABLE, desc = "asleep, and the bell has rung")
    @Outcome(id = "false, 0", expect = Expect.ACCEPTABLE, desc = "stays awake: it has seen the knock")
    @Outcome(id = "true, 1", expect = Expect.FORBIDDEN, desc = "asleep, with a knock that it has not seen, and no bell")
    @Outcome(id = "false, 1", expect = Expect.FORBIDDEN, desc = "awake, and every put rings for nothing")
    @State
    public static class Knock {
        private final Inbox inbox = new Inbox();

        @Actor
        public void knocker() {
            inbox.knock();
        }

        @Actor
        public void sleeper(ZI_Result r) {
            r.r1 = inbox.fallAsleep();
        }

        @Arbiter
        public void end(ZI_Result r) {
            r.r2 = bell(inbox);
        }
    }

    /** A thread that goes from sleep to work, as it does in its loop: it looks into the inbox after it has said that it is awake. */
    @JCStressTest
    @Outcome(id = "true, 1", expect = Expect.ACCEPTABLE, desc = "taken at once")
    @Outcome(id = "false, 0", expect = Expect.ACCEPTABLE, desc = "put later; the next look will find it, or the bell will ring")
    @Outcome(expect = Expect.FORBIDDEN, desc = "taken twice, or lost")
    @State
    public static class Take {
        private final Inbox inbox = new Inbox();
        private final Probe request = new Probe();

        @Actor
        public void putter() {
            inbox.put(request);
        }

        @Actor
        public void taker(ZI_Result r) {
            inbox.fallAsleep();
            inbox.awake();
            r.r1 = inbox.take() == request;
        }

        @Arbiter
        public void end(ZI_Result r) {
            Request left = inbox.take();
            r.r2 = left == null ? 1 : left == request && left.next == null ? 0 : 2;
        }
    }
}
