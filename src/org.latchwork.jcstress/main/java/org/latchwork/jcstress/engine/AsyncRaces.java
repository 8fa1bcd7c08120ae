package org.latchwork.jcstress.engine;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.latchwork.jcstress.Pauses;
import org.latchwork.jcstress.Words;
import org.latchwork.wait.Deadline;
import org.latchwork.wait.WaitOutcome;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZLI_Result;

/** A wake, and the end of somebody's interest in a wait without a thread, at the same time. */
public class AsyncRaces {
    private AsyncRaces() {}

    /** A wake against the cancelling of a future: whom it hits in vain passes it on to the next waiter. */
    @JCStressTest
    @Outcome(id = "true, TIMED_OUT, 1", expect = Expect.FORBIDDEN, desc = "the wake hit the first, which was cancelled, and is lost")
    @Outcome(id = "true, TIMED_OUT, 0", expect = Expect.ACCEPTABLE, desc = "the wake found nobody in the kernel")
    @Outcome(id = "false, TIMED_OUT, [01]", expect = Expect.ACCEPTABLE, desc = "cancelled too late: the first has the wake, or the change")
    @Outcome(id = "(true|false), (WOKEN|VALUE_DIFFERS), [01]", expect = Expect.ACCEPTABLE,
            desc = "the second has the wake, perhaps passed on, or the change")
    @Outcome(expect = Expect.FORBIDDEN, desc = "an end for which there is no reason")
    @Description("A wake against the cancelling of a future, beside a second waiter")
    @State
    public static class Cancel {
        private final int word = Words.take();
        private volatile CompletableFuture<WaitOutcome> first;
        private volatile CompletableFuture<WaitOutcome> second;
        private volatile int woken = -1;

        @Actor
        public void canceller(ZLI_Result r) {
            first = Words.ARRAY.awaitAsync(word, 0);
            second = Words.ARRAY.awaitAsync(word, 0, Deadline.after(Pauses.HANG_SECONDS, TimeUnit.SECONDS));
            Pauses.ofAnyLength();
            r.r1 = first.cancel(true);
            Pauses.until(() -> woken >= 0);
            // Where no wake is on its way to the second, nothing will end it.
            r.r2 = r.r1 && woken == 1 ? second.join() : second.getNow(WaitOutcome.TIMED_OUT);
            second.cancel(true);
        }

        @Actor
        public void waker(ZLI_Result r) {
            Pauses.until(() -> second != null);
            Pauses.ofAnyLength();
            Words.ARRAY.set(word, 1);
            woken = Words.ARRAY.wake(word, 1);
            r.r3 = woken;
        }
    }
}
