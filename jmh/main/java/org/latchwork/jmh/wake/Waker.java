package org.latchwork.jmh.wake;

import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.latchwork.jmh.Os;

/**
 * The thread that wakes. Before each wake it sees with its own eyes that the waiter sleeps in its waiting call (or runs, if it spins),
 * pauses for a random time, and looks again.
 */
final class Waker {
    /** A spinner that has gone to sleep, or a sleeper that does not, is woken all the same, and counted as not proven. */
    private static final long PROOF_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** Warming up, the pause is short: a JIT compiles what has been called some thousand times. */
    private static final long WARM_UP_PAUSE_NANOS = 1_000;

    private final Plan plan;
    private final Control control;
    private final Waking waking;
    private final Cost cost = Cost.ofThread();
    private final SplittableRandom random = new SplittableRandom(1);
    private long pauseNanos = WARM_UP_PAUSE_NANOS;
    private long wakerCpu;
    private long proven;

    Waker(Plan plan, Control control, Waking waking) {
        this.plan = plan;
        this.control = control;
        this.waking = waking;
    }

    RawSeries run() {
        Os.pin(plan.wakerCpu());
        control.awaitOther(Control.ATTACHED, 0);
        try (SleepProbe probe = new SleepProbe(control.waiterTask(), control.sleepsIn(), plan.mechanism().spins())) {
            int number = phase(probe, 1, plan.warmUpMillis(), Integer.MAX_VALUE);
            proven = 0;
            wakerCpu = 0;
            pauseNanos = plan.mechanism().pauseNanos();
            control.measuring(true);
            phase(probe, number, plan.measureMillis(), plan.maxWakes());
        } finally {
            control.signal(Control.GO, Control.STOP);
        }
        return control.series(proven, wakerCpu);
    }

    private int phase(SleepProbe probe, int number, int millis, int maxWakes) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        for (int i = 0; i < maxWakes && System.nanoTime() < end; i++) {
            once(probe, number++);
        }
        return number;
    }

    private void once(SleepProbe probe, int number) {
        waking.prepare(number);
        control.signal(Control.GO, number);
        control.awaitOther(Control.READY, number - 1);
        prove(probe);
        pause();
        if (prove(probe)) {
            proven++;
        }
        long before = cost.cpuNanos();
        long cpu = cost.cpuNanos();
        control.stamp(System.nanoTime());
        waking.wake(number);
        wakerCpu += cost.cpuNanos() - cpu - (cpu - before);
        control.awaitOther(Control.DONE, number - 1);
    }

    private boolean prove(SleepProbe probe) {
        long end = System.nanoTime() + PROOF_NANOS;
        while (!waits(probe)) {
            if (System.nanoTime() > end) {
                return false;
            }
            if (plan.giveWay()) {
                Os.yield();
            }
        }
        return true;
    }

    private boolean waits(SleepProbe probe) {
        return probe.matches() && (!plan.mechanism().parks() || waking.waiters() == 1);
    }

    private void pause() {
        long end = System.nanoTime() + random.nextLong(pauseNanos);
        while (System.nanoTime() < end) {
            Thread.onSpinWait();
        }
    }
}
