package org.latchwork.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.latchwork.LinuxException;
import org.latchwork.linux.Posix;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.NativeThread;

/** Opening, sizing, reading, mapping; and nothing of that on a descriptor that is closed. */
class SharedFileTest {
    private static final int WRITE = 1;

    @TempDir
    Path directory;

    @Test
    void twoMappingsOfOneFileAreTheSameMemory() throws IOException {
        Path path = Files.write(directory.resolve("file"), new byte[8192]);
        try (MappedFile one = SharedFile.open(path).map(8192); MappedFile other = SharedFile.open(path).map(4096)) {
            one.segment().set(ValueLayout.JAVA_INT, 4092, 7);
            assertEquals(7, other.segment().get(ValueLayout.JAVA_INT, 4092));
            assertEquals(path, other.file().path());
        }
    }

    @Test
    void aShorterFileIsNotMappedAndClosed() throws IOException {
        Path path = Files.write(directory.resolve("file"), new byte[100]);
        SharedFile file = SharedFile.open(path);
        String message = assertThrows(InvalidFileException.class, () -> file.map(4096)).getMessage();
        assertEquals(path + ": is too short: 100 bytes, where 4096 are needed", message);
        assertThrows(IllegalStateException.class, file::size);
    }

    @Test
    void whatTheKernelRefusesToMapIsTold() throws IOException {
        Path path = Files.createFile(directory.resolve("file"));
        LinuxException e = assertThrows(LinuxException.class, () -> SharedFile.open(path).map(0));
        assertEquals("EINVAL", e.errnoName());
        assertTrue(e.call().startsWith("mmap(NULL, 0, "), e.call());
    }

    @Test
    void extendToNeverShortens() throws IOException {
        Path path = Files.writeString(directory.resolve("file"), "content");
        try (SharedFile file = SharedFile.open(path); Arena arena = Arena.ofConfined()) {
            file.extendTo(3);
            assertEquals(7, file.size());
            file.extendTo(4096);
            assertEquals(4096, file.size());
            MemorySegment head = arena.allocate(16);
            assertEquals(16, file.read(head));
            assertEquals("content", head.getString(0));
        }
    }

    @Test
    void readsWhatThereIs() throws IOException {
        Path path = Files.writeString(directory.resolve("file"), "abc");
        try (SharedFile file = SharedFile.open(path); Arena arena = Arena.ofConfined()) {
            assertEquals(3, file.read(arena.allocate(16)));
        }
    }

    @Test
    void whatIsMissingIsNamed() {
        Path path = directory.resolve("missing");
        LinuxException e = assertThrows(LinuxException.class, () -> SharedFile.open(path));
        assertEquals("ENOENT", e.errnoName());
        assertTrue(e.call().startsWith("openat(AT_FDCWD, \"" + path + "\", O_RDWR"), e.call());
    }

    /** The number of a closed descriptor soon belongs to another file. */
    @Test
    void nothingWorksAfterClose() throws IOException {
        Path path = Files.writeString(directory.resolve("file"), "content");
        SharedFile file = SharedFile.open(path);
        int number = file.descriptor();
        file.close();
        file.close();
        Path innocent = Files.createFile(directory.resolve("innocent"));
        try (SharedFile next = SharedFile.open(innocent); Arena arena = Arena.ofConfined()) {
            assertEquals(number, next.descriptor(), "the number is used again at once");
            assertThrows(IllegalStateException.class, () -> file.extendTo(100));
            assertThrows(IllegalStateException.class, () -> file.read(arena.allocate(1)));
            assertThrows(IllegalStateException.class, () -> file.map(1));
            assertThrows(IllegalStateException.class, file::descriptor);
            String message = assertThrows(IllegalStateException.class, file::size).getMessage();
            assertEquals(path + " is closed", message);
            file.close();
            assertEquals(0, next.size());
        }
    }

    @Test
    void aMappingIsOverAfterClose() throws IOException {
        Path path = Files.write(directory.resolve("file"), new byte[4096]);
        MappedFile mapped = SharedFile.open(path).map(4096);
        mapped.close();
        mapped.close();
        assertThrows(IllegalStateException.class, () -> mapped.segment().get(ValueLayout.JAVA_BYTE, 0));
        assertThrows(IllegalStateException.class, mapped::requireWhole);
        assertThrows(IllegalStateException.class, mapped.file()::size);
    }

    /** A pipe that nobody reads holds the segment in write(2). */
    @Test
    void aMappingThatIsInUseStaysOpenAndCanBeClosedLater() throws IOException {
        Path path = Files.write(directory.resolve("file"), new byte[1 << 20]);
        MappedFile mapped = SharedFile.open(path).map(1 << 20);
        Pipe pipe = Pipe.open();
        NativeThread<Integer> writer = NativeThread.start(() -> {
            try (Pipe.SinkChannel sink = pipe.sink()) {
                return sink.write(mapped.segment().asByteBuffer());
            }
        });
        Conditions.await("the pipe is full", () -> writer.isInCall(WRITE));
        assertThrows(IllegalStateException.class, mapped::close);
        assertEquals(0, mapped.segment().get(ValueLayout.JAVA_BYTE, 0), "still open");
        ByteBuffer rest = ByteBuffer.allocate(1 << 16);
        while (pipe.source().read(rest.clear()) >= 0) {
            Thread.onSpinWait();
        }
        writer.result();
        mapped.close();
        assertThrows(IllegalStateException.class, () -> mapped.segment().get(ValueLayout.JAVA_BYTE, 0));
        pipe.source().close();
    }

    @Test
    void aTruncatedFileIsToldWithBothSizes() throws IOException {
        Path path = Files.write(directory.resolve("file"), new byte[4096]);
        try (MappedFile mapped = SharedFile.open(path).map(4096)) {
            mapped.requireWhole();
            Files.write(path, new byte[10]);
            FileTruncatedException e = assertThrows(FileTruncatedException.class, mapped::requireWhole);
            assertTrue(e.getMessage().contains("truncated to 10 bytes while 4096 bytes of it are mapped"), e.getMessage());
            assertEquals(path, e.file());
        }
    }

    @Test
    void aMemfdCannotShrinkAndCanBeReopened() {
        try (SharedFile memfd = SharedFile.memfd("test", 4096)) {
            LinuxException sealed = assertThrows(LinuxException.class, () -> Posix.ftruncate(memfd.descriptor(), 100));
            assertEquals("EPERM", sealed.errnoName());
            assertEquals(4096, memfd.size());
            try (MappedFile mine = SharedFile.reopen(ProcessHandle.current().pid(), memfd.descriptor()).map(4096);
                    MappedFile other = SharedFile.reopen(ProcessHandle.current().pid(), memfd.descriptor()).map(4096)) {
                mine.segment().set(ValueLayout.JAVA_INT, 0, 42);
                assertEquals(42, other.segment().get(ValueLayout.JAVA_INT, 0));
            }
            memfd.extendTo(8192);
            assertEquals(8192, memfd.size(), "growing is not sealed");
        }
    }
}
