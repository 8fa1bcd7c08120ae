package org.latchwork.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.latchwork.file.InvalidFileException;
import org.latchwork.testing.Child;
import org.latchwork.testing.ProcessTest;

/** What reinit accepts, and each thing that it refuses by name. */
@ProcessTest
class CheckpointReinitTest {
    @TempDir
    Path directory;

    @Test
    void fourBytesLeftByCAreExtended() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "LTPM");
        try (Checkpoint checkpoint = Checkpoint.reinit(file)) {
            assertEquals(1023, checkpoint.size());
        }
        assertArrayEquals(Arrays.copyOf("LTPM".getBytes(), 4096), Files.readAllBytes(file));
    }

    @Test
    void aMissingFile() {
        assertRefused(directory.resolve("missing"), "does not exist");
    }

    @Test
    void anEmptyFile() throws IOException {
        assertRefused(Files.createFile(directory.resolve("file")), "is empty");
    }

    @ParameterizedTest
    @CsvSource({"MPTL, 4096, bad magic", "LTP, 3, bad magic", "'', 4096, all zero", "'', 4, all zero", "text, 5000, bad magic"})
    void aWrongMagic(String content, int length, String reason) throws IOException {
        assertRefused(Files.write(directory.resolve("file"), Arrays.copyOf(content.getBytes(), length)), reason);
    }

    @Test
    void aDirectory() {
        assertRefused(directory, "is a directory");
    }

    @Test
    @Timeout(30)
    void aFifoWithoutHanging() {
        Path fifo = directory.resolve("fifo");
        assertEquals(0, Child.start("mkfifo", fifo.toString()).exit());
        assertRefused(fifo, "is a FIFO");
    }

    @Test
    void aDevice() {
        assertRefused(Path.of("/dev/null"), "is a device");
    }

    @Test
    void aSocket() throws IOException {
        Path socket = directory.resolve("s");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(socket));
            assertRefused(socket, "is a socket");
        }
    }

    @Test
    void aSymbolicLink() throws IOException {
        Path file = directory.resolve("file");
        Checkpoint.init(file).close();
        assertRefused(Files.createSymbolicLink(directory.resolve("link"), file), "is a symbolic link");
    }

    @ParameterizedTest
    @CsvSource({"0, is empty", "10, is too short: 10 bytes", "4095, is too short: 4095 bytes"})
    void aPlainFileShorterThanAPageStaysAsItIs(int length, String reason) throws IOException {
        Path file = Files.write(directory.resolve("file"), "x".repeat(length).getBytes());
        String message = assertThrows(InvalidFileException.class, () -> Checkpoint.reinit(file, CheckpointLayout.PLAIN)).getMessage();
        assertTrue(message.startsWith(file + ": " + reason), message);
        assertEquals(length, Files.size(file));
    }

    @Test
    void aPlainFileOfAPage() throws IOException {
        Path file = Files.write(directory.resolve("file"), new byte[4096]);
        Checkpoint.reinit(file, CheckpointLayout.PLAIN).close();
        Files.write(file, "x".repeat(4096).getBytes());
        Checkpoint.reinit(file, CheckpointLayout.PLAIN).close();
    }

    private static void assertRefused(Path file, String reason) {
        String message = assertThrows(InvalidFileException.class, () -> Checkpoint.reinit(file)).getMessage();
        assertTrue(message.startsWith(file + ": ") && message.contains(reason), message);
    }

    @Test
    void theVariableIsNotSet() {
        try (Child child = Child.start(Map.of(), prefixed(List.of("env", "-u", Checkpoint.PATH_VARIABLE), "reinit"))) {
            assertEquals("IllegalStateException: LTP_IPC_PATH is not set; it names the checkpoint file that 'tst_checkpoint init' has made",
                    child.line());
        }
    }

    /** Root passes every permission, unless it gives that capability up first. */
    @Test
    void noPermission() throws IOException {
        Path file = directory.resolve("file");
        Checkpoint.init(file).close();
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("---------"));
        List<String> powerless = List.of();
        if ((int) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0) {
            assumeTrue(Child.start("bash", "-c", "command -v setpriv").exit() == 0,
                    "skipped: root, and no 'setpriv' to give up CAP_DAC_OVERRIDE (Debian: apt-get install util-linux)");
            powerless = List.of("setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--inh-caps", "-dac_override,-dac_read_search");
        }
        try (Child child = Child.start(Map.of(Checkpoint.PATH_VARIABLE, file.toString()), prefixed(powerless, "reinit"))) {
            String line = child.line();
            assertTrue(line.startsWith("LinuxException: openat(AT_FDCWD, \"" + file + "\", ") && line.contains("EACCES (13)"), line);
        }
    }

    private static List<String> prefixed(List<String> prefix, String command) {
        List<String> all = new ArrayList<>(prefix);
        all.addAll(Child.jvmCommand(List.of(), JavaPeer.class, command));
        return all;
    }
}
