package org.latchwork.wait;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.latchwork.futex.Futex;
import org.latchwork.testing.Child;

/** A platform thread's wait allocates nothing, once it is compiled, which is why a JVM of its own, with all its compilers, does it. */
@EngineTest
class AllocationTest {
    @Test
    void aBlockingWaitAllocatesNothing() {
        List<String> options = List.of("-XX:TieredStopAtLevel=4", "-XX:CompileThresholdScaling=1",
                "-D" + WaitEngine.PROPERTY + "=" + Futex.waitEngine());
        try (Child jvm = Child.start(Map.of(), Child.jvmCommand(options, AllocationChild.class))) {
            double bytes = Double.parseDouble(jvm.line());
            System.out.println(Futex.waitEngine() + ": " + bytes + " bytes allocated by an await and an awaitWake together");
            assertTrue(bytes < 8, () -> bytes + " bytes");
            assertEquals(0, jvm.exit());
        }
    }
}
