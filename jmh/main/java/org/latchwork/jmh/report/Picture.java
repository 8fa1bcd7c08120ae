package org.latchwork.jmh.report;

import java.util.List;
import java.util.stream.Stream;
import org.latchwork.jmh.wake.Mechanism;
import org.latchwork.jmh.wake.Placement;
import org.latchwork.jmh.wake.Scope;
import org.latchwork.jmh.wake.Series;

/** The wakes between two processes as one SVG file, for a README. */
public final class Picture {
    private static final int KEYS_PER_ROW = 5;
    private static final int KEY_WIDTH = 2 * PercentilePlot.WIDTH / KEYS_PER_ROW;
    private static final int KEY_HEIGHT = 22;

    private Picture() {}

    /** {@return the SVG document} */
    public static String of(Report report) {
        List<Series> series = report.wakes().series().stream().filter(s -> s.plan().scope() == Scope.PROCESSES).toList();
        List<Mechanism> mechanisms = Stream.of(Mechanism.values()).filter(m -> series.stream().anyMatch(s -> s.plan().mechanism() == m))
                .toList();
        int rows = (mechanisms.size() + KEYS_PER_ROW - 1) / KEYS_PER_ROW;
        int height = PercentilePlot.HEIGHT + 14 + rows * KEY_HEIGHT;
        StringBuilder svg = new StringBuilder("""
                <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img">
                <title>Wake latency between two processes</title>
                <style>
                svg { %s}
                @media (prefers-color-scheme: dark) { svg { %s} }
                %s</style>
                <rect width="100%%" height="100%%" fill="var(--ground)"/>
                """.formatted(2 * PercentilePlot.WIDTH, height, PercentilePlot.LIGHT, PercentilePlot.DARK, PercentilePlot.STYLE));
        PercentilePlot plot = new PercentilePlot(series);
        for (Placement placement : Placement.values()) {
            String title = "Waking a process on the " + placement.label();
            svg.append("<g transform=\"translate(%d 0)\">%n".formatted(placement.ordinal() * PercentilePlot.WIDTH));
            svg.append(plot.plot(title, series.stream().filter(s -> s.plan().placement() == placement).toList())).append("</g>\n");
        }
        for (int i = 0; i < mechanisms.size(); i++) {
            double x = 20 + i % KEYS_PER_ROW * KEY_WIDTH;
            double y = PercentilePlot.HEIGHT + 14 + i / KEYS_PER_ROW * KEY_HEIGHT;
            svg.append(PercentilePlot.key(mechanisms.get(i), x, y));
        }
        return svg.append("</svg>\n").toString();
    }
}
