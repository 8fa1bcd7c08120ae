package org.latchwork.jmh;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.latchwork.jmh.lock.LockBenchmark;
import org.latchwork.jmh.policy.PolicyBenchmark;
import org.latchwork.jmh.policy.PolicyRow;
import org.latchwork.jmh.publish.PublishBenchmark;
import org.latchwork.jmh.publish.PublishRow;
import org.latchwork.jmh.ratio.RatioBenchmark;
import org.latchwork.jmh.ratio.RatioTable;
import org.latchwork.jmh.recovery.RecoveryBenchmark;
import org.latchwork.jmh.report.Environment;
import org.latchwork.jmh.report.Picture;
import org.latchwork.jmh.report.Report;
import org.latchwork.jmh.report.Table;
import org.latchwork.jmh.scale.ScaleBenchmark;
import org.latchwork.jmh.waiting.WaitingBenchmark;
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

    /** One benchmark, which enters what it has measured. */
    interface Part {
        void run(Path directory, CFloor floor, Findings findings) throws IOException, InterruptedException;
    }

    /** What has been measured so far. */
    static final class Findings {
        WakeResults wakes = new WakeResults(List.of(), List.of());
        final List<RatioTable> ratios = new ArrayList<>();
        List<PolicyRow> policies = List.of();
        ScaleBenchmark.Result crowds = ScaleBenchmark.Result.NONE;
        List<PublishRow> publishing = List.of();
        RecoveryBenchmark.Result recovery = RecoveryBenchmark.Result.NONE;
    }

    void measure(Part... parts) throws IOException, InterruptedException {
        Report report;
        try (WorkDirectory work = WorkDirectory.create(); CFloor floor = CFloor.compile()) {
            Environment environment = Environment.before(work);
            Findings findings = new Findings();
            for (Part part : parts) {
                part.run(work.path(), floor, findings);
            }
            report = new Report(environment.after(), findings.wakes, findings.ratios, findings.policies, findings.crowds,
                    findings.publishing, findings.recovery);
        }
        report.write(directory);
        if (picture != null) {
            Files.writeString(picture, Picture.of(report));
        }
        System.out.print(Table.of(report));
        System.out.println("\nReport: " + directory.toAbsolutePath().normalize().resolve("index.html"));
    }

    static Part wake(WakeBenchmark.Settings settings) {
        return (directory, floor, findings) -> findings.wakes = new WakeBenchmark(settings, directory, floor, System.out).run();
    }

    static Part ratios(RatioBenchmark.Settings settings) {
        return (directory, floor, findings) -> findings.ratios.add(RatioBenchmark.run(settings, directory, floor, System.out));
    }

    static Part locks(LockBenchmark.Settings settings) {
        return (directory, floor, findings) -> findings.ratios.add(LockBenchmark.run(settings, directory, System.out));
    }

    static Part policy(PolicyBenchmark.Settings settings) {
        return (directory, floor, findings) -> {
            PolicyBenchmark.Result result = PolicyBenchmark.run(settings, directory, System.out);
            findings.policies = result.rows();
            findings.ratios.add(result.table());
        };
    }

    static Part crowds(ScaleBenchmark.Settings settings) {
        return (directory, floor, findings) -> findings.crowds = ScaleBenchmark.run(settings, directory, System.out);
    }

    static Part publish(PublishBenchmark.Settings settings) {
        return (directory, floor, findings) -> {
            PublishBenchmark.Result result = PublishBenchmark.run(settings, System.out);
            findings.publishing = result.rows();
            findings.ratios.add(result.goals());
        };
    }

    static Part recovery(RecoveryBenchmark.Settings settings) {
        return (directory, floor, findings) -> findings.recovery = RecoveryBenchmark.run(settings, directory, System.out);
    }

    /** Its wakes are rows of the report only where no other part has measured the same ones for longer. */
    static Part waiting(WaitingBenchmark.Settings settings) {
        return (directory, floor, findings) -> {
            WaitingBenchmark.Result result = WaitingBenchmark.run(settings, directory, System.out);
            findings.ratios.add(result.table());
            if (findings.wakes.series().isEmpty()) {
                findings.wakes = result.wakes();
            }
        };
    }
}
