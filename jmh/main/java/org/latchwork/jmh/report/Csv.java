package org.latchwork.jmh.report;

import java.util.List;
import java.util.Locale;
import org.latchwork.jmh.policy.PolicyRow;
import org.latchwork.jmh.publish.PublishRow;
import org.latchwork.jmh.ratio.RatioTable;
import org.latchwork.jmh.recovery.RecoveryBenchmark;
import org.latchwork.jmh.recovery.RecoveryRow;
import org.latchwork.jmh.scale.ScaleBenchmark;
import org.latchwork.jmh.scale.ScaleRow;
import org.latchwork.jmh.wake.WakeResults;

/** The tables for a spreadsheet (RFC 4180): times in nanoseconds. */
final class Csv {
    private Csv() {}

    static String wakes(WakeResults wakes) {
        StringBuilder csv = new StringBuilder("scope,placement,mechanism,wakes,p50_ns,p90_ns,p99_ns,p99_9_ns,p99_99_ns,max_ns,mean_ns,"
                + "waker_cpu_ns,waiter_cpu_ns,waiter_cpu_share,proven,voluntary_switches,involuntary_switches,left_out\n");
        for (var series : wakes.series()) {
            var h = series.histogram();
            csv.append(String.format(Locale.ROOT, "%s,%s,%s,%d,%d,%d,%d,%d,%d,%d,%.1f,%.1f,%.1f,%.4f,%d,%.4f,%.4f,%n",
                    series.plan().scope(), series.plan().placement(), series.plan().mechanism(), series.wakes(), h.getValueAtPercentile(50),
                    h.getValueAtPercentile(90), h.getValueAtPercentile(99), h.getValueAtPercentile(99.9), h.getValueAtPercentile(99.99),
                    h.getMaxValue(), h.getMean(), series.wakerCpuMicros() * 1000, series.waiterCpuMicros() * 1000, series.waiterCpuShare(),
                    series.raw().proven(), series.voluntarySwitches(), series.involuntarySwitches()));
        }
        for (var row : wakes.leftOut()) {
            csv.append("%s,%s,%s%s\"%s\"%n".formatted(row.scope(), row.placement(), row.mechanism(), ",".repeat(15), row.reason()));
        }
        return csv.toString();
    }

    static String policies(List<PolicyRow> rows) {
        StringBuilder csv = new StringBuilder("placement,hold_us,policy,runs,waits,ns_per_wait,cpu_ns_per_wait\n");
        for (PolicyRow row : rows) {
            csv.append(String.format(Locale.ROOT, "%s,%d,%s,%d,%d,%.1f,%.1f%n", row.placement(), row.holdMicros(), row.policy(), row.runs(),
                    row.waits(), row.nanos(), row.cpuNanos()));
        }
        return csv.toString();
    }

    static String crowds(ScaleBenchmark.Result crowds) {
        StringBuilder csv = new StringBuilder("waiters,mechanism,rounds,wakes,wakes_per_s,last_back_ns,p50_ns,p99_ns,max_ns,left_out\n");
        for (ScaleRow row : crowds.rows()) {
            var h = row.histogram();
            csv.append(String.format(Locale.ROOT, "%d,%s,%d,%d,%.0f,%.0f,%d,%d,%d,%n", row.waiters(), row.mechanism(), row.rounds(),
                    h.getTotalCount(), row.wakesPerSecond(), row.lastNanos(), h.getValueAtPercentile(50), h.getValueAtPercentile(99),
                    h.getMaxValue()));
        }
        for (var row : crowds.leftOut()) {
            csv.append("%d,%s%s\"%s\"%n".formatted(row.waiters(), row.mechanism(), ",".repeat(8), row.reason()));
        }
        return csv.toString();
    }

    static String publishing(List<PublishRow> rows) {
        StringBuilder csv = new StringBuilder("place,bytes,processes,work,peer,ns_per_file,files_per_s,left_out\n");
        for (PublishRow row : rows) {
            csv.append("\"%s\",%d,%d,%s,%s,".formatted(row.place(), row.size(), row.processes(), row.work(), row.peer()));
            csv.append(row.missing() != null ? ",,\"%s\"%n".formatted(row.missing())
                    : String.format(Locale.ROOT, "%.1f,%.0f,%n", row.nanos(), row.filesPerSecond()));
        }
        return csv.toString();
    }

    static String recovery(RecoveryBenchmark.Result recovery) {
        StringBuilder csv = new StringBuilder("owner,touched_mb,objects,step,kills,p50_ns,p90_ns,p99_ns,max_ns,first_ns,verdict,left_out\n");
        for (RecoveryRow row : recovery.rows()) {
            var h = row.histogram();
            csv.append(String.format(Locale.ROOT, "%s,%d,%d,%s,%d,%d,%d,%d,%d,%d,\"%s\",%n", row.owner(), row.touchedMegabytes(), row.objects(),
                    row.step(), h.getTotalCount(), h.getValueAtPercentile(50), h.getValueAtPercentile(90), h.getValueAtPercentile(99),
                    h.getMaxValue(), row.first(), row.verdict()));
        }
        for (var row : recovery.leftOut()) {
            csv.append("%s,,%d%s\"%s\"%n".formatted(row.owner(), row.objects(), ",".repeat(9), row.reason()));
        }
        return csv.toString();
    }

    static String ratios(List<RatioTable> tables) {
        StringBuilder csv = new StringBuilder("table,operation,pairs,measured,measured_ns,reference,reference_ns,ratio,ratio_lower,"
                + "ratio_upper,goal,verdict,left_out\n");
        for (RatioTable table : tables) {
            for (var r : table.ratios()) {
                csv.append(String.format(Locale.ROOT, "%s,\"%s\",%d,\"%s\",%.1f,\"%s\",%.1f,%.4f,%.4f,%.4f,%s,%s,%n",
                        table.title(), r.name(), r.ratio().count(), r.measured(), r.measuredNanos(), r.reference(), r.referenceNanos(),
                                r.ratio().median(),
                                r.ratio().lower(), r.ratio().upper(), r.goal() == null ? "" : r.goal(), r.verdict()));
            }
            for (var row : table.leftOut()) {
                csv.append("%s,\"%s\"%s\"%s\"%n".formatted(table.title(), row.name(), ",".repeat(11), row.reason()));
            }
        }
        return csv.toString();
    }
}
