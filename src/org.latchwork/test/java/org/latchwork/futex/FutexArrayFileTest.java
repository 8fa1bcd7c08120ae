package org.latchwork.futex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.latchwork.LinuxException;
import org.latchwork.file.InvalidFileException;
import org.latchwork.file.MappedFile;
import org.latchwork.file.SharedFile;
import org.latchwork.futex.FutexArray.Spacing;
import org.latchwork.linux.Posix;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.Waiters;
import org.latchwork.wait.WaitOutcome;

/** Futex arrays in files and memfds: who owns the memory, sealing, sizes, closing, and what they say of themselves. */
class FutexArrayFileTest {
    @TempDir
    Path directory;

    @Test
    void twoMappingsOfOneFileAreTheSameWords() throws IOException {
        Path file = Files.write(directory.resolve("words"), new byte[8192]);
        try (FutexArray one = FutexArray.map(file, 8, Spacing.PACKED); FutexArray two = FutexArray.map(file, 8, Spacing.PACKED)) {
            assertFalse(one.word(0).address() == two.word(0).address());
            assertSame(Futex.SHARED, one.kind());
            Waiters<WaitOutcome> waiter = Waiters.start(1, () -> one.await(3, 0));
            Waiters.awaitAsleep(1, one.word(3));
            two.set(3, 77);
            assertEquals(1, two.wake(3, 1));
            assertEquals(WaitOutcome.WOKEN, waiter.take());
            assertEquals(77, one.get(3));
        }
        assertEquals(77, Files.readAllBytes(file)[12]);
        assertEquals(8192, Files.size(file));
    }

    @Test
    void aMemfdIsSharedByItsDescriptorAndSealed() {
        try (FutexArray array = FutexArray.memfd("sealed", 1024, Spacing.CACHE_LINE)) {
            assertSame(Futex.SHARED, array.kind());
            SharedFile file = array.file().orElseThrow().file();
            assertEquals(65536, file.size());
            LinuxException sealed = assertThrows(LinuxException.class, () -> Posix.ftruncate(file.descriptor(), 4096));
            assertEquals("EPERM", sealed.errnoName());
            assertEquals(65536, file.size());

            array.set(1023, 5);
            SharedFile again = SharedFile.reopen(ProcessHandle.current().pid(), file.descriptor());
            try (FutexArray other = FutexArray.over(again.map(65536), 0, 1024, Spacing.CACHE_LINE)) {
                assertEquals(5, other.get(1023));
            }
        }
        try (FutexArray noFile = FutexArray.allocate(1, Spacing.PACKED)) {
            assertTrue(noFile.file().isEmpty());
        }
    }

    @Test
    void aFileThatIsTooShortIsRefused() throws IOException {
        Path file = Files.write(directory.resolve("short"), new byte[4095]);
        InvalidFileException refusal = assertThrows(InvalidFileException.class, () -> FutexArray.map(file, 1024, Spacing.PACKED));
        assertEquals(file + ": is too short: 4095 bytes, where 4096 are needed", refusal.getMessage());
        Files.write(file, new byte[4096]);
        FutexArray.map(file, 1024, Spacing.PACKED).close();
        assertThrows(InvalidFileException.class, () -> FutexArray.map(file, 1024, Spacing.CACHE_LINE));
    }

    @Test
    void wordsCanStartInsideAMapping() throws IOException {
        Path file = Files.write(directory.resolve("inside"), new byte[4096]);
        try (FutexArray array = FutexArray.over(SharedFile.open(file).map(4096), 76, 1005, Spacing.PACKED)) {
            array.set(0, 1);
            array.set(1004, 2);
        }
        byte[] bytes = Files.readAllBytes(file);
        assertEquals(1, bytes[76]);
        assertEquals(2, bytes[4092]);
        MappedFile mapped = SharedFile.open(file).map(4096);
        assertThrows(IndexOutOfBoundsException.class, () -> FutexArray.over(mapped, 80, 1005, Spacing.PACKED));
        assertThrows(IllegalArgumentException.class, () -> FutexArray.over(mapped, 2, 1, Spacing.PACKED), "not aligned");
        mapped.close();
    }

    @Test
    void closeEndsTheWaitsOfThisProcess() {
        FutexArray array = FutexArray.memfd("busy", 1, Spacing.PACKED);
        Waiters<WaitOutcome> waiters = Waiters.start(2, () -> array.await(0, 0, Conditions.HANG));
        Waiters.awaitAsleep(2, array.word(0));
        array.close();
        assertEquals(Collections.nCopies(2, WaitOutcome.CLOSED), waiters.take(2));
        array.close();
        assertThrows(IllegalStateException.class, () -> array.await(0, 0));
        assertThrows(IllegalStateException.class, () -> array.wake(0, 1));
    }

    @Test
    void inWords() throws IOException {
        Path file = Files.write(directory.resolve("words"), new byte[4096]);
        try (FutexArray mapped = FutexArray.map(file, 8, Spacing.PACKED);
                FutexArray own = FutexArray.allocate(2, Spacing.CACHE_LINE);
                FutexArray memfd = FutexArray.memfd("m", 3, Spacing.PACKED)) {
            assertEquals("FutexArray[8 words, 4 bytes apart, " + file + "]", mapped.toString());
            assertEquals("FutexArray[2 words, 64 bytes apart, private memory]", own.toString());
            assertTrue(memfd.toString().matches("FutexArray\\[3 words, 4 bytes apart, /proc/\\d+/fd/\\d+\\]"), memfd.toString());
            assertEquals("FutexArray[1 words, 4 bytes apart, shared memory]",
                    FutexArray.of(mapped.word(0), Spacing.PACKED, Futex.SHARED).toString());
        }
    }
}
