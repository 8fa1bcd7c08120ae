package org.latchwork.jcstress;

import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.Outcome;

/** The outcomes of every test in which a wait has to end. */
@Outcome(id = "TERMINATED", expect = Expect.ACCEPTABLE, desc = "every wait has ended")
@Outcome(id = "STALE", expect = Expect.FORBIDDEN, desc = "a wait did not end: what should have ended it is lost")
@Outcome(id = "ERROR", expect = Expect.FORBIDDEN, desc = "a wait ended in a way that it must not, or threw")
public final class NoWakeIsLost {
    private NoWakeIsLost() {}
}
