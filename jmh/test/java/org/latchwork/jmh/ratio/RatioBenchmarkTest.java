package org.latchwork.jmh.ratio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.PrintStream;
import org.junit.jupiter.api.Test;
import org.latchwork.jmh.CFloor;
import org.latchwork.jmh.WorkDirectory;
import org.latchwork.jmh.wake.Cpus;

class RatioBenchmarkTest {
    @Test
    void javaAndCByTurns() throws Exception {
        try (WorkDirectory work = WorkDirectory.create(); CFloor floor = CFloor.compile()) {
            assumeTrue(floor != null, CFloor.NO_COMPILER);
            var settings = new RatioBenchmark.Settings(1, 6, 1);
            RatioTable table = RatioBenchmark.run(settings, work.path(), floor, new PrintStream(PrintStream.nullOutputStream()));
            assertEquals(Cpus.choose().other() < 0 ? 2 : 4, table.ratios().size());
            for (Ratio ratio : table.ratios()) {
                assertEquals(6, ratio.ratio().count());
                assertEquals("Java C", ratio.measured() + " " + ratio.reference());
                assertTrue(ratio.measuredNanos() > 0 && ratio.referenceNanos() > 0, ratio::toString);
                assertTrue(ratio.ratio().lower() <= ratio.ratio().median() && ratio.ratio().median() <= ratio.ratio().upper(),
                        ratio::toString);
            }
        }
    }
}
