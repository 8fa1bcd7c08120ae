package org.latchwork.jmh.report;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import org.latchwork.jmh.policy.Policy;
import org.latchwork.jmh.policy.PolicyRow;
import org.latchwork.jmh.ratio.Ratio;
import org.latchwork.jmh.ratio.RatioTable;
import org.latchwork.jmh.recovery.RecoveryRow;
import org.latchwork.jmh.scale.ScaleRow;
import org.latchwork.jmh.wake.Mechanism;
import org.latchwork.jmh.wake.Placement;
import org.latchwork.jmh.wake.Scope;
import org.latchwork.jmh.wake.Series;
import org.latchwork.jmh.wake.WakeResults;

/** The report as one HTML file that loads nothing. */
final class Page {
    private static final String HEAD = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Latchwork: wake latency</title>
            <style>
            :root { color-scheme: light dark; %s}
            @media (prefers-color-scheme: dark) { :root { %s} }
            %s
            body { margin: 0 auto; padding: 24px; max-width: 1240px; font: 15px/1.5 system-ui, sans-serif; color: var(--text);
              background: var(--ground); }
            h1 { font-size: 26px; margin: 0 0 4px; }
            h2 { font-size: 19px; margin: 40px 0 8px; }
            p, li { max-width: 78ch; }
            .muted { color: var(--muted); }
            .legend { display: flex; flex-wrap: wrap; gap: 4px 20px; padding: 0; margin: 16px 0; list-style: none; }
            .legend li { display: flex; align-items: center; gap: 8px; font-size: 13px; }
            .plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%%, 480px), 1fr)); gap: 16px; }
            .plots svg { width: 100%%; max-width: 760px; height: auto; background: var(--raised); border-radius: 8px; }
            .scroll { overflow-x: auto; }
            table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; width: 100%%; }
            th, td { padding: 5px 7px; text-align: right; border-bottom: 1px solid var(--grid); white-space: nowrap; }
            th { color: var(--muted); font-weight: 600; }
            th:first-child, td:first-child, td.text { text-align: left; }
            td.wrap { white-space: normal; }
            caption { text-align: left; font-weight: 600; padding: 20px 0 6px; font-size: 15px; }
            tr.LINK td:first-child { border-left: 3px solid var(--name); }
            tr.FUTEX td:first-child { border-left: 3px solid var(--futex); }
            tr.VIRTUAL td:first-child { border-left: 3px solid var(--virtual); }
            tr.FLOOR td:first-child { border-left: 3px solid var(--floor); }
            .met { color: var(--checkpoint); } .missed { color: var(--inotify); }
            </style>
            </head>
            <body>
            <h1>How long a wake takes</h1>
            <p class="muted">From just before the waking call to just after the waiter runs again, one way; every wake is in the figures.
            Futexes in shared memory, files that link(2) publishes, and a C program as the floor.</p>
            """.formatted(PercentilePlot.LIGHT, PercentilePlot.DARK, PercentilePlot.STYLE);

    private static final String BY_TURNS = """
            <h2>By turns</h2>
            <p>The one and the other in pairs of runs, one after the other, so that what changes on the machine meets both: the median of
            the pairs' ratios, with its 95 % interval (order statistics). A goal is missed if the whole interval lies above it.</p>
            """;

    private static final String METHOD = """
            <h2>How it is measured</h2>
            <ul>
            <li>Waker and waiter are pinned to their CPUs (sched_setaffinity). The waker stamps CLOCK_MONOTONIC, makes the waking call, and
            the waiter stamps the same clock as soon as its waiting call returns. Each series runs in processes of its own, after a
            warm-up, and ends after a set time.</li>
            <li>Before each wake the waker reads the waiter's <code>/proc/PID/task/TID/syscall</code> until it shows the waiter asleep in
            its waiting call (or running, if it spins), pauses for a random time up to 0.1 ms (1 ms for those that poll every 1 ms, so that
            a wake meets every point of their period), and looks again. &ldquo;Waiter seen&rdquo; counts the wakes for which the last look
            confirmed it; &ldquo;sleeps&rdquo; are voluntary context switches inside the waiting call, &ldquo;preempted&rdquo; involuntary
            ones (getrusage).</li>
            <li>CPU is the thread's own time (CLOCK_THREAD_CPUTIME_ID) in the waking and in the waiting call, less what reading that clock
            costs. A waiter's share is of the time that it waited: a spinner burns a core for as long as it waits, so its figure grows with
            the wait. Of a virtual waiter it is the whole process's, since others work for it.</li>
            <li>A parked virtual thread sleeps in no call. So the waker looks whether its carrier sleeps, and asks the kernel how many
            waiters the word has, by a requeue from the word to itself, which moves nobody. The waiter's JVM runs on the waiter's CPU.</li>
            <li>On the same core, waker and waiter give way to each other by sleeping; a spinner there would only keep the waker from
            running.</li>
            <li>Percentiles come from an HdrHistogram with three significant digits; curves end where the wakes end.</li>
            </ul>
            <table><caption>The mechanisms</caption><tr><th>name</th><th style="text-align:left">what it calls</th></tr>
            """;

    private final Report report;
    private final StringBuilder html = new StringBuilder();

    Page(Report report) {
        this.report = report;
    }

    String html() {
        html.append(HEAD);
        if (!report.wakes().series().isEmpty()) {
            legend();
        }
        for (Scope scope : Scope.values()) {
            if (report.wakes().series().stream().anyMatch(s -> s.plan().scope() == scope)) {
                scope(scope);
            }
        }
        if (!report.ratios().isEmpty()) {
            html.append(BY_TURNS);
        }
        report.ratios().forEach(this::ratios);
        policies();
        crowds();
        publishing();
        recovery();
        method();
        environment();
        html.append("""
                <p class="muted">The same figures: <a href="results.json">results.json</a>, <a href="wakes.csv">wakes.csv</a>,
                <a href="ratios.csv">ratios.csv</a>, <a href="policies.csv">policies.csv</a>, <a href="crowds.csv">crowds.csv</a>,
                <a href="publishing.csv">publishing.csv</a>, <a href="recovery.csv">recovery.csv</a>, and one histogram per series in <a href="hgrm">hgrm</a>.</p>
                </body>
                </html>
                """);
        return html.toString();
    }

    private void legend() {
        html.append("<ul class=\"legend\">\n");
        for (Mechanism m : Mechanism.values()) {
            if (report.wakes().series().stream().anyMatch(s -> s.plan().mechanism() == m)) {
                html.append(("<li><svg class=\"plot\" width=\"30\" height=\"8\" aria-hidden=\"true\">"
                        + "<path class=\"curve %s%s\" d=\"M1 4h28\"/></svg>%s</li>%n")
                        .formatted(m, m.spins() ? " spins" : "", m.label()));
            }
        }
        html.append("</ul>\n<p class=\"muted\">Dashed: the waiter spins.</p>\n");
    }

    private List<Series> series(Scope scope, Placement placement) {
        return report.wakes().series().stream().filter(s -> s.plan().scope() == scope && s.plan().placement() == placement).toList();
    }

    private void scope(Scope scope) {
        html.append("<h2>Between ").append(scope.label()).append("</h2>\n<div class=\"plots\">\n");
        PercentilePlot plot = new PercentilePlot(report.wakes().series());
        for (Placement placement : Placement.values()) {
            if (!series(scope, placement).isEmpty()) {
                html.append("<svg viewBox=\"0 0 %d %d\" role=\"img\">%n".formatted(PercentilePlot.WIDTH, PercentilePlot.HEIGHT))
                        .append(plot.plot("Waiter on the " + placement.label(), series(scope, placement))).append("</svg>\n");
            }
        }
        html.append("</div>\n");
        for (Placement placement : Placement.values()) {
            table(scope, placement);
        }
    }

    private void table(Scope scope, Placement placement) {
        List<WakeResults.LeftOut> leftOut = report.wakes().leftOut().stream()
                .filter(row -> row.scope() == scope && row.placement() == placement).toList();
        if (series(scope, placement).isEmpty() && leftOut.isEmpty()) {
            return;
        }
        html.append("""
                <div class="scroll"><table><caption>Between %s, waiter on the %s (µs)</caption>
                <tr><th></th><th>wakes</th><th>p50</th><th>p90</th><th>p99</th><th>p99.9</th><th>max</th><th>p50 / C</th><th>CPU waker</th>\
                <th>CPU waiter (share)</th><th>waiter seen</th><th>sleeps</th><th>preempted</th></tr>
                """.formatted(scope.label(), placement.label()));
        series(scope, placement).forEach(this::row);
        for (WakeResults.LeftOut row : leftOut) {
            html.append("<tr class=\"%s\"><td>%s</td><td class=\"text muted\" colspan=\"12\">%s</td></tr>%n"
                    .formatted(row.mechanism().kind(), row.mechanism().label(), row.reason()));
        }
        html.append("</table></div>\n");
    }

    private void row(Series s) {
        Mechanism mechanism = s.plan().mechanism();
        OptionalDouble ratio = report.wakes().ratioToFloor(s);
        html.append("<tr class=\"%s\"><td>%s</td><td>%,d</td>".formatted(mechanism.kind(), mechanism.label(), s.wakes()));
        for (double percentile : new double[] {50, 90, 99, 99.9, 100}) {
            html.append("<td>").append(Micros.text(s.micros(percentile))).append("</td>");
        }
        html.append(String.format(Locale.ROOT, "<td>%s</td><td>%s</td><td>%s (%.0f %%)</td><td>%s</td><td>%.2f</td><td>%.3f</td></tr>%n",
                ratio.isPresent() ? String.format(Locale.ROOT, "%.2f", ratio.getAsDouble()) : "&ndash;", Micros.text(s.wakerCpuMicros()),
                Micros.text(s.waiterCpuMicros()), 100 * s.waiterCpuShare(), s.proof(), s.voluntarySwitches(), s.involuntarySwitches()));
    }

    private void ratios(RatioTable table) {
        html.append("""
                <div class="scroll"><table><caption>%s</caption>
                <tr><td colspan="10" class="text muted wrap">%s</td></tr>
                <tr><th></th><th>pairs</th><th></th><th>ns</th><th>against</th><th>ns</th><th>ratio</th><th>95 %% interval</th>\
                <th>goal</th><th></th></tr>
                """.formatted(table.title(), table.method()));
        for (Ratio r : table.ratios()) {
            html.append(String.format(Locale.ROOT,
                    "<tr><td>%s</td><td>%d</td><td class=\"text\">%s</td><td>%,.0f</td><td class=\"text\">%s</td><td>%,.0f</td>"
                    + "<td>%.3f</td><td>%.3f to %.3f</td><td>%s</td><td class=\"text %s\">%s</td></tr>%n", r.name(), r.ratio().count(),
                            r.measured(),
                    r.measuredNanos(), r.reference(), r.referenceNanos(), r.ratio().median(), r.ratio().lower(), r.ratio().upper(),
                    r.goal() == null ? "&ndash;" : String.format(Locale.ROOT, "&le; %.2f", r.goal()), r.verdict().split(" ")[0],
                    r.verdict()));
        }
        for (RatioTable.LeftOut row : table.leftOut()) {
            html.append("<tr><td>%s</td><td class=\"text muted\" colspan=\"9\">%s</td></tr>%n".formatted(row.name(), escape(row.reason())));
        }
        html.append("</table></div>\n");
    }

    private void policies() {
        if (report.policies().isEmpty()) {
            return;
        }
        html.append("""
                <h2>How to wait: block, spin, or find out</h2>
                <p>A round trip with a partner that works for a while before it answers: how long it takes, and the waiter's CPU time. On
                the other core the partner is running when it is asked; on the same core it has to get the CPU first. Medians of the runs'
                means, all policies by turns.</p>
                <div class="scroll"><table><caption>A wait by each policy: time (CPU), in µs</caption><tr><th>partner works</th>
                """);
        for (Policy policy : Policy.values()) {
            html.append("<th>").append(policy.label()).append("</th>");
        }
        html.append("</tr>\n");
        var places = report.policies().stream().collect(Collectors.groupingBy(
                row -> row.placement().label() + ", " + row.holdMicros() + " µs", LinkedHashMap::new, Collectors.toList()));
        places.forEach((place, rows) -> {
            html.append("<tr><td>").append(place).append("</td>");
            for (PolicyRow row : rows) {
                html.append("<td>%s (%s)</td>".formatted(Micros.text(row.nanos() / 1000), Micros.text(row.cpuNanos() / 1000)));
            }
            html.append("</tr>\n");
        });
        html.append("</table></div>\n");
    }

    private void crowds() {
        if (report.crowds().rows().isEmpty() && report.crowds().leftOut().isEmpty()) {
            return;
        }
        html.append("""
                <h2>Crowds</h2>
                <p>Waiters in one process, each on a word of its own, woken one after the other by another process, once the kernel has all
                of them in its queues. Nothing is pinned. Where not all come to wait, or back, before the deadline, the row says
                &ldquo;stalled&rdquo;.</p>
                <div class="scroll"><table><caption>Many waiters (µs)</caption><tr><th>waiters</th><th></th><th>rounds</th><th>wakes/s</th>\
                <th>last one back</th><th>p50</th><th>p99</th><th>max</th></tr>
                """);
        for (ScaleRow row : report.crowds().rows()) {
            html.append(String.format(Locale.ROOT, "<tr><td>%,d</td><td class=\"text\">%s</td><td>%,d</td><td>%,.0f</td><td>%s</td>",
                    row.waiters(), row.mechanism().label(), row.rounds(), row.wakesPerSecond(), Micros.text(row.lastNanos() / 1000)));
            for (double percentile : new double[] {50, 99, 100}) {
                html.append("<td>").append(Micros.text(row.histogram().getValueAtPercentile(percentile) / 1000.0)).append("</td>");
            }
            html.append("</tr>\n");
        }
        for (ScaleRow.LeftOut row : report.crowds().leftOut()) {
            html.append("<tr><td>%,d</td><td class=\"text\">%s</td><td class=\"text muted\" colspan=\"6\">%s</td></tr>%n".formatted(
                    row.waiters(), row.mechanism().label(), escape(row.reason())));
        }
        html.append("</table></div>\n");
    }

    private void publishing() {
        if (report.publishing().isEmpty()) {
            return;
        }
        html.append("""
                <h2>Publishing</h2>
                <p>The time that passes between two files (µs), of all processes together: of files that are not there, of the same files
                once more, and of looking for them. All by turns; medians of the rounds. All leave it to the kernel when what they have written
                reaches the disk. Contents are random, so that compressing them saves nothing.</p>
                """);
        PublishTable.of(report.publishing()).forEach((setting, peers) -> {
            html.append("""
                    <div class="scroll"><table><caption>%s</caption><tr><th></th><th>new</th><th>again</th><th>find</th><th></th></tr>
                    """.formatted(escape(setting)));
            peers.forEach((peer, works) -> {
                html.append("<tr><td>").append(peer.label()).append("</td>");
                works.forEach(row -> html.append("<td>").append(PublishTable.text(row)).append("</td>"));
                String missing = works.getFirst().missing();
                html.append("<td class=\"text wrap muted\">").append(escape(missing != null ? missing : peer.what())).append("</td></tr>\n");
            });
            html.append("</table></div>\n");
        });
    }

    private void recovery() {
        if (report.recovery().rows().isEmpty() && report.recovery().leftOut().isEmpty()) {
            return;
        }
        html.append("""
                <h2>Recovery</h2>
                <p>An owner holds all the objects and is killed; a JVM waits for the one that is recovered first and for the one that is recovered last
                (µs). Nothing is pinned, and there is no warm-up: &ldquo;first&rdquo; is the first recovery of the waiter's JVM, which counts as any
                other. The kill comes 10 to 30 ms after everybody is ready. When the kernel drops the lock is seen by another process, which waits
                (F_OFD_SETLKW) for a second byte that was locked by the same open file description. How late it sees that is measured before each
                kill, with a byte of its own, and by so much the time from the drop is too short, and the time to it too long. Of the drop, p50 has
                to be below 1 ms, and the maximum below 50 ms.</p>
                <div class="scroll"><table><tr><th></th><th></th><th>kills</th><th>p50</th><th>p90</th><th>p99</th><th>max</th><th>first</th>\
                <th></th></tr>
                """);
        for (RecoveryRow row : report.recovery().rows()) {
            html.append(String.format(Locale.ROOT, "<tr><td>%s</td><td class=\"text\">%s</td><td>%,d</td>", row.setting(), row.step().label(),
                    row.histogram().getTotalCount()));
            for (double percentile : new double[] {50, 90, 99, 100}) {
                html.append("<td>").append(Micros.text(row.histogram().getValueAtPercentile(percentile) / 1000.0)).append("</td>");
            }
            html.append("<td>%s</td><td class=\"text %s\">%s</td></tr>%n".formatted(Micros.text(row.first() / 1000.0),
                    row.verdict().split(":")[0], row.verdict()));
        }
        for (RecoveryRow.LeftOut row : report.recovery().leftOut()) {
            html.append("<tr><td>%s, %d objects</td><td class=\"text muted\" colspan=\"8\">%s</td></tr>%n".formatted(row.owner().label(),
                    row.objects(), escape(row.reason())));
        }
        html.append("</table></div>\n");
    }

    private void method() {
        html.append(METHOD);
        for (Mechanism m : Mechanism.values()) {
            html.append("<tr class=\"%s\"><td>%s</td><td class=\"text wrap\">%s</td></tr>%n"
                    .formatted(m.kind(), m.label(), m.description()));
        }
        html.append("</table>\n");
    }

    private void environment() {
        html.append("<h2>Where it was measured</h2>\n<table>\n");
        report.environment().forEach((name, value) -> html.append("<tr><td>%s</td><td class=\"text wrap\">%s</td></tr>%n"
                .formatted(name, escape(value))));
        html.append("</table>\n");
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
