package org.latchwork.jmh.report;

import com.google.gson.GsonBuilder;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.latchwork.jmh.policy.PolicyRow;
import org.latchwork.jmh.publish.PublishRow;
import org.latchwork.jmh.ratio.RatioTable;
import org.latchwork.jmh.recovery.RecoveryBenchmark;
import org.latchwork.jmh.recovery.RecoveryRow;
import org.latchwork.jmh.scale.ScaleBenchmark;
import org.latchwork.jmh.scale.ScaleRow;
import org.latchwork.jmh.wake.Series;
import org.latchwork.jmh.wake.WakeResults;

/**
 * The outcome of a run, written as files that need nothing else.
 *
 * @param environment what the figures depend on
 * @param wakes wake latencies
 * @param ratios tables of what was compared by turns
 * @param policies what a wait costs by each policy
 * @param crowds many waiters at once
 * @param publishing the throughput of publishing
 * @param recovery how long it takes to get what the dead have held
 */
public record Report(Map<String, String> environment, WakeResults wakes, List<RatioTable> ratios, List<PolicyRow> policies,
        ScaleBenchmark.Result crowds, List<PublishRow> publishing, RecoveryBenchmark.Result recovery) {
    /** Histograms print in microseconds. */
    private static final double HGRM_UNIT_NANOS = 1000;
    private static final int HGRM_TICKS_PER_HALF_DISTANCE = 5;

    /** Writes {@code index.html}, {@code results.json}, a {@code .csv} for each kind of figures, and {@code hgrm/*.hgrm}. */
    public void write(Path directory) throws IOException {
        Path histograms = Files.createDirectories(directory.resolve("hgrm"));
        try (var old = Files.newDirectoryStream(histograms, "*.hgrm")) {
            for (Path file : old) {
                Files.delete(file); // of an earlier run with other series
            }
        }
        for (Series series : wakes.series()) {
            write(series.histogram(), histograms.resolve(series.fileName() + ".hgrm"));
        }
        for (ScaleRow row : crowds.rows()) {
            write(row.histogram(), histograms.resolve(row.fileName() + ".hgrm"));
        }
        for (RecoveryRow row : recovery.rows()) {
            write(row.histogram(), histograms.resolve(row.fileName() + ".hgrm"));
        }
        String json = new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create().toJson(Results.of(this));
        Files.writeString(directory.resolve("results.json"), json + "\n");
        Files.writeString(directory.resolve("wakes.csv"), Csv.wakes(wakes));
        Files.writeString(directory.resolve("ratios.csv"), Csv.ratios(ratios));
        Files.writeString(directory.resolve("policies.csv"), Csv.policies(policies));
        Files.writeString(directory.resolve("crowds.csv"), Csv.crowds(crowds));
        Files.writeString(directory.resolve("publishing.csv"), Csv.publishing(publishing));
        Files.writeString(directory.resolve("recovery.csv"), Csv.recovery(recovery));
        Files.writeString(directory.resolve("index.html"), new Page(this).html());
    }

    private static void write(Histogram histogram, Path file) throws IOException {
        try (PrintStream out = new PrintStream(file.toFile(), StandardCharsets.UTF_8)) {
            histogram.outputPercentileDistribution(out, HGRM_TICKS_PER_HALF_DISTANCE, HGRM_UNIT_NANOS);
        }
    }
}
