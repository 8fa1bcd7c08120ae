package org.latchwork.wait;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.latchwork.futex.Futex;
import org.latchwork.futex.FutexArray;
import org.latchwork.testing.FutexQueue;
import org.latchwork.testing.Running;
import org.latchwork.testing.ThreadKind;

/** The engine that is asked for is the one that waits, as its threads show. */
@EngineTest
class EngineForcedTest {
    @Test
    void theThreadThatWaitsForAVirtualOneIsTheEngines() {
        try (FutexArray array = FutexArray.memfd("engine", 1, FutexArray.Spacing.PACKED)) {
            Running<WaitOutcome> waiter = ThreadKind.VIRTUAL.start(() -> array.await(0, 0));
            FutexQueue.awaitLength(1, array, 0);
            String name = switch (Futex.waitEngine()) {
                case IO_URING -> "latchwork-waiter";
                case FUTEX_WAITV -> "latchwork-batch-\\d+";
                case FUTEX -> "latchwork-waiter-\\d+";
            };
            List<String> names = engineThreads();
            assertTrue(names.stream().anyMatch(thread -> thread.matches(name)), () -> "no " + name + " among " + names);
            array.set(0, 1);
            assertEquals(1, array.wakeAll(0));
            assertEquals(WaitOutcome.WOKEN, waiter.result());
        }
    }

    static List<String> engineThreads() {
        return Thread.getAllStackTraces().keySet().stream().map(Thread::getName).filter(thread -> thread.startsWith("latchwork-")).toList();
    }
}
