package org.latchwork.jmh.recovery;

import java.util.Locale;
import org.HdrHistogram.Histogram;

/**
 * One step of the recoveries from one owner.
 *
 * @param owner who was killed
 * @param touchedMegabytes how much heap it had touched
 * @param objects how many it held
 * @param step from when to when
 * @param histogram of all kills, in nanoseconds
 * @param first what it took the first time, when the waiter's JVM had never recovered anything; in the histogram, too
 */
public record RecoveryRow(Owner owner, long touchedMegabytes, int objects, Step step, Histogram histogram, long first) {
    /** Half of the recoveries are to be faster. */
    static final long P50_NANOS = 1_000_000;
    /** And all faster than this. */
    static final long MAX_NANOS = 50_000_000;

    /** Why there is no figure. */
    public record LeftOut(Owner owner, int objects, String reason) {}

    /** {@return {@code met}, {@code missed} with what misses it, or nothing where there is no goal} */
    public String verdict() {
        if (!step.hasGoal()) {
            return "";
        }
        boolean median = histogram.getValueAtPercentile(50) < P50_NANOS;
        boolean maximum = histogram.getMaxValue() < MAX_NANOS;
        return median && maximum ? "met" : "missed: " + (median ? "" : "p50") + (median || maximum ? "" : ", ") + (maximum ? "" : "max");
    }

    /** {@return who was killed, with how much} */
    public String setting() {
        String memory = owner == Owner.JVM_4G ? String.format(Locale.ROOT, "JVM, %.1f GB touched", touchedMegabytes / 1024.0) : owner.label();
        return memory + (objects == 1 ? ", 1 object" : String.format(Locale.ROOT, ", %,d objects", objects));
    }

    /** {@return a name for files} */
    public String fileName() {
        return ("recovery." + owner + "." + objects + "." + step).toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
