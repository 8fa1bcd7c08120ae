package org.latchwork.jmh.scale;

import com.google.gson.Gson;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.HdrHistogram.Histogram;
import org.latchwork.jmh.EngineProbe;
import org.latchwork.jmh.Peer;
import org.latchwork.jmh.ratio.MedianInterval;
import org.latchwork.jmh.wake.Mechanism;

/** Wakes crowds by another process: platform threads, virtual threads by each engine, and virtual threads that block their carriers. */
public final class ScaleBenchmark {
    private static final List<Mechanism> MECHANISMS = List.of(Mechanism.FUTEX_BLOCK, Mechanism.VIRTUAL_IO_URING,
            Mechanism.VIRTUAL_FUTEX_WAITV, Mechanism.VIRTUAL_FUTEX, Mechanism.VIRTUAL_NAIVE);
    private static final int SIGNIFICANT_DIGITS = 3;

    /** What {@link org.latchwork.wait.WaitEngine} promises, and no more. */
    private static final int MOST_WORDS_OF_FUTEX_WAITV = 10_000;
    private static final int MOST_WAITERS_OF_FUTEX = 500;
    /** More than that are no way to write a program, and beyond many a container's limit. */
    private static final int MOST_PLATFORM_THREADS = 10_000;

    private final Settings settings;
    private final Path directory;
    private final PrintStream progress;
    private final List<ScaleRow> rows = new ArrayList<>();
    private final List<ScaleRow.LeftOut> leftOut = new ArrayList<>();

    /**
     * How long, and how many.
     *
     * @param crowds how many waiters, each a row
     * @param warmUpMillis before each row
     * @param measureMillis of each row, but a few rounds at least
     * @param maxWakes after so many a row ends before that
     * @param deadlineMillis after which a row is called stalled
     */
    public record Settings(List<Integer> crowds, int warmUpMillis, int measureMillis, int maxWakes, int deadlineMillis) {
    }

    /**
     * What comes out.
     *
     * @param rows what was measured
     * @param leftOut what was not, or stalled
     */
    public record Result(List<ScaleRow> rows, List<ScaleRow.LeftOut> leftOut) {
        /** Nothing. */
        public static final Result NONE = new Result(List.of(), List.of());
    }

    private ScaleBenchmark(Settings settings, Path directory, PrintStream progress) {
        this.settings = settings;
        this.directory = directory;
        this.progress = progress;
    }

    /** {@return the figures} */
    public static Result run(Settings settings, Path directory, PrintStream progress) throws IOException {
        ScaleBenchmark benchmark = new ScaleBenchmark(settings, directory, progress);
        for (int waiters : settings.crowds()) {
            for (Mechanism mechanism : MECHANISMS) {
                String reason = reasonToLeaveOut(mechanism, waiters);
                if (reason == null) {
                    benchmark.measure(mechanism, waiters);
                } else {
                    benchmark.leftOut.add(new ScaleRow.LeftOut(mechanism, waiters, reason));
                }
            }
        }
        return new Result(List.copyOf(benchmark.rows), List.copyOf(benchmark.leftOut));
    }

    private static String reasonToLeaveOut(Mechanism mechanism, int waiters) throws IOException {
        int most = switch (mechanism) {
            case FUTEX_BLOCK -> MOST_PLATFORM_THREADS;
            case VIRTUAL_FUTEX_WAITV -> MOST_WORDS_OF_FUTEX_WAITV;
            case VIRTUAL_FUTEX -> MOST_WAITERS_OF_FUTEX;
            default -> Integer.MAX_VALUE;
        };
        if (waiters > most) {
            return "left out: for up to %,d waiters".formatted(most);
        }
        return mechanism.parks() ? EngineProbe.reasonToLeaveOut(mechanism.engine()) : null;
    }

    private void measure(Mechanism mechanism, int waiters) throws IOException {
        progress.printf(Locale.ROOT, "[%,d waiters] %-28s ", waiters, mechanism.label());
        progress.flush();
        Path own = Files.createDirectory(directory.resolve("scale-" + waiters + "-" + mechanism));
        ScalePlan plan = new ScalePlan(mechanism, waiters, settings.warmUpMillis(), settings.measureMillis(), settings.maxWakes(),
                settings.deadlineMillis(), own.toString());
        ScalePlan.Outcome outcome;
        try (Peer peer = ScaleProgram.start()) {
            outcome = new Gson().fromJson(peer.ask(new Gson().toJson(plan), plan.longestMillis()), ScalePlan.Outcome.class);
        }
        if (outcome.stalled() != null) {
            progress.println(outcome.stalled());
            leftOut.add(new ScaleRow.LeftOut(mechanism, waiters, outcome.stalled()));
            return;
        }
        ScaleRow row = row(mechanism, waiters, outcome);
        progress.printf(Locale.ROOT, "%,11.0f wakes/s  last back after %,11.0f us  p50 %,11.1f us%n", row.wakesPerSecond(),
                row.lastNanos() / 1000, row.histogram().getValueAtPercentile(50) / 1000.0);
        rows.add(row);
    }

    private static ScaleRow row(Mechanism mechanism, int waiters, ScalePlan.Outcome outcome) {
        Histogram histogram = new Histogram(SIGNIFICANT_DIGITS);
        for (long latency : outcome.latencies()) {
            histogram.recordValue(latency);
        }
        double[] rounds = new double[outcome.roundNanos().length];
        for (int i = 0; i < rounds.length; i++) {
            rounds[i] = outcome.roundNanos()[i];
        }
        double last = MedianInterval.median(rounds);
        return new ScaleRow(mechanism, waiters, rounds.length, waiters / (last / 1e9), last, histogram);
    }
}
