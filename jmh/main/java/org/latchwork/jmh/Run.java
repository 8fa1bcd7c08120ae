package org.latchwork.jmh;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.latchwork.jmh.ratio.Ratio;
import org.latchwork.jmh.ratio.RatioBenchmark;
import org.latchwork.jmh.report.Environment;
import org.latchwork.jmh.report.Picture;
import org.latchwork.jmh.report.Report;
import org.latchwork.jmh.report.Table;
import org.latchwork.jmh.wake.WakeBenchmark;
import org.latchwork.jmh.wake.WakeResults;
import picocli.CommandLine.Option;

/** A run of what is asked for, and its report. */
final class Run {
    @Option(names = "--report", paramLabel = "DIR", defaultValue = "report",
            description = "where the report goes (default: ${DEFAULT-VALUE})")
    private Path directory;

    @Option(names = "--svg", paramLabel = "FILE", description = "also write the wakes between two processes as one SVG picture")
    private Path picture;

    /** Either may be {@code null}. */
    void measure(WakeBenchmark.Settings wake, RatioBenchmark.Settings ratio) throws IOException, InterruptedException {
        Report report;
        try (WorkDirectory work = WorkDirectory.create(); CFloor floor = CFloor.compile()) {
            Environment environment = Environment.before(work);
            WakeResults wakes = wake == null
                    ? new WakeResults(List.of(), List.of())
                    : new WakeBenchmark(wake, work.path(), floor, System.out).run();
            List<Ratio> ratios = ratio == null || floor == null ? List.of() : ratios(ratio, work.path(), floor);
            report = new Report(environment.after(), wakes, ratios, ratio != null && floor == null ? CFloor.NO_COMPILER : null);
        }
        report.write(directory);
        if (picture != null) {
            Files.writeString(picture, Picture.of(report));
        }
        System.out.print(Table.of(report));
        System.out.println("\nReport: " + directory.toAbsolutePath().normalize().resolve("index.html"));
    }

    private static List<Ratio> ratios(RatioBenchmark.Settings settings, Path directory, CFloor floor) throws IOException {
        try (RatioBenchmark benchmark = new RatioBenchmark(settings, directory, floor, System.out)) {
            return benchmark.run();
        }
    }
}
