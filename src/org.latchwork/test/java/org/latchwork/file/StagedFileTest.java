package org.latchwork.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.latchwork.LinuxException;
import org.latchwork.testing.Child;
import org.latchwork.testing.Conditions;

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
            assertTrue(staged.publish(target));
            assertFalse(staged.publish(target), "taken, by itself");
            assertTrue(staged.publish(directory.resolve("second")), "a file can have two names");
        }
        try (StagedFile late = StagedFile.in(directory, 0600, unnamed)) {
            fill(late, 7);
            assertFalse(late.publish(target), "taken, by somebody else");
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
            assertFalse(staged.publish(link));
            assertFalse(staged.publish(folder));
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
        assertEquals(List.of(), list());
    }

    @ParameterizedTest
    @CsvSource({"true, 0600, rw-------", "true, 0666, rw-rw-rw-", "true, 0000, ---------", "true, 0777, rwxrwxrwx",
        "false, 0600, rw-------", "false, 0666, rw-rw-rw-", "false, 0000, ---------"})
    void theModeIsExact(boolean unnamed, String mode, String permissions) throws IOException {
        Path target = directory.resolve("target");
        try (StagedFile staged = StagedFile.in(directory, Integer.parseInt(mode, 8), unnamed)) {
            assertTrue(staged.publish(target));
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
            assertTrue(staged.publish(directory.resolve("target")), "a failure changes nothing");
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
