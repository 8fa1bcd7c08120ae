package org.latchwork.jmh.ratio;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Ratios that belong together.
 *
 * @param title of the table
 * @param method what the figures are
 * @param ratios the rows
 * @param leftOut the rows without figures
 */
public record RatioTable(String title, String method, List<Ratio> ratios, List<LeftOut> leftOut) {
    /**
     * A row without figures.
     *
     * @param name what was to be measured
     * @param reason why it was not
     */
    public record LeftOut(String name, String reason) {
    }

    /** A table that is being filled. Says what comes out, as it comes. */
    public static final class Builder {
        private final String title;
        private final String method;
        private final PrintStream progress;
        private final List<Ratio> ratios = new ArrayList<>();
        private final List<LeftOut> leftOut = new ArrayList<>();

        /** With a title and a method, as the table has them. */
        public Builder(String title, String method, PrintStream progress) {
            this.title = title;
            this.method = method;
            this.progress = progress;
        }

        /** A row. */
        public void add(Ratio ratio) {
            ratios.add(ratio);
            progress.printf(Locale.ROOT, "[%d pairs] %-34s %s %,.0f ns  %s %,.0f ns  ratio %.3f (95 %%: %.3f to %.3f)%n",
                    ratio.ratio().count(), ratio.name(), ratio.measured(), ratio.measuredNanos(), ratio.reference(), ratio.referenceNanos(),
                            ratio.ratio().median(), ratio.ratio().lower(), ratio.ratio().upper());
        }

        /** A row without figures. */
        public void leaveOut(String name, String reason) {
            leftOut.add(new LeftOut(name, reason));
        }

        /** {@return the table} */
        public RatioTable build() {
            return new RatioTable(title, method, List.copyOf(ratios), List.copyOf(leftOut));
        }
    }
}
