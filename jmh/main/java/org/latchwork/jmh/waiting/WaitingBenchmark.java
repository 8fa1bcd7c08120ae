package org.latchwork.jmh.waiting;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.latchwork.jmh.Peer;
import org.latchwork.jmh.ratio.Contender;
import org.latchwork.jmh.ratio.MedianInterval;
import org.latchwork.jmh.ratio.Ratio;
import org.latchwork.jmh.ratio.RatioTable;
import org.latchwork.jmh.wake.Cpus;
import org.latchwork.jmh.wake.Mechanism;
import org.latchwork.jmh.wake.Placement;
import org.latchwork.jmh.wake.Plan;
import org.latchwork.jmh.wake.RawSeries;
import org.latchwork.jmh.wake.Scope;
import org.latchwork.jmh.wake.Series;
import org.latchwork.jmh.wake.SeriesProgram;
import org.latchwork.jmh.wake.WakeBenchmark;
import org.latchwork.jmh.wake.WakeResults;

/**
 * What it costs that a wait can be interrupted, and that its thread is a virtual one: wakes by another process, of the one and of the other
 * by turns. Each mechanism has processes of its own, which stay while pair after pair is measured.
 */
public final class WaitingBenchmark {
    private static final String TITLE = "Kinds of waiting";
    private static final String METHOD = "Wakes by another process, one way. A run's figure is its median wake (p50).";

    /** The pages of a run's own files are touched for the first time. */
    private static final int TOUCH_MILLIS = 5;
    /** The warm-up's own run, which nobody records. */
    private static final int UNRECORDED_MILLIS = 20;

    /** What a virtual thread may cost: two hand-overs where a platform thread has one, and something for the scheduler. */
    private static final double VIRTUAL_GOAL = 2.5;

    /** Goals are those of C, where futex_waitv for two words takes 1.00 and 1.08 times as long as FUTEX_WAIT, and a little for Java. */
    private static final List<Comparison> COMPARISONS = List.of(
            new Comparison("interruptible", Mechanism.FUTEX_BLOCK, Mechanism.FUTEX_PLAIN, 1.05, 1.15),
            new Comparison("virtual, io_uring", Mechanism.VIRTUAL_IO_URING, Mechanism.FUTEX_BLOCK, VIRTUAL_GOAL, VIRTUAL_GOAL),
            new Comparison("virtual, futex_waitv", Mechanism.VIRTUAL_FUTEX_WAITV, Mechanism.FUTEX_BLOCK, VIRTUAL_GOAL, VIRTUAL_GOAL),
            new Comparison("virtual, futex", Mechanism.VIRTUAL_FUTEX, Mechanism.FUTEX_BLOCK, VIRTUAL_GOAL, VIRTUAL_GOAL),
            new Comparison("virtual, io_uring: naive", Mechanism.VIRTUAL_IO_URING, Mechanism.VIRTUAL_NAIVE, null, null));

    private final Settings settings;
    private final Path directory;
    private final RatioTable.Builder table;
    private final Cpus cpus = Cpus.choose();
    private final List<Series> series = new ArrayList<>();
    private int runs;

    /**
     * How long.
     *
     * @param placements on which cores
     * @param warmUpMillis of each mechanism
     * @param pairs of runs, 6 or more
     * @param runMillis of each run
     * @param maxWakes after so many a run ends before that
     */
    public record Settings(List<Placement> placements, int warmUpMillis, int pairs, int runMillis, int maxWakes) {
    }

    /**
     * What comes out.
     *
     * @param table the ratios
     * @param wakes every wake of all runs, by mechanism
     */
    public record Result(RatioTable table, WakeResults wakes) {
    }

    private record Comparison(String name, Mechanism measured, Mechanism reference, Double otherCoreGoal, Double sameCoreGoal) {
        Double goal(Placement placement) {
            return placement == Placement.OTHER_CORE ? otherCoreGoal : sameCoreGoal;
        }
    }

    private WaitingBenchmark(Settings settings, Path directory, PrintStream progress) {
        this.settings = settings;
        this.directory = directory;
        this.table = new RatioTable.Builder(TITLE, METHOD, progress);
    }

    /** {@return the figures} */
    public static Result run(Settings settings, Path directory, PrintStream progress) throws IOException {
        return new WaitingBenchmark(settings, directory, progress).run();
    }

    private Result run() throws IOException {
        for (Placement placement : settings.placements()) {
            Map<Mechanism, Runner> runners = new EnumMap<>(Mechanism.class);
            try {
                for (Comparison comparison : COMPARISONS) {
                    compare(comparison, placement, runners);
                }
            } finally {
                runners.values().forEach(Runner::close);
            }
            runners.values().forEach(runner -> series.add(runner.series()));
        }
        return new Result(table.build(), new WakeResults(List.copyOf(series), List.of()));
    }

    private void compare(Comparison comparison, Placement placement, Map<Mechanism, Runner> runners) throws IOException {
        String name = comparison.name() + ", " + placement.label();
        String reason = WakeBenchmark.reasonToLeaveOut(comparison.measured(), Scope.PROCESSES, placement);
        if (reason != null) {
            table.leaveOut(name, reason);
            return;
        }
        table.add(Ratio.ofPairs(name, comparison.goal(placement), settings.pairs(), runner(comparison.measured(), placement, runners),
                runner(comparison.reference(), placement, runners)));
    }

    private Runner runner(Mechanism mechanism, Placement placement, Map<Mechanism, Runner> runners) throws IOException {
        Runner runner = runners.get(mechanism);
        if (runner == null) {
            runner = new Runner(mechanism, placement);
            runners.put(mechanism, runner);
            runner.warmUp();
        }
        return runner;
    }

    /** One mechanism in one place, with its processes. */
    private final class Runner implements Contender, AutoCloseable {
        private final Mechanism mechanism;
        private final Placement placement;
        private final Peer peer;
        private final List<Series> measured = new ArrayList<>();

        Runner(Mechanism mechanism, Placement placement) throws IOException {
            this.mechanism = mechanism;
            this.placement = placement;
            this.peer = SeriesProgram.start(mechanism);
        }

        @Override
        public String label() {
            return mechanism.label();
        }

        void warmUp() throws IOException {
            Series.measure(plan(settings.warmUpMillis(), UNRECORDED_MILLIS), peer);
        }

        @Override
        public double measure() throws IOException {
            Series run = Series.measure(plan(TOUCH_MILLIS, settings.runMillis()), peer);
            measured.add(run);
            double[] latencies = new double[run.raw().latencies().length];
            for (int i = 0; i < latencies.length; i++) {
                latencies[i] = run.raw().latencies()[i];
            }
            return MedianInterval.median(latencies);
        }

        private Plan plan(int warmUpMillis, int millis) throws IOException {
            Path own = Files.createDirectory(directory.resolve("waiting-" + runs++));
            return new Plan(mechanism, Scope.PROCESSES, placement, cpus.first(), cpus.waiter(placement), warmUpMillis, millis,
                    settings.maxWakes(), own.toString());
        }

        /** All runs as one series. */
        Series series() {
            return Series.of(measured.getFirst().plan(), RawSeries.ofAll(measured.stream().map(Series::raw).toList()));
        }

        @Override
        public void close() {
            peer.close();
        }
    }
}
