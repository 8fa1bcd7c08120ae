package org.latchwork.jmh.recovery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.PrintStream;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.latchwork.jmh.CFloor;
import org.latchwork.jmh.WorkDirectory;

/** Each kill is in every figure, and what cannot be measured is refused. */
class RecoveryBenchmarkTest {
    private static final int KILLS = 3;

    @Test
    void everyKillIsInEveryFigure() throws Exception {
        assumeTrue(CFloor.compilerVersion() != null, CFloor.NO_COMPILER);
        RecoveryBenchmark.Result result;
        try (WorkDirectory work = WorkDirectory.create()) {
            var settings = new RecoveryBenchmark.Settings(KILLS, List.of(1, 3), List.of(Owner.C, Owner.JVM));
            result = RecoveryBenchmark.run(settings, work.path(), new PrintStream(PrintStream.nullOutputStream()));
        }
        assertEquals(List.of(), result.leftOut());
        for (Owner owner : List.of(Owner.C, Owner.JVM)) {
            assertEquals(Step.values().length - 2, result.rows().stream().filter(row -> row.owner() == owner && row.objects() == 1).count());
            assertEquals(Step.values().length, result.rows().stream().filter(row -> row.owner() == owner && row.objects() == 3).count());
        }
        for (RecoveryRow row : result.rows()) {
            assertEquals(KILLS, row.histogram().getTotalCount(), row.fileName());
            assertTrue(row.first() <= row.histogram().highestEquivalentValue(row.histogram().getMaxValue()), row.fileName());
            assertEquals(0, row.touchedMegabytes(), row.fileName());
        }
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "-1, 1", "1, 0", "1, 1025"})
    void whatCannotBeMeasuredIsRefused(int kills, int objects) {
        assertThrows(IllegalArgumentException.class, () -> new RecoveryBenchmark.Settings(kills, List.of(1, objects), List.of(Owner.C)));
    }

    @ParameterizedTest
    @CsvSource({"999, 999, met", "999, 49000, met", "1001, 1001, missed: p50", "999, 51000, missed: max", "1001, 51000, 'missed: p50, max'"})
    void theMedianAndTheMaximumAreHeldToTheGoal(long medianMicros, long maximumMicros, String verdict) {
        Histogram histogram = new Histogram(3);
        histogram.recordValueWithCount(medianMicros * 1000, 3);
        histogram.recordValue(maximumMicros * 1000);
        for (Step step : Step.values()) {
            var row = new RecoveryRow(Owner.C, 0, 1000, step, histogram, 1);
            assertEquals(step == Step.DROP_TO_FIRST || step == Step.DROP_TO_LAST ? verdict : "", row.verdict(), step::toString);
        }
    }

    @Test
    void noMoreIsTouchedThanThereIs() throws Exception {
        assertEquals(0, Owner.C.touchedMegabytes());
        assertEquals(0, Owner.JVM.touchedMegabytes());
        long megabytes = Owner.JVM_4G.touchedMegabytes();
        assertTrue(megabytes > 0 && megabytes <= 4096, () -> megabytes + " MB");
    }
}
