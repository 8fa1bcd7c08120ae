package org.latchwork.jmh.report;

import java.util.List;
import java.util.Locale;
import org.HdrHistogram.Histogram;
import org.latchwork.jmh.wake.Mechanism;
import org.latchwork.jmh.wake.Series;

/**
 * Percentile curves as SVG: latency upwards, on a logarithmic scale; percentiles to the right, each decade one nine more. Colours tell what
 * is waited for; a dashed line is a waiter that spins.
 */
final class PercentilePlot {
    /** One colour variable per mechanism; whoever embeds a plot defines them for light and dark. */
    static final String STYLE = """
            .plot text { font: 11px system-ui, sans-serif; fill: var(--muted); }
            .plot .title { font-size: 13px; font-weight: 600; fill: var(--text); }
            .plot .grid { stroke: var(--grid); stroke-width: 1; }
            .plot .curve { fill: none; stroke-width: 1.8; stroke-linejoin: round; }
            .plot .spins { stroke-dasharray: 6 3; }
            .FUTEX_BLOCK, .FUTEX_PLAIN, .FUTEX_SPIN { stroke: var(--futex); }
            .FUTEX_PLAIN, .VIRTUAL_FUTEX_WAITV { stroke-opacity: 0.6; }
            .VIRTUAL_IO_URING, .VIRTUAL_FUTEX_WAITV { stroke: var(--virtual); }
            .VIRTUAL_FUTEX, .VIRTUAL_NAIVE { stroke: var(--naive); }
            .CHECKPOINT { stroke: var(--checkpoint); }
            .NAME_SPIN, .NAME_SLEEP { stroke: var(--name); }
            .NAME_INOTIFY { stroke: var(--inotify); }
            .STORE_BOARD, .STORE_INOTIFY { stroke: var(--store); }
            .LOCK_SPIN, .LOCK_SLEEP { stroke: var(--lock); }
            .C_BLOCK, .C_SPIN { stroke: var(--floor); }
            """;
    static final String LIGHT = """
            --text: #1c2128; --muted: #57606a; --grid: #d8dee4; --ground: #ffffff; --raised: #f6f8fa;
            --futex: #0b62d6; --virtual: #7a3fd1; --naive: #b06ab3; --checkpoint: #0b8a6f; --name: #d9660a; --inotify: #c2255c;
            --store: #a0522d; --lock: #8a6d00; --floor: #57606a;
            """;
    static final String DARK = """
            --text: #e6edf3; --muted: #9aa4af; --grid: #30363d; --ground: #0d1117; --raised: #161b22;
            --futex: #5aa9ff; --virtual: #b79bff; --naive: #e0a3e3; --checkpoint: #3fcfae; --name: #ff9d4d; --inotify: #ff7aa8;
            --store: #e0a070; --lock: #d8b93a; --floor: #a7b0ba;
            """;

    static final int WIDTH = 560;
    static final int HEIGHT = 360;
    private static final int LEFT = 58;
    private static final int RIGHT = 12;
    private static final int TOP = 30;
    private static final int BOTTOM = 34;
    /** Percentiles up to 99.99. */
    private static final int NINES = 4;
    private static final int STEPS_PER_NINE = 50;
    private static final List<String> PERCENTILES = List.of("0", "90 %", "99 %", "99.9 %", "99.99 %");
    private static final List<String> LATENCIES = List.of("10 ns", "100 ns", "1 µs", "10 µs", "100 µs", "1 ms", "10 ms", "100 ms", "1 s",
            "10 s");

    private final int lowest;
    private final int highest;

    /** Takes its latency scale from these series, so that the plots of a page have one scale. */
    PercentilePlot(List<Series> all) {
        lowest = all.stream().mapToInt(s -> (int) Math.floor(Math.log10(Math.max(10, s.histogram().getMinNonZeroValue())))).min().orElse(1);
        highest = all.stream().mapToInt(s -> (int) Math.ceil(Math.log10(s.histogram().getValueAtPercentile(99.99)))).max()
                .orElse(lowest + 1);
    }

    private double x(double nines) {
        return LEFT + nines / NINES * (WIDTH - LEFT - RIGHT);
    }

    private double y(double nanos) {
        double share = (Math.log10(Math.max(nanos, Math.pow(10, lowest))) - lowest) / (highest - lowest);
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM);
    }

    /** {@return the contents of an svg element of {@link #WIDTH} by {@link #HEIGHT}} */
    String plot(String title, List<Series> series) {
        StringBuilder svg = new StringBuilder("<g class=\"plot\">\n");
        text(svg, LEFT, 18, "start", title, " class=\"title\"");
        for (int nine = 0; nine <= NINES; nine++) {
            line(svg, x(nine), TOP, x(nine), HEIGHT - BOTTOM);
            text(svg, x(nine), HEIGHT - BOTTOM + 16, nine == NINES ? "end" : "middle", PERCENTILES.get(nine), "");
        }
        text(svg, x(Math.log10(2)), HEIGHT - BOTTOM + 16, "middle", "50 %", "");
        line(svg, x(Math.log10(2)), TOP, x(Math.log10(2)), HEIGHT - BOTTOM);
        for (int decade = lowest; decade <= highest; decade++) {
            double at = y(Math.pow(10, decade));
            line(svg, LEFT, at, WIDTH - RIGHT, at);
            text(svg, LEFT - 6, at + 4, "end", LATENCIES.get(decade - 1), "");
        }
        text(svg, x(NINES / 2.0), HEIGHT - 4, "middle", "share of the wakes that are faster", "");
        series.forEach(s -> curve(svg, s));
        return svg.append("</g>\n").toString();
    }

    private void curve(StringBuilder svg, Series series) {
        Mechanism mechanism = series.plan().mechanism();
        Histogram histogram = series.histogram();
        svg.append("<path class=\"curve ").append(mechanism).append(mechanism.spins() ? " spins" : "").append("\" d=\"");
        // No further than there are wakes to tell of.
        double end = Math.min(NINES, Math.log10(series.wakes()));
        for (int step = 0; step <= end * STEPS_PER_NINE; step++) {
            double nines = (double) step / STEPS_PER_NINE;
            double nanos = histogram.getValueAtPercentile(100 * (1 - Math.pow(10, -nines)));
            svg.append(String.format(Locale.ROOT, "%s%.1f %.1f", step == 0 ? "M" : "L", x(nines), y(nanos)));
        }
        svg.append("\"><title>").append(mechanism.label()).append("</title></path>\n");
    }

    /** {@return a line of a legend, to begin at this point} */
    static String key(Mechanism mechanism, double x, double y) {
        return String.format(Locale.ROOT,
                "<g class=\"plot\"><path class=\"curve %s%s\" d=\"M%.1f %.1fh26\"/><text x=\"%.1f\" y=\"%.1f\">%s</text></g>%n",
                mechanism, mechanism.spins() ? " spins" : "", x, y, x + 32, y + 4, mechanism.label());
    }

    private static void line(StringBuilder svg, double x1, double y1, double x2, double y2) {
        svg.append(String.format(Locale.ROOT, "<path class=\"grid\" d=\"M%.1f %.1fL%.1f %.1f\"/>%n", x1, y1, x2, y2));
    }

    private static void text(StringBuilder svg, double x, double y, String anchor, String text, String attributes) {
        svg.append(String.format(Locale.ROOT, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\"%s>%s</text>%n", x, y, anchor, attributes,
                text));
    }
}
