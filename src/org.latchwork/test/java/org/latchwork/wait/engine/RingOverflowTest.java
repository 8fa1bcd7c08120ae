package org.latchwork.wait.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.latchwork.linux.abi.Linux.EAGAIN;

import java.lang.foreign.Arena;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.latchwork.linux.FutexCalls;
import org.latchwork.testing.Conditions;

/** More completions at once than the completion queue has room for. A word that differs completes its request while it is submitted. */
class RingOverflowTest {
    private static final int REQUESTS = 50_000;

    @Test
    void nothingIsLostWhenTheCompletionQueueOverflows() {
        String refusal = Kernel.ringRefusal();
        assumeTrue(refusal == null, () -> "skipped: no io_uring with futexes here (Linux 6.7; " + refusal + ")");
        RingEngine engine = new RingEngine(false);
        AtomicInteger ended = new AtomicInteger();
        AtomicInteger wrong = new AtomicInteger();
        try (Arena arena = Arena.ofShared()) {
            FutexMemory memory = new FutexMemory(arena.allocate(Integer.BYTES), true);
            for (int i = 0; i < REQUESTS; i++) {
                engine.submit(new Request(new Target[] {new Target(memory, 0, 1)}, FutexCalls.FOREVER, false, false) {
                    @Override
                    protected void completed() {
                        wrong.addAndGet(result() == -EAGAIN() ? 0 : 1);
                        ended.incrementAndGet();
                    }
                });
            }
            Engines.start("latchwork-waiter-overflow", engine); // which finds all of them at once
            Conditions.await("all requests are completed", () -> ended.get() == REQUESTS);
        }
        assertEquals(0, wrong.get());
        assertTrue(engine.overflows() > 0, "the completion queue has overflowed");
    }
}
