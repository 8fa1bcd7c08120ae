package org.latchwork.jmh.ratio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.PrintStream;
import java.util.List;
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
            try (RatioBenchmark benchmark = new RatioBenchmark(settings, work.path(), floor,
                    new PrintStream(PrintStream.nullOutputStream()))) {
                List<Ratio> ratios = benchmark.run();
                assertEquals(Cpus.choose().other() < 0 ? 2 : 4, ratios.size());
                for (Ratio ratio : ratios) {
                    assertEquals(6, ratio.ratio().count());
                    assertTrue(ratio.javaNanos() > 0 && ratio.cNanos() > 0, ratio::toString);
                    assertTrue(ratio.ratio().lower() <= ratio.ratio().median() && ratio.ratio().median() <= ratio.ratio().upper(),
                            ratio::toString);
                }
            }
        }
    }
}
