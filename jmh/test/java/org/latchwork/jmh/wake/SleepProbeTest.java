package org.latchwork.jmh.wake;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.latchwork.futex.FutexArray;
import org.latchwork.jmh.Os;
import org.latchwork.wait.Deadline;
import org.latchwork.wait.WaitPolicy;

class SleepProbeTest {
    @ParameterizedTest
    @CsvSource({
        "'202 0x7f00 0x9 ', '202 0x7f00 0x9 0x0 0x0', true",
        "'202 0x7f00 0x9 ', '202 0x7f04 0x9 0x0 0x0', false", // another word
        "'202 0x7f00 0x9 ', '202 0x7f00 0x89 0x0 0x0', false", // another operation
        "'202 * 0x9 ', '202 0x12345 0x9 0x0', true",
        "'202 * 0x9 ', '202 0x12345 0x189 0x0', false",
        "'0 ', '0 0x5 0x7f00 0x1000', true",
        "'0 ', 'running', false",
        "'230 ', '23', false",
        "'202 * 0x9 ', '202 0x1', false"})
    void aLineMatchesItsPattern(String pattern, String line, boolean matches) {
        assertEquals(matches, SleepProbe.matches(pattern.getBytes(US_ASCII), ByteBuffer.wrap(line.getBytes(US_ASCII))));
    }

    @Test
    void tellsASleeperFromARunningThread() throws InterruptedException {
        try (FutexArray words = FutexArray.allocate(1, FutexArray.Spacing.CACHE_LINE)) {
            CompletableFuture<Integer> id = new CompletableFuture<>();
            Thread waiter = Thread.ofPlatform().start(() -> {
                id.complete(Os.threadId());
                while (words.get(0) == 0) {
                    Thread.onSpinWait();
                }
                while (words.get(0) == 1) {
                    words.await(0, 1, Deadline.NEVER, WaitPolicy.block());
                }
            });
            Path task = Path.of("/proc/self/task/" + id.join());
            try (SleepProbe running = new SleepProbe(task, "none", true);
                    SleepProbe asleep = new SleepProbe(task, FutexWords.sleepsIn(), false)) {
                assertTrue(running.matches());
                assertFalse(asleep.matches());
                words.set(0, 1);
                long hang = System.nanoTime() + 30_000_000_000L;
                while (!asleep.matches() && System.nanoTime() < hang) {
                    Thread.onSpinWait();
                }
                assertTrue(asleep.matches());
                assertFalse(running.matches());
            } finally {
                words.set(0, 2);
                words.wakeAll(0);
                waiter.join();
            }
        }
    }
}
