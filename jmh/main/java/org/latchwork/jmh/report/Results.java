package org.latchwork.jmh.report;

import java.util.List;
import java.util.Map;
import org.latchwork.jmh.policy.PolicyRow;
import org.latchwork.jmh.publish.PublishRow;
import org.latchwork.jmh.ratio.RatioTable;
import org.latchwork.jmh.recovery.Owner;
import org.latchwork.jmh.recovery.RecoveryRow;
import org.latchwork.jmh.recovery.Step;
import org.latchwork.jmh.scale.ScaleRow;
import org.latchwork.jmh.wake.Mechanism;
import org.latchwork.jmh.wake.Placement;
import org.latchwork.jmh.wake.Scope;
import org.latchwork.jmh.wake.Series;
import org.latchwork.jmh.wake.WakeResults;

/** {@code results.json}: times in nanoseconds, counts per wake where the name says so. */
record Results(Map<String, String> environment, List<Wake> wakes, List<WakeResults.LeftOut> leftOut,
        List<RatioTable> ratios, List<PolicyRow> policies, List<Crowd> crowds, List<ScaleRow.LeftOut> crowdsLeftOut,
        List<PublishRow> publishing, List<Recovery> recovery, List<RecoveryRow.LeftOut> recoveryLeftOut) {
    record Wake(Scope scope, Placement placement, Mechanism mechanism, long wakes, long p50, long p90, long p99, long p99_9, long p99_99,
            long max, double mean, double wakerCpuPerWake, double waiterCpuPerWake, double waiterCpuShareOfWait, long proven,
            double voluntarySwitchesPerWake, double involuntarySwitchesPerWake, Double medianToC, String histogram) {
    }

    record Crowd(Mechanism mechanism, int waiters, int rounds, long wakes, double wakesPerSecond, double lastBack, long p50, long p99,
            long max, String histogram) {
    }

    record Recovery(Owner owner, long touchedMegabytes, int objects, Step step, long kills, long p50, long p90, long p99, long max, long first,
            String verdict, String histogram) {
    }

    private static Recovery of(RecoveryRow row) {
        var histogram = row.histogram();
        return new Recovery(row.owner(), row.touchedMegabytes(), row.objects(), row.step(), histogram.getTotalCount(),
                histogram.getValueAtPercentile(50), histogram.getValueAtPercentile(90), histogram.getValueAtPercentile(99),
                histogram.getMaxValue(), row.first(), row.verdict(), "hgrm/" + row.fileName() + ".hgrm");
    }

    private static Crowd of(ScaleRow row) {
        var histogram = row.histogram();
        return new Crowd(row.mechanism(), row.waiters(), row.rounds(), histogram.getTotalCount(), row.wakesPerSecond(), row.lastNanos(),
                histogram.getValueAtPercentile(50), histogram.getValueAtPercentile(99), histogram.getMaxValue(),
                "hgrm/" + row.fileName() + ".hgrm");
    }

    static Results of(Report report) {
        List<Wake> wakes = report.wakes().series().stream().map(series -> of(report.wakes(), series)).toList();
        return new Results(report.environment(), wakes, report.wakes().leftOut(), report.ratios(), report.policies(),
                report.crowds().rows().stream().map(Results::of).toList(), report.crowds().leftOut(), report.publishing(),
                report.recovery().rows().stream().map(Results::of).toList(), report.recovery().leftOut());
    }

    private static Wake of(WakeResults all, Series series) {
        var plan = series.plan();
        var histogram = series.histogram();
        var ratio = all.ratioToFloor(series);
        return new Wake(plan.scope(), plan.placement(), plan.mechanism(), series.wakes(), histogram.getValueAtPercentile(50),
                histogram.getValueAtPercentile(90), histogram.getValueAtPercentile(99), histogram.getValueAtPercentile(99.9),
                histogram.getValueAtPercentile(99.99), histogram.getMaxValue(), histogram.getMean(),
                series.wakerCpuMicros() * 1000, series.waiterCpuMicros() * 1000, series.waiterCpuShare(), series.raw().proven(),
                series.voluntarySwitches(), series.involuntarySwitches(), ratio.isPresent() ? ratio.getAsDouble() : null,
                "hgrm/" + series.fileName() + ".hgrm");
    }
}
