package org.latchwork.jcstress.lock;

import java.util.concurrent.TimeUnit;
import org.latchwork.jcstress.NoWakeIsLost;
import org.latchwork.jcstress.Pauses;
import org.latchwork.lock.Mutex;
import org.latchwork.lock.MutexCondition;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Mode;
import org.openjdk.jcstress.annotations.Signal;
import org.openjdk.jcstress.annotations.State;

/** Who waits for what a signal tells of gets to know of it, whoever else waits. */
public class Conditions {
    private Conditions() {}

    /** What is waited for is a plain field under the mutex. */
    public abstract static class ReachedRounds extends PairRounds {
        final Mutex mutex = Locked.REGION.mutex(Locked.name("mutex"));
        final MutexCondition condition = mutex.condition("reached");
        int reached;

        @Override
        void pass(int round) {
            mutex.lock();
            while (reached < round) {
                condition.awaitUninterruptibly();
            }
            mutex.unlock();
        }

        @Override
        protected final void wake(int round) {
            beforeSignal(round);
            mutex.lock();
            reached = round;
            signal(round);
            mutex.unlock();
        }

        void beforeSignal(int round) {}

        abstract void signal(int round);
    }

    /**
     * Two waiters and two signals, or one to both. Fails if a signal does not set WAITERS on the mutex, if a waiter reads the sequence after it has let the
     * mutex go, or if {@code signalAll} is for one.
     */
    @JCStressTest(Mode.Termination)
    @JCStressMeta(NoWakeIsLost.class)
    @Description("Two waiters and two signals, or one to both")
    @State
    public static class Signalled extends ReachedRounds {
        @Actor
        public void waiters() {
            awaitAll();
        }

        @Signal
        public void signaller() {
            wakeAll();
        }

        @Override
        void signal(int round) {
            if (round % 2 == 0) {
                condition.signalAll();
            } else {
                condition.signal();
                condition.signal();
            }
        }
    }

    /** Two waiters and one signal: the first gives up, or else signals to the second. Fails if one that gives up does not signal again. */
    @JCStressTest(Mode.Termination)
    @JCStressMeta(NoWakeIsLost.class)
    @Description("Two waiters and one signal: the first gives up, or else signals to the second")
    @State
    public static class GivenUp extends ReachedRounds {
        /** So long that all three are there before it is over, also on a busy machine. */
        private static final long TIMEOUT_NANOS = 1_000_000;

        /** How many have the mutex and are about to wait, in all rounds so far. */
        private volatile int waiting;

        @Actor
        public void waiters() {
            awaitAll();
        }

        @Signal
        public void signaller() {
            wakeAll();
        }

        @Override
        void passFirst(int round) {
            mutex.lock();
            waiting = 2 * round - 1;
            try {
                if (reached < round && condition.await(TIMEOUT_NANOS, TimeUnit.NANOSECONDS)) {
                    condition.signal();
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException("nobody interrupts it", e);
            } finally {
                mutex.unlock();
            }
        }

        /** Comes second, since the signal goes to the first. */
        @Override
        void pass(int round) {
            Pauses.until(() -> waiting == 2 * round - 1);
            mutex.lock();
            waiting = 2 * round;
            mutex.unlock();
            super.pass(round);
        }

        @Override
        void beforeSignal(int round) {
            Pauses.until(() -> waiting == 2 * round);
            Pauses.upTo(TIMEOUT_NANOS);
        }

        /** The mutex is held on, so that its deadline comes to one that the signal has moved to the mutex. */
        @Override
        void signal(int round) {
            condition.signal();
            Pauses.upTo(TIMEOUT_NANOS);
        }
    }
}
