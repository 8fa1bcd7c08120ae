package org.latchwork.file;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.latchwork.file.PublishOutcome.COLLISION;
import static org.latchwork.file.PublishOutcome.CREATED;
import static org.latchwork.file.PublishOutcome.EXISTED;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.latchwork.LinuxException;
import org.latchwork.testing.Child;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.Waiters;

/** Both ways: without a name ({@code O_TMPFILE}), and with the private name that other file systems need. */
class StagedFileTest {
    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void appearsWholeUnderItsNameAndNeverOverwrites(boolean unnamed) throws IOException {
        Path target = directory.resolve("target");
        try (StagedFile staged = StagedFile.in(directory, 0600, unnamed)) {
            fill(staged, 42);
            assertFalse(Files.exists(target), "nothing before publish");
            assertEquals(unnamed ? 0 : 1, list().size(), "private names");
            assertEquals(CREATED, staged.publish(target));
            assertEquals(EXISTED, staged.publish(target), "taken, by itself");
            assertEquals(CREATED, staged.publish(directory.resolve("second")), "a file can have two names");
        }
        try (StagedFile late = StagedFile.in(directory, 0600, unnamed)) {
            fill(late, 7);
            assertEquals(COLLISION, late.publish(target), "taken, by something else of the same size");
            fill(late, 42);
            assertEquals(EXISTED, late.publish(target), "taken, by the same");
        }
        assertEquals(List.of(directory.resolve("second"), target), list());
        try (SharedFile file = SharedFile.open(target); MappedFile mapped = file.map(4096)) {
            assertEquals(42, mapped.segment().get(ValueLayout.JAVA_INT, 0));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whateverHasTheNameIsLeftAlone(boolean unnamed) throws IOException {
        Path link = Files.createSymbolicLink(directory.resolve("link"), directory.resolve("missing"));
        Path folder = Files.createDirectory(directory.resolve("folder"));
        try (StagedFile staged = StagedFile.in(directory, 0600, unnamed)) {
            assertEquals(COLLISION, staged.publish(link));
            assertEquals(COLLISION, staged.publish(folder));
            for (Durability durability : Durability.values()) {
                assertEquals(COLLISION, staged.publish(link, durability));
                assertEquals(COLLISION, staged.publish(folder, durability));
                assertEquals(COLLISION, staged.publish(Path.of("/"), durability));
            }
        }
        assertEquals(List.of(folder, link), list());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void unpublishedItLeavesNothing(boolean unnamed) throws IOException {
        StagedFile staged = StagedFile.in(directory, 0600, unnamed);
        fill(staged, 1);
        staged.close();
        staged.close();
        assertEquals(List.of(), list());
        assertThrows(IllegalStateException.class, () -> staged.publish(directory.resolve("target")));
        assertThrows(IllegalStateException.class, () -> staged.map(4096));
        assertThrows(IllegalStateException.class, staged::channel);
        assertEquals(List.of(), list());
    }

    @ParameterizedTest
    @CsvSource({"true, 0600, rw-------", "true, 0666, rw-rw-rw-", "true, 0000, ---------", "true, 0777, rwxrwxrwx",
        "false, 0600, rw-------", "false, 0666, rw-rw-rw-", "false, 0000, ---------"})
    void theModeIsExact(boolean unnamed, String mode, String permissions) throws IOException {
        Path target = directory.resolve("target");
        try (StagedFile staged = StagedFile.in(directory, Integer.parseInt(mode, 8), unnamed)) {
            assertEquals(CREATED, staged.publish(target));
        }
        assertEquals(permissions, PosixFilePermissions.toString(Files.getPosixFilePermissions(target)));
    }

    @ParameterizedTest
    @ValueSource(ints = {01000, 04755, -1})
    void aModeWithMoreThanPermissionsIsRefused(int mode) throws IOException {
        String message = assertThrows(IllegalArgumentException.class, () -> StagedFile.in(directory, mode)).getMessage();
        assertTrue(message.contains("mode 0" + Integer.toOctalString(mode)), message);
        assertEquals(List.of(), list());
    }

    /** Killed between staging and publishing: the public name does not exist; at most a private one does, where files need one. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aCrashBeforePublishLeavesNoPublicName(boolean unnamed) throws IOException {
        try (Child child = Child.jvm(Crash.class, directory, unnamed)) {
            assertEquals("staged", child.line());
            child.signal("KILL");
            assertEquals(128 + 9, child.exit());
        }
        List<Path> left = list();
        assertEquals(unnamed ? 0 : 1, left.size(), left::toString);
        assertTrue(left.stream().allMatch(path -> path.getFileName().toString().startsWith(".staged-")), left::toString);
        assertEquals(left.size(), StagedFile.sweep(directory));
        assertEquals(List.of(), list());
    }

    /** The process that is killed. */
    static final class Crash {
        public static void main(String[] arguments) throws InterruptedException {
            try (StagedFile staged = StagedFile.in(Path.of(arguments[0]), 0600, Boolean.parseBoolean(arguments[1]))) {
                fill(staged, 42);
                System.out.println("staged");
                Thread.currentThread().join(Conditions.HANG);
                staged.publish(Path.of(arguments[0], "target"));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aDirectoryThatCannotTakeItIsNamed(boolean unnamed) throws IOException {
        Path missing = directory.resolve("missing");
        assertFails("ENOENT", missing, () -> StagedFile.in(missing, 0600, unnamed));
        Path file = Files.createFile(directory.resolve("file"));
        assertFails("ENOTDIR", file, () -> StagedFile.in(file, 0600, unnamed));
        assertEquals(List.of(file), list());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aNameThatCannotBeMadeIsNamed(boolean unnamed) throws IOException {
        try (StagedFile staged = StagedFile.in(directory, 0600, unnamed)) {
            Path nowhere = directory.resolve("missing").resolve("target");
            assertFails("ENOENT", nowhere, () -> staged.publish(nowhere));
            Path beneathFile = Files.createFile(directory.resolve("file")).resolve("target");
            assertFails("ENOTDIR", beneathFile, () -> staged.publish(beneathFile));
            Path tooLong = directory.resolve("x".repeat(256));
            assertFails("ENAMETOOLONG", tooLong, () -> staged.publish(tooLong));
            assertEquals(CREATED, staged.publish(directory.resolve("target")), "a failure changes nothing");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aNameOnAnotherFileSystemIsRefused(boolean unnamed) throws IOException {
        Path memory = Path.of("/dev/shm");
        assumeTrue(Files.isWritable(memory) && !Files.getFileStore(memory).equals(Files.getFileStore(directory)),
                "skipped: /dev/shm is not a writable file system of its own");
        Path target = memory.resolve("latchwork-" + ProcessHandle.current().pid());
        try (StagedFile staged = StagedFile.in(directory, 0600, unnamed)) {
            assertFails("EXDEV", target, () -> staged.publish(target));
        }
        assertFalse(Files.exists(target));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aSweepLeavesLiveWritersAlone(boolean unnamed) throws IOException {
        try (StagedFile mine = StagedFile.in(directory, 0600, unnamed); Child child = Child.jvm(Crash.class, directory, unnamed)) {
            assertEquals("staged", child.line());
            List<Path> before = list();
            assertEquals(unnamed ? 0 : 2, before.size());
            assertEquals(0, StagedFile.sweep(directory), "this process and the other live");
            assertEquals(before, list());
            assertEquals(CREATED, mine.publish(directory.resolve("mine")));
            child.signal("STOP");
            assertEquals(0, StagedFile.sweep(directory), "who is stopped lives");
            child.signal("KILL");
            child.exit();
            assertEquals(unnamed ? 0 : 1, StagedFile.sweep(directory));
        }
        assertEquals(List.of(directory.resolve("mine")), list());
    }

    @Test
    void aPrivateNameThatSomebodyRemovesIsTold() throws IOException {
        try (StagedFile staged = StagedFile.in(directory, 0600, false)) {
            fill(staged, 42);
            for (Path left : list()) {
                for (String name : new String[] {"owner", "0"}) {
                    Files.delete(left.resolve(name));
                }
                Files.delete(left);
            }
            String message = assertThrows(IllegalStateException.class, () -> staged.publish(directory.resolve("target"))).getMessage();
            assertTrue(message.contains("the private name") && message.contains("stage the file anew"), message);
        }
        assertEquals(List.of(), list());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void eachDurabilityPublishesTheSame(boolean unnamed) throws IOException {
        for (Durability durability : Durability.values()) {
            Path target = directory.resolve(durability.name());
            for (PublishOutcome expected : List.of(CREATED, EXISTED)) {
                try (StagedFile staged = StagedFile.in(directory, 0444, unnamed)) {
                    fill(staged, durability.ordinal());
                    assertEquals(expected, staged.publish(target, durability));
                }
            }
            try (StagedFile staged = StagedFile.in(directory, 0444, unnamed)) {
                assertEquals(COLLISION, staged.publish(target, durability));
                Path missing = directory.resolve("missing").resolve("target");
                assertFails("ENOENT", missing.getParent(), () -> staged.publish(missing, durability));
            }
        }
        assertEquals(3, list().size());
    }

    /** What is written through a channel or a stream is what is published; positions belong to channels. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void writesThroughChannelsAndStreams(boolean unnamed) throws IOException {
        byte[] content = new byte[200_001]; // more than the buffer, and no multiple of it
        new Random(5).nextBytes(content);
        Path target = directory.resolve("target");
        try (StagedFile staged = StagedFile.in(directory, 0600, unnamed)) {
            try (OutputStream stream = staged.outputStream()) {
                stream.write(content, 0, 100_000);
                stream.write(content[100_000]);
                stream.write(content, 100_001, 100_000);
            }
            try (SeekableByteChannel channel = staged.channel()) {
                assertEquals(0, channel.position());
                assertEquals(content.length, channel.size());
                ByteBuffer back = ByteBuffer.allocate(content.length + 1);
                while (channel.read(back) > 0) {
                    // until the end
                }
                assertEquals(-1, channel.read(back));
                assertArrayEquals(content, Arrays.copyOf(back.array(), back.position()));
                assertEquals(5, channel.position(150_000).write(ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 5})));
                assertEquals(5, channel.position(300_000).write(ByteBuffer.allocateDirect(5)));
                assertEquals(300_005, channel.size());
                assertEquals(150_005, channel.truncate(150_005).position());
                assertEquals(150_005, channel.truncate(200_000).size(), "truncate makes nothing longer");
                assertThrows(IllegalArgumentException.class, () -> channel.position(-1));
            }
            SeekableByteChannel closed = staged.channel();
            assertTrue(closed.isOpen());
            closed.close();
            closed.close();
            assertFalse(closed.isOpen());
            assertThrows(ClosedChannelException.class, () -> closed.write(ByteBuffer.allocate(1)));
            assertEquals(CREATED, staged.publish(target, Durability.CONTENT));
        }
        byte[] expected = Arrays.copyOf(content, 150_005);
        System.arraycopy(new byte[] {1, 2, 3, 4, 5}, 0, expected, 150_000, 5);
        assertArrayEquals(expected, Files.readAllBytes(target));
    }

    @Test
    void whatAChannelCannotWriteIsAnIOException() throws IOException {
        try (StagedFile staged = StagedFile.in(directory, 0600); SeekableByteChannel channel = staged.channel()) {
            channel.position(Long.MAX_VALUE);
            IOException e = assertThrows(IOException.class, () -> channel.write(ByteBuffer.allocate(1)));
            assertEquals("EINVAL", assertInstanceOf(LinuxException.class, e.getCause()).errnoName());
        }
    }

    @Test
    void theWayCanBeForced() throws IOException {
        System.setProperty("org.latchwork.file.stage", "named");
        try (StagedFile staged = StagedFile.in(directory, 0600)) {
            assertEquals(1, list().size());
            assertEquals(CREATED, staged.publish(directory.resolve("target")));
        } finally {
            System.clearProperty("org.latchwork.file.stage");
        }
        assertEquals(List.of(directory.resolve("target")), list());
    }

    /** Of many threads that publish one staged file under one name, one is told that it has made it. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void oneOfManyThreadsHasCreatedIt(boolean unnamed) {
        try (StagedFile staged = StagedFile.in(directory, 0600, unnamed)) {
            List<PublishOutcome> outcomes = Waiters.start(8, () -> staged.publish(directory.resolve("target"))).take(8);
            assertEquals(1, Collections.frequency(outcomes, CREATED));
            assertEquals(7, Collections.frequency(outcomes, EXISTED));
        }
    }

    @Test
    void procTakesNoFiles() {
        assertFails("ENOENT", Path.of("/proc"), () -> StagedFile.in(Path.of("/proc"), 0600));
    }

    private static void assertFails(String errno, Path named, Executable call) {
        LinuxException e = assertThrows(LinuxException.class, call);
        assertEquals(errno, e.errnoName());
        assertTrue(e.getMessage().contains(named.toString()), e.getMessage());
    }

    private static void fill(StagedFile staged, int value) {
        try (MappedFile mapped = staged.map(4096)) {
            mapped.segment().set(ValueLayout.JAVA_INT, 0, value);
        }
    }

    private List<Path> list() throws IOException {
        try (var files = Files.list(directory)) {
            return files.sorted().toList();
        }
    }
}
