package org.latchwork.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.NativeThread;
import org.latchwork.wait.WaitOutcome;

/** Timeouts are never early, zero does not wait, and what is wrong with the arguments is said before anybody is woken. */
class CheckpointTimeoutTest {
    private static final long SELF = ProcessHandle.current().pid();

    @TempDir
    Path directory;

    private Path file;
    private Checkpoint checkpoint;

    @BeforeEach
    void init() {
        file = directory.resolve("file");
        checkpoint = Checkpoint.init(file);
    }

    @AfterEach
    void close() {
        checkpoint.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5, 10, 25, 100})
    void neverEarly(int millis) {
        Duration timeout = Duration.ofMillis(millis);
        assertLasts(timeout, () -> assertEquals(WaitOutcome.TIMED_OUT, checkpoint.await(0, timeout)));
        assertLasts(timeout, () -> assertEquals(0, checkpoint.wake(0, 1, timeout)));
        assertLasts(timeout, () -> assertEquals(WaitOutcome.TIMED_OUT, checkpoint.wakeAndAwait(0, 0, timeout)));
        assertLasts(timeout, () -> assertEquals(WaitOutcome.TIMED_OUT, checkpoint.wakeAndAwait(0, 1, timeout)));
    }

    private static void assertLasts(Duration timeout, Executable work) {
        long start = System.nanoTime();
        try {
            work.execute();
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
        long lasted = System.nanoTime() - start;
        assertTrue(lasted >= timeout.toNanos(), lasted + " ns are less than " + timeout);
    }

    /** A thread that sleeps even for a moment gives up its CPU, and the kernel counts that. */
    @Test
    void zeroDoesNotWait() {
        NativeThread<Void> thread = NativeThread.start(() -> {
            for (int i = 0; i < 20_000; i++) {
                assertEquals(WaitOutcome.TIMED_OUT, checkpoint.await(0, 0, TimeUnit.SECONDS));
                assertEquals(0, checkpoint.wake(0, 1, 0, TimeUnit.SECONDS));
                assertEquals(WaitOutcome.TIMED_OUT, checkpoint.wakeAndAwait(0, 0, 0, TimeUnit.SECONDS));
            }
            long switches = switchesOfThisThread();
            assertTrue(switches < 10_000, switches + " sleeps in 60,000 calls");
            return null;
        });
        thread.result();
    }

    private static long switchesOfThisThread() throws IOException {
        return Files.readAllLines(Path.of("/proc/thread-self/status")).stream()
                .filter(line -> line.startsWith("voluntary_ctxt_switches:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", ""))).sum();
    }

    @Test
    void badArgumentsWakeNobody() {
        NativeThread<WaitOutcome> waiter = NativeThread.start(() -> checkpoint.await(0, Conditions.HANG));
        NativeThread<WaitOutcome> last = NativeThread.start(() -> checkpoint.await(1022, Conditions.HANG));
        assertSleeping(0, 1);
        assertSleeping(1022, 1);
        Duration second = Duration.ofSeconds(1);
        for (int id : new int[] {-1, 1023, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
            assertBadId(id, () -> checkpoint.wake(id, 1, second));
            assertBadId(id, () -> checkpoint.wake(id, 0, second));
            assertBadId(id, () -> checkpoint.await(id, second));
            assertBadId(id, () -> checkpoint.await(id, Duration.ZERO));
            assertBadId(id, () -> checkpoint.wakeAndAwait(id, 1, second));
        }
        assertIllegal("timeout -1 MILLISECONDS is negative", () -> checkpoint.wake(0, 1, -1, TimeUnit.MILLISECONDS));
        assertIllegal("timeout -1 SECONDS is negative", () -> checkpoint.await(0, -1, TimeUnit.SECONDS));
        assertIllegal("timeout -5 NANOSECONDS is negative", () -> checkpoint.wakeAndAwait(0, 1, Duration.ofNanos(-5)));
        assertIllegal("count -1 is negative", () -> checkpoint.wake(0, -1, second));
        assertIllegal("count -1 is negative", () -> checkpoint.wakeAndAwait(0, -1, second));
        assertSleeping(0, 1);
        assertSleeping(1022, 1);
        assertEquals(1, checkpoint.wake(0, 1, second));
        assertEquals(1, checkpoint.wake(1022, 1, second));
        assertEquals(WaitOutcome.WOKEN, waiter.result());
        assertEquals(WaitOutcome.WOKEN, last.result());
    }

    private void assertSleeping(int id, int threads) {
        Conditions.await("asleep at " + id, () -> Peer.asleep(SELF, CheckpointLayout.PATCH, file, id) == threads);
    }

    private void assertBadId(int id, Executable call) {
        assertEquals("checkpoint id " + id + " is outside 0 to 1022 of " + file,
                assertThrows(IndexOutOfBoundsException.class, call).getMessage());
    }

    private static void assertIllegal(String message, Executable call) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
    }

    @Test
    void somebodyWhoWritesTheWordEndsNoWait() throws Exception {
        NativeThread<WaitOutcome> waiter = NativeThread.start(() -> checkpoint.await(0, Conditions.HANG));
        assertSleeping(0, 1);
        try (RandomAccessFile writer = new RandomAccessFile(file.toFile(), "rw")) {
            writer.seek(4);
            writer.writeInt(-1);
        }
        long before = waiter.voluntarySwitches();
        waiter.signal(); // makes the kernel compare again
        Conditions.await("it has looked and sleeps again",
                () -> waiter.voluntarySwitches() > before && Peer.asleep(SELF, CheckpointLayout.PATCH, file, 0) == 1);
        assertEquals(1, checkpoint.wake(0, 1, Conditions.HANG));
        assertEquals(WaitOutcome.WOKEN, waiter.result());
    }

    @Test
    void nothingWorksAfterClose() {
        NativeThread<WaitOutcome> waiter = NativeThread.start(() -> checkpoint.await(0, Conditions.HANG));
        assertSleeping(0, 1);
        checkpoint.close();
        assertEquals(WaitOutcome.CLOSED, waiter.result());
        checkpoint.close();
        Duration second = Duration.ofSeconds(1);
        assertThrows(IllegalStateException.class, () -> checkpoint.await(0, second));
        assertThrows(IllegalStateException.class, () -> checkpoint.await(0, Duration.ZERO));
        assertThrows(IllegalStateException.class, () -> checkpoint.wake(0, 1, second));
        assertThrows(IllegalStateException.class, () -> checkpoint.wakeAndAwait(0, 0, second));
    }
}
