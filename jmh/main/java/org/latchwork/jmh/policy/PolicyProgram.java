package org.latchwork.jmh.policy;

import com.google.gson.Gson;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.latchwork.futex.FutexArray;
import org.latchwork.jmh.Jvm;
import org.latchwork.jmh.Os;
import org.latchwork.jmh.Peer;
import org.latchwork.jmh.wake.Cost;
import org.latchwork.jmh.wake.FutexWords;
import org.latchwork.jmh.wake.Placement;
import org.latchwork.wait.Deadline;
import org.latchwork.wait.WaitPolicy;

/**
 * The two JVMs of the sweep, which stay for all its runs. The waiter says a number and waits, by the policy that is measured, until its
 * partner has said it; the partner works for a while before it does, and wakes by a call every time, since it cannot know whether the
 * waiter sleeps.
 *
 * <p>On the other core the partner spins until it is asked: it is running, as the owner of a lock is that is held for a moment. On the
 * same core it cannot be: it sleeps, and has to get the CPU first.
 */
public final class PolicyProgram {
    private static final int ASK = 0;
    private static final int ANSWER = 1;
    private static final int WORDS = 2;
    private static final int STOP = 0;

    private final FutexArray words;
    private int number;

    private PolicyProgram(FutexArray words) {
        this.words = words;
    }

    /** {@return the waiter, to be told runs as JSON; it answers each with its outcome as JSON} */
    static Peer start(Path file) throws IOException {
        return Peer.start(Jvm.command(PolicyProgram.class, "waiter", file.toString()));
    }

    /** {@code waiter FILE} measures, {@code partner FILE} answers. */
    public static void main(String[] args) throws Exception {
        BlockingQueue<String> runs = Jvm.linesFromParent();
        try (FutexArray words = FutexWords.map(Path.of(args[1]), WORDS)) {
            PolicyProgram program = new PolicyProgram(words);
            if (args[0].equals("waiter")) {
                program.waitAsTold(runs, args[1]);
            } else {
                program.answerAsTold(runs);
            }
        }
    }

    private void waitAsTold(BlockingQueue<String> runs, String file) throws IOException, InterruptedException {
        Process partner = Jvm.command(PolicyProgram.class, "partner", file).redirectOutput(ProcessBuilder.Redirect.INHERIT).start();
        try (PrintStream toPartner = new PrintStream(partner.getOutputStream(), true)) {
            Cost cost = Cost.ofThread();
            while (true) {
                String line = runs.take();
                PolicyRun run = new Gson().fromJson(line, PolicyRun.class);
                toPartner.println(line);
                Os.pin(run.cpu());
                System.out.println(new Gson().toJson(measure(run, cost)));
            }
        } finally {
            partner.destroyForcibly();
        }
    }

    private PolicyRun.Outcome measure(PolicyRun run, Cost cost) {
        roundTrip(WaitPolicy.block()); // until the partner is there
        WaitPolicy policy = run.policy().make();
        long waits = 0;
        long cpu = cost.cpuNanos();
        long start = System.nanoTime();
        long end = start + TimeUnit.MILLISECONDS.toNanos(run.millis());
        long now;
        do {
            roundTrip(policy);
            waits++;
            now = System.nanoTime();
        } while (now < end);
        cpu = cost.cpuNanos() - cpu;
        say(ASK, STOP);
        hear(ANSWER, STOP, WaitPolicy.block());
        return new PolicyRun.Outcome(waits, now - start, cpu);
    }

    private void roundTrip(WaitPolicy policy) {
        number = Math.max(1, number + 1);
        say(ASK, number);
        hear(ANSWER, number, policy);
    }

    private void answerAsTold(BlockingQueue<String> runs) throws InterruptedException {
        while (true) {
            PolicyRun run = new Gson().fromJson(runs.take(), PolicyRun.class);
            Os.pin(run.partnerCpu());
            boolean awake = run.placement() == Placement.OTHER_CORE;
            int last = STOP;
            do {
                last = next(last, awake);
                if (last != STOP) {
                    work(run.holdNanos());
                }
                say(ANSWER, last);
            } while (last != STOP);
        }
    }

    /** Waits until it is asked something else. */
    private int next(int last, boolean awake) {
        int seen;
        while ((seen = words.get(ASK)) == last) {
            if (awake) {
                Thread.onSpinWait();
            } else {
                words.await(ASK, last, Deadline.NEVER, WaitPolicy.block());
            }
        }
        return seen;
    }

    private static void work(long nanos) {
        if (nanos > 0) {
            long end = System.nanoTime() + nanos;
            while (System.nanoTime() < end) {
                Thread.onSpinWait();
            }
        }
    }

    private void say(int word, int value) {
        words.set(word, value);
        words.wake(word, 1);
    }

    private void hear(int word, int value, WaitPolicy policy) {
        int seen;
        while ((seen = words.get(word)) != value) {
            words.await(word, seen, Deadline.NEVER, policy);
        }
    }
}
