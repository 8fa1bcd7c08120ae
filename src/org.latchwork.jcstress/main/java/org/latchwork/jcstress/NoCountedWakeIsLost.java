package org.latchwork.jcstress;

import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.Outcome;

/** The outcomes of every race for the end of one wait: how it ended, and how many waiters the kernel says that the wake has hit. */
@Outcome(id = "WOKEN, 1", expect = Expect.ACCEPTABLE, desc = "the wake was first")
@Outcome(id = {"TIMED_OUT, 0", "INTERRUPTED, 0", "CLOSED, 0"}, expect = Expect.ACCEPTABLE, desc = "the wake found nobody")
@Outcome(id = {"TIMED_OUT, 1", "INTERRUPTED, 1", "CLOSED, 1"}, expect = Expect.FORBIDDEN, desc = "a wake was counted and is lost")
@Outcome(id = "WOKEN, 0", expect = Expect.FORBIDDEN, desc = "woken by nobody")
@Outcome(expect = Expect.FORBIDDEN, desc = "an end for which there is no reason")
public final class NoCountedWakeIsLost {
    private NoCountedWakeIsLost() {}
}
