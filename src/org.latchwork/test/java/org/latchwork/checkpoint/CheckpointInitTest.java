package org.latchwork.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.latchwork.LinuxException;
import org.latchwork.file.InvalidFileException;
import org.latchwork.testing.Child;

/** What init makes, what it takes over, what it refuses and leaves as it is. */
class CheckpointInitTest {
    private static final int PAGE = 4096;

    @TempDir
    Path directory;

    @Test
    void aNewFileIsOnePageWithTheMagic() throws IOException {
        Path file = directory.resolve("file");
        try (Checkpoint checkpoint = Checkpoint.init(file)) {
            assertEquals(file, checkpoint.path());
            assertEquals(1023, checkpoint.size());
            assertArrayEquals(page("LTPM"), Files.readAllBytes(file));
            assertEquals("rw-------", permissions(file));
        }
        assertTrue(Files.exists(file), "close leaves the file");
        assertEquals(List.of(file), list(), "no private name is left");
    }

    @Test
    void aPlainFileIsOnePageOfZeros() throws IOException {
        Path file = directory.resolve("file");
        try (Checkpoint checkpoint = Checkpoint.init(file, CheckpointLayout.PLAIN, 0600)) {
            assertEquals(1024, checkpoint.size());
            assertArrayEquals(new byte[PAGE], Files.readAllBytes(file));
        }
    }

    @ParameterizedTest
    @CsvSource({"000, 0600, rw-------", "077, 0666, rw-rw-rw-"})
    void theModeIsExactWhateverTheUmask(String umask, String mode, String permissions) throws IOException {
        Path file = directory.resolve("file");
        assertEquals(file.toString(), initInChild(umask, mode, Map.of(Checkpoint.PATH_VARIABLE, file.toString())));
        assertEquals(permissions, permissions(file));
    }

    @Test
    void withoutTheVariableEachFileHasAPrivateDirectoryOfItsOwn() throws IOException {
        Path file = Path.of(initInChild("000", "0600", Map.of("TMPDIR", directory.toString(), Checkpoint.PATH_VARIABLE, "")));
        assertEquals("ltp_checkpoint", file.getFileName().toString());
        assertEquals("rwx------", permissions(file.getParent()));
        assertEquals("rw-------", permissions(file));
        assertEquals(List.of(file.getParent()), list());
        assertFalse(file.getParent().equals(directory));
    }

    /** {@return the path that it prints} */
    private static String initInChild(String umask, String mode, Map<String, String> environment) {
        List<String> java = Child.jvmCommand(List.of(), JavaPeer.class, "init", mode);
        try (Child child = Child.start(environment, prefixed(java, "bash", "-c", "umask " + umask + "; exec \"$@\"", "bash"))) {
            String path = child.line();
            assertEquals(0, child.exit());
            return path;
        }
    }

    private static List<String> prefixed(List<String> rest, String... first) {
        return Stream.concat(Arrays.stream(first), rest.stream()).toList();
    }

    /** The shell's own sequence: a page of zeros, its permissions, then init. */
    @Test
    void aPageOfZerosMadeByTheShellIsTakenOver() throws IOException {
        Path file = directory.resolve("file");
        Child shell = Child.start(Map.of("LTP_IPC_PATH", file.toString(), "pagesize", String.valueOf(PAGE)), List.of("bash", "-c",
                "dd if=/dev/zero of=\"$LTP_IPC_PATH\" bs=\"$pagesize\" count=1 2>/dev/null && chmod 600 \"$LTP_IPC_PATH\""));
        assertEquals(0, shell.exit());
        assertTakenOver(file);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4, 100, 4095, 4096})
    void blankFilesUpToAPageAreTakenOver(int length) throws IOException {
        assertTakenOver(Files.write(directory.resolve("file"), new byte[length]));
    }

    private static void assertTakenOver(Path file) throws IOException {
        Object inode = Files.getAttribute(file, "unix:ino");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        Checkpoint.init(file).close();
        assertArrayEquals(page("LTPM"), Files.readAllBytes(file));
        assertEquals(inode, Files.getAttribute(file, "unix:ino"));
        assertEquals("rw-r-----", permissions(file), "the permissions of an existing file stay");
        Checkpoint.reinit(file).close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"LTPM", "LTPM and more"})
    void aFileWithTheMagicIsAttachedTo(String content) throws IOException {
        Path file = Files.writeString(directory.resolve("file"), content);
        Checkpoint.init(file).close();
        assertArrayEquals(page(content), Files.readAllBytes(file), "what is there stays");
    }

    @ParameterizedTest
    @CsvSource({
        "L, 1, bad magic", "LTP, 3, bad magic", "MPTL, 4, bad magic", "some text, 9, bad magic", "some text, 4096, bad magic",
        "'', 4097, 4097 bytes long", "'', 8192, 8192 bytes long", "some text, 8192, bad magic",
    })
    void otherContentIsRefusedAndUntouched(String content, int length, String reason) throws IOException {
        byte[] bytes = Arrays.copyOf(content.getBytes(StandardCharsets.US_ASCII), length);
        assertUntouched(bytes, CheckpointLayout.PATCH, reason);
    }

    @ParameterizedTest
    @CsvSource({"LTPM, 4096, has content and no magic to tell it by", "text, 4, too short", "'', 8192, 8192 bytes"})
    void withoutMagicOnlyBlankFilesAreInitialised(String content, int length, String reason) throws IOException {
        assertUntouched(Arrays.copyOf(content.getBytes(StandardCharsets.US_ASCII), length), CheckpointLayout.PLAIN, reason);
    }

    private void assertUntouched(byte[] bytes, CheckpointLayout layout, String reason) throws IOException {
        Path file = Files.write(directory.resolve("file"), bytes);
        FileTime longAgo = FileTime.fromMillis(1_000_000_000_000L);
        Files.setLastModifiedTime(file, longAgo);
        String message = assertThrows(InvalidFileException.class, () -> Checkpoint.init(file, layout, 0600)).getMessage();
        assertTrue(message.startsWith(file + ": ") && message.contains(reason) && message.contains("remove it or name another"), message);
        assertArrayEquals(bytes, Files.readAllBytes(file));
        assertEquals(longAgo, Files.getLastModifiedTime(file));
    }

    @Test
    void aSymbolicLinkIsNotFollowedEvenToAFileThatIsMissing() throws IOException {
        Path link = Files.createSymbolicLink(directory.resolve("link"), directory.resolve("target"));
        String message = assertThrows(InvalidFileException.class, () -> Checkpoint.init(link)).getMessage();
        assertTrue(message.contains("is a symbolic link"), message);
        assertEquals(List.of(link), list());
    }

    @Test
    void aMissingDirectoryIsNamed() {
        Path file = directory.resolve("missing").resolve("file");
        LinuxException e = assertThrows(LinuxException.class, () -> Checkpoint.init(file));
        assertEquals("ENOENT", e.errnoName());
        assertTrue(e.getMessage().contains(file.getParent().toString()), e.getMessage());
    }

    @Test
    void aBadModeIsRefused() throws IOException {
        Path file = directory.resolve("file");
        String message = assertThrows(IllegalArgumentException.class,
                () -> Checkpoint.init(file, CheckpointLayout.PATCH, 01777)).getMessage();
        assertTrue(message.contains("01777"), message);
        assertEquals(List.of(), list());
    }

    @Test
    void aSecondInitIsRefusedUntilTheFirstIsClosed() throws IOException {
        Path first = directory.resolve("first");
        Path second = directory.resolve("second");
        try (Checkpoint checkpoint = Checkpoint.init(first)) {
            for (Path file : List.of(first, second)) {
                String message = assertThrows(IllegalStateException.class, () -> Checkpoint.init(file)).getMessage();
                assertTrue(message.contains("already"), message);
            }
            assertThrows(IllegalStateException.class, Checkpoint::init);
            assertEquals(List.of(first), list(), "a refused init makes nothing");
            Checkpoint.reinit(first).close();
            assertEquals(0, checkpoint.wake(0, 1, Duration.ZERO), "reinit and its close change nothing");
            assertThrows(IllegalStateException.class, () -> Checkpoint.init(second));
        }
        Checkpoint.init(second).close();
    }

    @Test
    void closingAgainDoesNotEndSomebodyElsesInit() {
        Checkpoint closed = Checkpoint.init(directory.resolve("first"));
        closed.close();
        try (Checkpoint open = Checkpoint.init(directory.resolve("second"))) {
            closed.close();
            assertThrows(IllegalStateException.class, () -> Checkpoint.init(open.path()));
        }
    }

    @Test
    void aFailedInitDoesNotCount() throws IOException {
        Path bad = Files.writeString(directory.resolve("bad"), "text");
        assertThrows(InvalidFileException.class, () -> Checkpoint.init(bad));
        Checkpoint.init(directory.resolve("good")).close();
    }

    @Test
    void theDescriptorIsClosedOnExecAndFollowsNoLink() throws IOException {
        Path file = directory.resolve("file");
        try (Checkpoint checkpoint = Checkpoint.init(file)) {
            assertEquals(file, checkpoint.path());
            try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
                List<Path> ours = descriptors.filter(fd -> pointsTo(fd, file)).toList();
                assertEquals(1, ours.size());
                long flags = Files.readAllLines(Path.of("/proc/self/fdinfo").resolve(ours.getFirst().getFileName())).stream()
                        .filter(line -> line.startsWith("flags:"))
                        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", ""), 8)).sum();
                assertEquals(02000000, flags & 02000000, "O_CLOEXEC in 0" + Long.toOctalString(flags));
                assertEquals(0400000, flags & 0400000, "O_NOFOLLOW in 0" + Long.toOctalString(flags));
            }
        }
    }

    private static boolean pointsTo(Path descriptor, Path file) {
        try {
            return Files.readSymbolicLink(descriptor).equals(file);
        } catch (IOException e) {
            return false; // closed meanwhile
        }
    }

    private static byte[] page(String content) {
        return Arrays.copyOf(content.getBytes(StandardCharsets.US_ASCII), PAGE);
    }

    private static String permissions(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    private List<Path> list() throws IOException {
        try (var files = Files.list(directory)) {
            return files.toList();
        }
    }
}
