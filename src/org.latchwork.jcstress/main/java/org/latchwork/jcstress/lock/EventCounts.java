package org.latchwork.jcstress.lock;

import org.latchwork.jcstress.NoWakeIsLost;
import org.latchwork.jcstress.Rounds;
import org.latchwork.lock.EventCount;
import org.latchwork.wait.WaitOutcome;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Mode;
import org.openjdk.jcstress.annotations.Signal;
import org.openjdk.jcstress.annotations.State;

/** No signal of an {@link EventCount} is lost, whenever it comes, and whatever other waiters do. */
public class EventCounts {
    private EventCounts() {}

    /** The condition is a plain field: the event count alone orders it. */
    public abstract static class ConditionRounds extends Rounds {
        final EventCount events = Locked.REGION.eventCount(Locked.name("events"));
        private int reached;

        @Override
        protected final void await(int round) {
            while (true) {
                long key = events.prepare();
                if (reached >= round) {
                    events.cancel(key);
                    return;
                }
                WaitOutcome outcome = events.await(key);
                if (outcome != WaitOutcome.WOKEN && outcome != WaitOutcome.VALUE_DIFFERS) {
                    throw new IllegalStateException("nobody interrupts or closes, and there is no deadline, but it ended with " + outcome);
                }
            }
        }

        @Override
        protected final void wake(int round) {
            reached = round;
            signal(round);
        }

        abstract void signal(int round);
    }

    /** One waiter, one signal. Fails if {@code prepare} leaves no mark. */
    @JCStressTest(Mode.Termination)
    @JCStressMeta(NoWakeIsLost.class)
    @Description("One waiter, one signal")
    @State
    public static class One extends ConditionRounds {
        @Actor
        public void waiter() {
            awaitAll();
        }

        @Signal
        public void waker() {
            wakeAll();
        }

        @Override
        void signal(int round) {
            events.signal();
        }
    }

    /** Others prepare and cancel between: MANY comes and goes. Fails if {@code cancel} takes away the mark of others. */
    @JCStressTest(Mode.Termination)
    @JCStressMeta(NoWakeIsLost.class)
    @Description("Others prepare and cancel between: MANY comes and goes")
    @State
    public static class Many extends ConditionRounds {
        @Actor
        public void waiter() {
            awaitAll();
        }

        @Signal
        public void waker() {
            wakeAll();
        }

        @Override
        void signal(int round) {
            long key = events.prepare();
            if (round % 2 == 0) {
                events.signal();
            } else {
                events.cancel(events.prepare());
                events.signalAll();
            }
            events.cancel(key);
        }
    }
}
