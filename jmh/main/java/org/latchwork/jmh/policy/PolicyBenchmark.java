package org.latchwork.jmh.policy;

import com.google.gson.Gson;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.latchwork.jmh.Peer;
import org.latchwork.jmh.policy.PolicyRun.Outcome;
import org.latchwork.jmh.ratio.MedianInterval;
import org.latchwork.jmh.ratio.Ratio;
import org.latchwork.jmh.ratio.RatioTable;
import org.latchwork.jmh.wake.Cpus;
import org.latchwork.jmh.wake.Placement;

/**
 * Sweeps where the partner runs and how long it takes, for each policy by turns: what does a wait cost, and does the adaptive policy find
 * out which of the others is the right one?
 */
public final class PolicyBenchmark {
    private static final String TITLE = "Adaptive policy";
    private static final String METHOD = "A round trip with a partner that works for the named time before it answers, between two "
            + "processes, against the better of blocking at once and spinning for ever. A run's figure is its mean.";
    private static final int[] HOLD_MICROS = {0, 1, 3, 10, 30, 100};

    private static final int WARM_UP_TURNS = 3;

    /** Clearly shorter than what blocking costs, so that spinning is right if the partner runs meanwhile. */
    private static final int CLEARLY_SHORT_MICROS = 10;
    /** At the ends, where one of the two is clearly right, the adaptive policy has to know it. */
    private static final double GOAL_AT_THE_ENDS = 1.1;
    /** In between it cannot know, but never pays more than twice (ski rental). */
    private static final double GOAL_IN_BETWEEN = 2.0;

    private final Settings settings;
    private final Cpus cpus = Cpus.choose();
    private final Peer peer;
    private final List<PolicyRow> rows = new ArrayList<>();
    private final RatioTable.Builder table;

    /**
     * How long.
     *
     * @param warmUpMillis of each policy in each place
     * @param turns how many runs of each policy in each place, 6 or more
     * @param runMillis of each
     */
    public record Settings(int warmUpMillis, int turns, int runMillis) {
    }

    /**
     * What comes out.
     *
     * @param rows what a wait costs
     * @param table the adaptive policy against the better of block and spin
     */
    public record Result(List<PolicyRow> rows, RatioTable table) {
    }

    private PolicyBenchmark(Settings settings, Peer peer, PrintStream progress) {
        this.settings = settings;
        this.peer = peer;
        this.table = new RatioTable.Builder(TITLE, METHOD, progress);
    }

    /** {@return the figures} */
    public static Result run(Settings settings, Path directory, PrintStream progress) throws IOException {
        try (Peer peer = PolicyProgram.start(directory.resolve("policy"))) {
            return new PolicyBenchmark(settings, peer, progress).run();
        }
    }

    private Result run() throws IOException {
        for (Placement placement : Placement.values()) {
            if (placement == Placement.OTHER_CORE && cpus.other() < 0) {
                table.leaveOut(placement.label(), Cpus.NO_OTHER_CORE);
                continue;
            }
            warmUp(placement);
            for (int holdMicros : HOLD_MICROS) {
                sweep(placement, holdMicros);
            }
        }
        return new Result(List.copyOf(rows), table.build());
    }

    /** All policies by turns, so that C2 compiles what they call for all of them. */
    private void warmUp(Placement placement) throws IOException {
        for (int i = 0; i < WARM_UP_TURNS; i++) {
            for (Policy policy : Policy.values()) {
                measure(placement, HOLD_MICROS[0], policy, settings.warmUpMillis() / WARM_UP_TURNS);
            }
        }
    }

    private void sweep(Placement placement, int holdMicros) throws IOException {
        Map<Policy, List<Outcome>> outcomes = new EnumMap<>(Policy.class);
        List<Policy> order = new ArrayList<>(List.of(Policy.values()));
        for (int turn = 0; turn < settings.turns(); turn++) {
            for (Policy policy : order) {
                outcomes.computeIfAbsent(policy, p -> new ArrayList<>()).add(measure(placement, holdMicros, policy, settings.runMillis()));
            }
            Collections.reverse(order); // the order changes too
        }
        outcomes.forEach((policy, runs) -> rows.add(row(placement, holdMicros, policy, runs)));
        double[] block = nanos(outcomes.get(Policy.BLOCK));
        double[] spin = nanos(outcomes.get(Policy.SPIN));
        boolean blockIsBetter = MedianInterval.median(block) < MedianInterval.median(spin);
        Policy better = blockIsBetter ? Policy.BLOCK : Policy.SPIN;
        boolean clear = placement == Placement.SAME_CORE || holdMicros <= CLEARLY_SHORT_MICROS;
        table.add(Ratio.of(placement.label() + ", " + holdMicros + " µs", clear ? GOAL_AT_THE_ENDS : GOAL_IN_BETWEEN,
                Policy.ADAPTIVE.label(), nanos(outcomes.get(Policy.ADAPTIVE)), better.label(), blockIsBetter ? block : spin));
    }

    private Outcome measure(Placement placement, int holdMicros, Policy policy, int millis) throws IOException {
        PolicyRun run = new PolicyRun(policy, placement, cpus.first(), cpus.waiter(placement), TimeUnit.MICROSECONDS.toNanos(holdMicros),
                millis);
        return new Gson().fromJson(peer.ask(new Gson().toJson(run), millis), Outcome.class);
    }

    private PolicyRow row(Placement placement, int holdMicros, Policy policy, List<Outcome> runs) {
        return new PolicyRow(placement, holdMicros, policy, runs.size(), runs.stream().mapToLong(Outcome::waits).sum(),
                MedianInterval.median(nanos(runs)), MedianInterval.median(runs.stream().mapToDouble(Outcome::cpuNanosPerWait).toArray()));
    }

    private static double[] nanos(List<Outcome> runs) {
        return runs.stream().mapToDouble(Outcome::nanosPerWait).toArray();
    }
}
