package org.latchwork.jmh.scale;

import com.google.gson.Gson;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.latchwork.futex.FutexArray;
import org.latchwork.jmh.Jvm;
import org.latchwork.jmh.Os;
import org.latchwork.jmh.Peer;
import org.latchwork.jmh.wake.FutexWords;
import org.latchwork.jmh.wake.Mechanism;
import org.latchwork.wait.Deadline;
import org.latchwork.wait.WaitEngine;
import org.latchwork.wait.WaitOutcome;
import org.latchwork.wait.WaitPolicy;

/**
 * The two JVMs of one measurement: one wakes, the other is full of waiters. Nothing is pinned: the scheduler does what it would.
 *
 * <p>A round: when the kernel has all waiters in its queues, the waker wakes one after the other, each by a change of its own word and a
 * call; the last one to be back says so.
 */
public final class ScaleProgram {
    /** Room for 100,000 parked threads with their stacks. */
    private static final List<String> HEAP = List.of("-Xmx1g");
    /** A platform thread's stack here is a few frames deep. */
    private static final int STACK_BYTES = 128 * 1024;

    private final ScalePlan plan;
    private final Crowd crowd;
    private final FutexArray words;
    private int round;

    private ScaleProgram(ScalePlan plan, Crowd crowd) {
        this.plan = plan;
        this.crowd = crowd;
        this.words = crowd.words();
    }

    /** {@return the waker, to be told a plan as JSON; it answers with the outcome as JSON} */
    static Peer start() throws IOException {
        return Peer.start(Jvm.command(HEAP, ScaleProgram.class, "waker")); // the answer is long
    }

    /** {@code waker} or {@code waiters PLAN}. */
    public static void main(String[] args) throws Exception {
        var lines = Jvm.linesFromParent();
        ScalePlan plan = new Gson().fromJson(args[0].equals("waker") ? lines.take() : args[1], ScalePlan.class);
        if (args[0].equals("waker")) {
            try (Crowd crowd = Crowd.create(Path.of(plan.directory()), plan.waiters())) {
                System.out.println(new Gson().toJson(new ScaleProgram(plan, crowd).wakeAll()));
            }
        } else {
            try (Crowd crowd = Crowd.attach(Path.of(plan.directory()), plan.waiters())) {
                new ScaleProgram(plan, crowd).waitAll();
            }
        }
    }

    // The waker.

    private ScalePlan.Outcome wakeAll() throws IOException {
        List<String> flags = new ArrayList<>(HEAP);
        if (plan.mechanism().parks()) {
            flags.add("-D" + WaitEngine.PROPERTY + "=" + plan.mechanism().engine());
        }
        Process waiters = Jvm.command(flags, ScaleProgram.class, "waiters", new Gson().toJson(plan))
                .redirectOutput(ProcessBuilder.Redirect.INHERIT).start();
        List<Long> rounds = new ArrayList<>();
        List<Long> latencies = new ArrayList<>();
        try {
            rounds(plan.warmUpMillis(), 1, Integer.MAX_VALUE, new ArrayList<>(), new ArrayList<>());
            rounds(plan.measureMillis(), ScalePlan.MIN_ROUNDS, plan.maxWakes(), rounds, latencies);
            return new ScalePlan.Outcome(null, toArray(rounds), toArray(latencies));
        } catch (Stalled stalled) {
            return new ScalePlan.Outcome(stalled.getMessage(), toArray(rounds), toArray(latencies));
        } finally {
            waiters.destroyForcibly();
        }
    }

    private static long[] toArray(List<Long> values) {
        return values.stream().mapToLong(Long::longValue).toArray();
    }

    /** Something has not happened in time. */
    private static final class Stalled extends Exception {
        private static final long serialVersionUID = 1;

        Stalled(String message) {
            super(message);
        }
    }

    private void rounds(int millis, int atLeast, int maxWakes, List<Long> rounds, List<Long> latencies) throws Stalled {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        for (int i = 0; i < atLeast || System.nanoTime() < end && latencies.size() + crowd.size() <= maxWakes; i++) {
            rounds.add(oneRound());
            for (int waiter = 0; waiter < crowd.size(); waiter++) {
                latencies.add(crowd.latency(waiter));
            }
        }
    }

    private long oneRound() throws Stalled {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(plan.deadlineMillis());
        for (int waiter = 0; waiter < crowd.size(); waiter++) {
            while (FutexWords.waiters(words, waiter) == 0) {
                if (System.nanoTime() > deadline) {
                    throw new Stalled("stalled: after %,d ms %,d of %,d were waiting".formatted(plan.deadlineMillis(), waiting(),
                            crowd.size()));
                }
                Os.sleepOneMillisecond();
            }
        }
        round++;
        long start = System.nanoTime();
        for (int waiter = 0; waiter < crowd.size(); waiter++) {
            crowd.stamp(waiter);
            words.set(waiter, round);
            words.wake(waiter, 1);
        }
        Deadline back = Deadline.after(plan.deadlineMillis(), TimeUnit.MILLISECONDS);
        while (words.get(crowd.over()) != round) {
            if (words.await(crowd.over(), round - 1, back, WaitPolicy.block()) == WaitOutcome.TIMED_OUT) {
                throw new Stalled("stalled: %,d ms after the last wake not all of %,d were back".formatted(plan.deadlineMillis(),
                        crowd.size()));
            }
        }
        return crowd.whenAllWereBack() - start;
    }

    private int waiting() {
        int waiting = 0;
        for (int waiter = 0; waiter < crowd.size(); waiter++) {
            waiting += FutexWords.waiters(words, waiter);
        }
        return waiting;
    }

    // The waiters.

    private void waitAll() throws InterruptedException {
        AtomicInteger back = new AtomicInteger();
        Thread.Builder builder = plan.mechanism().isVirtual() ? Thread.ofVirtual() : Thread.ofPlatform().stackSize(STACK_BYTES);
        List<Thread> threads = new ArrayList<>(crowd.size());
        for (int i = 0; i < crowd.size(); i++) {
            int waiter = i;
            threads.add(builder.start(() -> waitRoundByRound(waiter, back)));
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private void waitRoundByRound(int waiter, AtomicInteger back) {
        boolean naive = plan.mechanism() == Mechanism.VIRTUAL_NAIVE;
        MemorySegment word = words.word(waiter);
        for (int next = 1;; next++) {
            int seen;
            while ((seen = words.get(waiter)) != next) {
                if (naive) {
                    FutexWords.waitPlainly(words.kind(), word, seen);
                } else {
                    words.await(waiter, seen, Deadline.NEVER, WaitPolicy.block());
                }
            }
            crowd.back(waiter);
            if (back.incrementAndGet() == crowd.size()) {
                back.set(0); // nobody begins the next round before the waker has heard of this one's end
                crowd.allAreBack(next);
            }
        }
    }
}
