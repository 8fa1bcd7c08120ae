package org.latchwork.jmh.report;

import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import org.latchwork.jmh.policy.PolicyRow;
import org.latchwork.jmh.publish.PublishRow;
import org.latchwork.jmh.ratio.RatioTable;
import org.latchwork.jmh.recovery.RecoveryBenchmark;
import org.latchwork.jmh.recovery.RecoveryRow;
import org.latchwork.jmh.scale.ScaleBenchmark;
import org.latchwork.jmh.scale.ScaleRow;
import org.latchwork.jmh.wake.Placement;
import org.latchwork.jmh.wake.Scope;
import org.latchwork.jmh.wake.Series;
import org.latchwork.jmh.wake.WakeResults;
import org.latchwork.jmh.wake.WakeResults.LeftOut;

/** The outcome for a terminal. */
public final class Table {
    private Table() {}

    /** {@return the tables} */
    public static String of(Report report) {
        StringBuilder text = new StringBuilder();
        if (!report.wakes().series().isEmpty() || !report.wakes().leftOut().isEmpty()) {
            wakes(text, report.wakes());
        }
        report.ratios().forEach(table -> ratios(text, table));
        if (!report.policies().isEmpty()) {
            policies(text, report.policies());
        }
        if (!report.crowds().rows().isEmpty() || !report.crowds().leftOut().isEmpty()) {
            crowds(text, report.crowds());
        }
        if (!report.publishing().isEmpty()) {
            publishing(text, report.publishing());
        }
        if (!report.recovery().rows().isEmpty() || !report.recovery().leftOut().isEmpty()) {
            recovery(text, report.recovery());
        }
        return text.toString();
    }

    private static void recovery(StringBuilder text, RecoveryBenchmark.Result recovery) {
        text.append("%nFrom an owner's death until somebody else has what it held, in microseconds; first: the waiter's first recovery%n".formatted());
        String setting = "";
        for (RecoveryRow row : recovery.rows()) {
            if (!row.setting().equals(setting)) {
                setting = row.setting();
                text.append("%n%-36s %8s %10s %10s %10s %10s%n".formatted(setting, "kills", "p50", "p99", "max", "first"));
            }
            var histogram = row.histogram();
            text.append("%-36s %8d %10s %10s %10s %10s  %s%n".formatted(row.step().label(), histogram.getTotalCount(),
                    Micros.text(histogram.getValueAtPercentile(50) / 1000.0), Micros.text(histogram.getValueAtPercentile(99) / 1000.0),
                    Micros.text(histogram.getMaxValue() / 1000.0), Micros.text(row.first() / 1000.0), row.verdict()));
        }
        recovery.leftOut().forEach(row -> text.append("%-28s %8d objects  %s%n".formatted(row.owner().label(), row.objects(), row.reason())));
    }

    private static void publishing(StringBuilder text, List<PublishRow> rows) {
        text.append("%nPublishing: the time that passes between two files, in microseconds; one and the same file once, again, and looked for%n"
                .formatted());
        PublishTable.of(rows).forEach((setting, peers) -> {
            text.append("%n%s%n%-36s %10s %10s %10s%n".formatted(setting, "", "new", "again", "find"));
            peers.forEach((peer, works) -> text.append("%-36s %10s %10s %10s%n".formatted(peer.label(),
                    PublishTable.text(works.get(0)), PublishTable.text(works.get(1)), PublishTable.text(works.get(2)))));
        });
    }

    private static void wakes(StringBuilder text, WakeResults wakes) {
        text.append(("%nWake latency, one way, in microseconds; CPU: microseconds per wake of the waking and the waiting call "
                + "(and their share of the wait);%nsleeps: voluntary context switches per wait; /C: median to the C program's%n")
                .formatted());
        for (Scope scope : Scope.values()) {
            for (Placement placement : Placement.values()) {
                place(text, wakes, scope, placement);
            }
        }
    }

    private static void place(StringBuilder text, WakeResults wakes, Scope scope, Placement placement) {
        List<Series> measured = wakes.series().stream().filter(s -> s.plan().scope() == scope && s.plan().placement() == placement)
                .toList();
        List<LeftOut> leftOut = wakes.leftOut().stream().filter(row -> row.scope() == scope && row.placement() == placement).toList();
        if (measured.isEmpty() && leftOut.isEmpty()) {
            return;
        }
        text.append("%nBetween %s, waiter on the %s%n".formatted(scope.label(), placement.label()));
        text.append("%-26s %8s %8s %8s %8s %8s %9s %8s %15s  %-24s %6s %6s%n".formatted(
                "", "wakes", "p50", "p90", "p99", "p99.9", "max", "CPU wake", "CPU wait", "waiter seen", "sleeps", "/C"));
        measured.forEach(series -> row(text, wakes, series));
        leftOut.forEach(row -> text.append("%-26s %s%n".formatted(row.mechanism().label(), row.reason())));
    }

    private static void row(StringBuilder text, WakeResults wakes, Series series) {
        OptionalDouble ratio = wakes.ratioToFloor(series);
        text.append(String.format(Locale.ROOT, "%-26s %8d %8s %8s %8s %8s %9s %8s %15s  %-24s %6.2f %6s%n",
                series.plan().mechanism().label(),
                series.wakes(), Micros.text(series.micros(50)), Micros.text(series.micros(90)), Micros.text(series.micros(99)),
                Micros.text(series.micros(99.9)), Micros.text(series.micros(100)), Micros.text(series.wakerCpuMicros()),
                String.format(Locale.ROOT, "%s (%.0f %%)", Micros.text(series.waiterCpuMicros()), 100 * series.waiterCpuShare()),
                series.proof(), series.voluntarySwitches(),
                ratio.isPresent() ? String.format(Locale.ROOT, "%.2f", ratio.getAsDouble()) : "-"));
    }

    private static void policies(StringBuilder text, List<PolicyRow> rows) {
        text.append("%nA round trip with a partner that works for a while before it answers, in microseconds; CPU: the waiter's%n"
                .formatted()).append("%-12s %8s  %-24s %10s %10s%n".formatted("partner", "works", "policy", "wait", "CPU"));
        rows.forEach(row -> text.append("%-12s %5d µs  %-24s %10s %10s%n".formatted(row.placement().label(), row.holdMicros(),
                row.policy().label(), Micros.text(row.nanos() / 1000), Micros.text(row.cpuNanos() / 1000))));
    }

    private static void crowds(StringBuilder text, ScaleBenchmark.Result crowds) {
        text.append("%nMany waiters, woken one after the other by another process; times in microseconds%n".formatted())
                .append("%-10s %-28s %8s %12s %12s %10s %10s%n".formatted("waiters", "", "rounds", "wakes/s", "last back", "p50", "p99"));
        for (ScaleRow row : crowds.rows()) {
            text.append(String.format(Locale.ROOT, "%-10d %-28s %8d %,12.0f %12s %10s %10s%n", row.waiters(), row.mechanism().label(),
                    row.rounds(), row.wakesPerSecond(), Micros.text(row.lastNanos() / 1000),
                    Micros.text(row.histogram().getValueAtPercentile(50) / 1000.0),
                            Micros.text(row.histogram().getValueAtPercentile(99) / 1000.0)));
        }
        crowds.leftOut().forEach(row -> text.append("%-10d %-28s %s%n".formatted(row.waiters(), row.mechanism().label(), row.reason())));
    }

    private static void ratios(StringBuilder text, RatioTable table) {
        text.append("%n%s%n%-36s %26s %10s %26s %10s %7s %17s %6s%n".formatted(table.method(), table.title(), "", "ns", "against", "ns",
                "ratio", "95 % interval", "goal"));
        for (var r : table.ratios()) {
            text.append(String.format(Locale.ROOT, "%-36s %26s %10.0f %26s %10.0f %7.3f %17s %6s  %s%n", r.name(), r.measured(),
                    r.measuredNanos(), r.reference(), r.referenceNanos(), r.ratio().median(),
                            String.format(Locale.ROOT, "%.3f to %.3f", r.ratio().lower(), r.ratio().upper()),
                                    r.goal() == null ? "-" : String.format(Locale.ROOT, "%.2f", r.goal()), r.verdict()));
        }
        table.leftOut().forEach(row -> text.append("%-36s %s%n".formatted(row.name(), row.reason())));
    }
}
