package org.latchwork.wait.engine;

import org.latchwork.jcstress.Pauses;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IZ_Result;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** Nobody is inside a gate once it is closed. */
public class GateClose {
    private GateClose() {}

    /** Who gets in finds the memory mapped until he leaves. */
    @JCStressTest
    @Outcome(id = "1, true", expect = Expect.ACCEPTABLE, desc = "came in, and the closer waited")
    @Outcome(id = "-1, true", expect = Expect.ACCEPTABLE, desc = "refused")
    @Outcome(id = "0, true", expect = Expect.FORBIDDEN, desc = "came in, and the memory was unmapped beneath")
    @Outcome(expect = Expect.FORBIDDEN, desc = "not closed")
    @State
    public static class Enter {
        private static final long STAY_NANOS = 2_000;

        private final Gate gate = new Gate();
        /** Plain: the gate orders it. */
        private int mapped = 1;

        @Actor
        public void visitor(IZ_Result r) {
            if (!gate.enter()) {
                r.r1 = -1;
                return;
            }
            Pauses.upTo(STAY_NANOS);
            r.r1 = mapped;
            gate.leave();
        }

        @Actor
        public void closer(IZ_Result r) {
            r.r2 = Waits.close(gate);
            mapped = 0;
        }
    }

    /** Of two closers one gives the memory back. */
    @JCStressTest
    @Outcome(id = {"true, false", "false, true"}, expect = Expect.ACCEPTABLE, desc = "one of them")
    @Outcome(expect = Expect.FORBIDDEN, desc = "both, or none")
    @State
    public static class TwoClosers {
        private final Gate gate = new Gate();

        @Actor
        public void first(ZZ_Result r) {
            r.r1 = Waits.close(gate);
        }

        @Actor
        public void second(ZZ_Result r) {
            r.r2 = Waits.close(gate);
        }
    }
}
