package org.latchwork.wait;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.latchwork.futex.FutexArray;
import org.latchwork.testing.CProgram;
import org.latchwork.testing.Child;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.ProcessTest;

/** As many virtual threads as an engine promises, on words of one file, woken from another process: none lost, none left in the kernel. */
@ProcessTest
class CrowdTest {
    private static final int RING_WAITERS = 100_000;
    private static final int ONE_WORD_WAITERS = 20_000;
    private static final int BATCH_WAITERS = 9_500;
    private static final int THREAD_WAITERS = 480;

    @TempDir
    static Path directory;

    private static String c(String command, Path file, int words) {
        Path program = CProgram.compile("futex_crowd", directory);
        try (Child c = Child.start(program.toString(), command, file.toString(), String.valueOf(words))) {
            return c.line();
        }
    }

    /** Each wake counts one: whoever wakes, and however often. */
    @Test
    @Tag("stress")
    void aHundredThousandAreCountedAndWokenByCAndByJava() throws IOException {
        Path file = Crowd.file(directory, RING_WAITERS);
        try (Crowd crowd = Crowd.start(WaitEngine.IO_URING, file, RING_WAITERS);
                FutexArray array = FutexArray.map(file, RING_WAITERS, FutexArray.Spacing.PACKED)) {
            crowd.awaitWake(RING_WAITERS, 0);
            assertEquals(String.valueOf(RING_WAITERS), c("wake", file, RING_WAITERS));
            crowd.awaitEnds(RING_WAITERS, "WOKEN");
            assertEquals("0", c("all", file, RING_WAITERS), "nothing is left in the kernel");
            assertEquals(1, crowd.rings());

            crowd.awaitWake(RING_WAITERS, 0);
            crowd.awaitAsleep(RING_WAITERS);
            for (int i = 0; i < RING_WAITERS; i++) {
                assertEquals(1, array.wakeAll(i), "the waiter of word " + i);
            }
            crowd.awaitEnds(2 * RING_WAITERS, "WOKEN");
            assertEquals("0", c("all", file, RING_WAITERS), "nothing is left in the kernel");
            assertEquals(1, crowd.rings());
        }
    }

    /** Far more than the ring has room for at once: 4096. */
    @Test
    void oneWakeEndsTwentyThousandWaits() throws IOException {
        Path file = Crowd.file(directory, 1);
        try (Crowd crowd = Crowd.start(WaitEngine.IO_URING, file, 1);
                FutexArray array = FutexArray.map(file, 1, FutexArray.Spacing.PACKED)) {
            crowd.awaitWakeOf(ONE_WORD_WAITERS, 0);
            crowd.awaitAsleep(ONE_WORD_WAITERS);
            assertEquals(ONE_WORD_WAITERS, array.wakeAll(0));
            crowd.awaitEnds(ONE_WORD_WAITERS, "WOKEN");
            assertEquals(0, array.wakeAll(0));
        }
    }

    @Test
    void thousandsInBatchesReturnWhenTheirWordsChange() throws IOException {
        Path file = Crowd.file(directory, BATCH_WAITERS);
        try (Crowd crowd = Crowd.start(WaitEngine.FUTEX_WAITV, file, BATCH_WAITERS)) {
            crowd.awaitChange(BATCH_WAITERS, 0);
            c("change", file, BATCH_WAITERS);
            crowd.awaitEnds(BATCH_WAITERS, "WOKEN");
            assertEquals("0", c("all", file, BATCH_WAITERS), "nothing is left in the kernel");
        }
    }

    /** Where there is no io_uring, waits that count wakes have a thread each. */
    @ParameterizedTest
    @EnumSource(names = {"FUTEX_WAITV", "FUTEX"})
    void hundredsOnThreadsAreCounted(WaitEngine engine) throws IOException {
        Path file = Crowd.file(directory, THREAD_WAITERS);
        try (Crowd crowd = Crowd.start(engine, file, THREAD_WAITERS)) {
            crowd.awaitWake(THREAD_WAITERS, 0);
            assertEquals(String.valueOf(THREAD_WAITERS), c("wake", file, THREAD_WAITERS));
            crowd.awaitEnds(THREAD_WAITERS, "WOKEN");
            assertEquals("0", c("all", file, THREAD_WAITERS), "nothing is left in the kernel");
            assertEquals(0, crowd.rings());
        }
    }

    /** The limit is told, and nobody who waits already is disturbed by it. */
    @ParameterizedTest
    @EnumSource(names = {"FUTEX_WAITV", "FUTEX"})
    void oneTooManyIsRefused(WaitEngine engine) throws IOException {
        int most = engine == WaitEngine.FUTEX ? 500 : 10_000;
        Path file = Crowd.file(directory, most + 1);
        try (Crowd crowd = Crowd.start(engine, file, most + 1)) {
            crowd.awaitChange(most + 1, 0);
            Conditions.await("one is refused", () -> crowd.ends().contains("no more than " + most));
            c("change", file, most + 1);
            Conditions.await("the others return", () -> crowd.ends().contains("WOKEN=" + most));
            assertEquals("0", c("all", file, most + 1));
        }
    }
}
