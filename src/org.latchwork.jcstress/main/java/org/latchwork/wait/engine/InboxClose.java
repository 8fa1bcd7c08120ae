package org.latchwork.wait.engine;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZI_Result;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** Who puts while the thread of an inbox ends is told so, or is served. */
public class InboxClose {
    private InboxClose() {}

    /** The thread has had nothing to do for long, and ends if there is still nothing. */
    @JCStressTest
    @Outcome(id = "true, false", expect = Expect.ACCEPTABLE, desc = "put; the thread stays")
    @Outcome(id = "false, true", expect = Expect.ACCEPTABLE, desc = "the thread has ended; the putter goes to another")
    @Outcome(id = "true, true", expect = Expect.FORBIDDEN, desc = "a request that nobody will serve")
    @Outcome(id = "false, false", expect = Expect.FORBIDDEN, desc = "refused by a thread that stays")
    @State
    public static class IfEmpty {
        private final Inbox inbox = new Inbox();
        private final Probe request = new Probe();

        @Actor
        public void putter(ZZ_Result r) {
            r.r1 = inbox.put(request);
        }

        @Actor
        public void ender(ZZ_Result r) {
            r.r2 = inbox.closeIfEmpty();
        }
    }

    /** The thread fails, and takes with it what is in the inbox. */
    @JCStressTest
    @Outcome(id = "true, true, 0", expect = Expect.ACCEPTABLE, desc = "put, and found at the end")
    @Outcome(id = "false, false, 0", expect = Expect.ACCEPTABLE, desc = "refused")
    @Outcome(expect = Expect.FORBIDDEN, desc = "put and lost, refused and found, or put behind the thread's back")
    @State
    public static class Failing {
        private final Inbox inbox = new Inbox();
        private final Probe request = new Probe();

        @Actor
        public void putter(ZZI_Result r) {
            r.r1 = inbox.put(request);
        }

        @Actor
        public void ender(ZZI_Result r) {
            r.r2 = inbox.close() == request;
        }

        @Arbiter
        public void end(ZZI_Result r) {
            r.r3 = inbox.isClosed() ? 0 : 1;
        }
    }

    /** Two put at once: the thread takes both. */
    @JCStressTest
    @Outcome(id = "true, true, 2", expect = Expect.ACCEPTABLE, desc = "both, once each")
    @Outcome(expect = Expect.FORBIDDEN, desc = "a request is lost, or is there twice")
    @State
    public static class TwoPutters {
        private final Inbox inbox = new Inbox();
        private final Probe one = new Probe();
        private final Probe two = new Probe();

        @Actor
        public void first() {
            inbox.put(one);
        }

        @Actor
        public void second() {
            inbox.put(two);
        }

        @Arbiter
        public void end(ZZI_Result r) {
            for (Request request = inbox.take(); request != null; request = request.next) {
                r.r1 |= request == one;
                r.r2 |= request == two;
                r.r3++;
            }
        }
    }
}
