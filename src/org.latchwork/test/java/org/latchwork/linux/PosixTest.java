package org.latchwork.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.latchwork.LinuxException;
import org.latchwork.linux.abi.Linux;
import org.latchwork.testing.CProgram;
import org.latchwork.testing.Child;

/** What the typed layer takes for granted of the kernel and the C library, and what its errors say. */
class PosixTest {
    @TempDir
    Path directory;

    @Test
    void fstatReadsTheKernelsStructStat() throws IOException {
        Path file = Files.write(directory.resolve("file"), new byte[12345]);
        int fd = Posix.open(file.toString(), Linux.O_RDWR() | Linux.O_CLOEXEC(), 0);
        try {
            Posix.fchmod(fd, 0640);
            Map<String, Object> expected = Files.readAttributes(file, "unix:mode,size,dev,ino");
            Posix.Status status = Posix.fstat(fd);
            assertEquals(expected, Map.of("mode", status.mode(), "size", status.size(), "dev", status.device(), "ino", status.inode()));
            assertEquals(0100640, status.mode());
            assertEquals(12345, Posix.size(fd));
            assertTrue(status.isRegular());
        } finally {
            Posix.close(fd);
        }
    }

    @Test
    void fileTypesHaveNames() {
        assertEquals("a directory", type(directory.toString()));
        assertEquals("a device", type("/dev/null"));
        assertEquals("a regular file", type("/proc/self/status"));
    }

    private static String type(String path) {
        int fd = Posix.open(path, Linux.O_CLOEXEC(), 0);
        try {
            return Posix.fstat(fd).type();
        } finally {
            Posix.close(fd);
        }
    }

    @Test
    void pageSizeIsGetconfs() {
        try (Child getconf = Child.start("getconf", "PAGESIZE")) {
            assertEquals(getconf.line(), String.valueOf(Posix.pageSize()));
        }
    }

    @Test
    void nanoTimeIsClockMonotonic() {
        Path program = CProgram.compile("clock_monotonic", directory);
        long before = System.nanoTime();
        try (Child clock = Child.start(program.toString())) {
            long between = Long.parseLong(clock.line());
            long after = System.nanoTime();
            assertTrue(before <= between && between <= after, () -> before + " <= " + between + " <= " + after);
        }
    }

    @Test
    void aFailedCallSaysWhichAndWhy() {
        LinuxException closed = assertThrows(LinuxException.class, () -> Posix.ftruncate(-1, 77));
        assertEquals("ftruncate(-1, 77) failed: EBADF (9): Bad file descriptor", closed.getMessage());
        assertEquals("ftruncate(-1, 77)", closed.call());
        assertEquals(Linux.EBADF(), closed.errno());
        assertEquals("EBADF", closed.errnoName());

        assertMessage("mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_SHARED, 12345, 0) failed: EBADF (9)", () -> Posix.mmap(4096, 12345));
        assertMessage("munmap(0x1, 1) failed: EINVAL (22)", () -> Posix.munmap(1, 1));
        assertMessage("close(-1) failed: EBADF (9)", () -> Posix.close(-1));
        assertMessage("fchmod(-1, 0644) failed: EBADF (9)", () -> Posix.fchmod(-1, 0644));
        assertMessage("fstat(-1, ...) failed: EBADF (9)", () -> Posix.fstat(-1));
        assertMessage("fcntl(-1, F_DUPFD_CLOEXEC, 0) failed: EBADF (9)", () -> Posix.duplicate(-1));
        assertMessage("fcntl(-1, F_ADD_SEALS, 0x2) failed: EBADF (9)", () -> Posix.addSeals(-1, Linux.F_SEAL_SHRINK()));
        assertMessage("memfd_create(\"x\", 0x1000000) failed: EINVAL (22)", () -> Posix.memfdCreate("x", 1 << 24));
        assertMessage("fstatfs(-1, ...) failed: EBADF (9)", () -> Posix.fileSystemType(-1));
        assertMessage("newfstatat(-1, \"x\", ..., AT_SYMLINK_NOFOLLOW) failed: EBADF (9)", () -> Posix.status(-1, "x"));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment entries = arena.allocate(1024, 8);
            assertMessage("getdents64(-1, ...) failed: EBADF (9)", () -> Posix.entries(-1, entries, new ArrayList<>()));
            MemorySegment buffer = arena.allocate(8);
            assertMessage("pread(-1, ..., 8, 0) failed: EBADF (9)", () -> Posix.pread(-1, buffer));
        }
    }

    /** Calls whose failure is an answer say it as the kernel does. */
    @Test
    void refusalsAreAnswers() throws IOException {
        int at = Linux.AT_FDCWD();
        String missing = directory.resolve("missing").toString();
        Path file = Files.writeString(directory.resolve("file"), "text");
        assertEquals(-Linux.ENOENT(), Posix.link(at, missing, at, directory.resolve("x").toString(), 0));
        assertEquals(-Linux.EEXIST(), Posix.link(at, file.toString(), at, file.toString(), 0));
        assertEquals(-Linux.EEXIST(), Posix.symlink("target", at, file.toString()));
        assertEquals(-Linux.ENOENT(), Posix.rename(at, missing, at, missing));
        assertEquals(-Linux.EEXIST(), Posix.makeDirectory(at, directory.toString(), 0700));
        assertEquals(-Linux.ENOENT(), Posix.unlink(at, missing, 0));
        assertEquals(-Linux.ENOTDIR(), Posix.unlink(at, file.toString(), Linux.AT_REMOVEDIR()));
        assertEquals(-Linux.ENOENT(), Posix.touch(at, missing));
        assertNull(Posix.status(at, missing));
        assertNull(Posix.readLink(at, file.toString()));
        assertEquals(-Linux.EBADF(), Posix.fsync(-1));
        assertEquals(-Linux.EBADF(), Posix.syncfs(-1));
        assertEquals(-Linux.EBADF(), Posix.tryLock(-1));
        assertEquals(-Linux.ESRCH(), Posix.probe(1 << 30));
        assertEquals(0, Posix.probe(ProcessHandle.current().pid()));
        try (Arena arena = Arena.ofConfined()) {
            assertEquals(-Linux.EBADF(), Posix.pread(-1, arena.allocate(8), 0));
            assertEquals(-Linux.EBADF(), Posix.pwrite(-1, arena.allocate(8), 0));
        }
        assertEquals(0, Posix.symlink("no/such", at, directory.resolve("link").toString()));
        assertEquals("no/such", Posix.readLink(at, directory.resolve("link").toString()));
        assertEquals("a symbolic link", Posix.status(at, directory.resolve("link").toString()).type());
    }

    /** The lock belongs to the open file description: another one of the same process does not get it, a copy of the descriptor does. */
    @Test
    void locksBelongToOpenFileDescriptions() throws IOException {
        String file = Files.createFile(directory.resolve("file")).toString();
        int first = Posix.open(file, Linux.O_RDWR() | Linux.O_CLOEXEC(), 0);
        int second = Posix.open(file, Linux.O_RDWR() | Linux.O_CLOEXEC(), 0);
        assertEquals(0, Posix.tryLock(first));
        assertEquals(0, Posix.tryLock(first));
        assertEquals(-Linux.EAGAIN(), Posix.tryLock(second));
        int copy = Posix.duplicate(first);
        Posix.close(first);
        assertEquals(-Linux.EAGAIN(), Posix.tryLock(second), "the copy holds it");
        Posix.close(copy);
        assertEquals(0, Posix.tryLock(second));
        Posix.close(second);
    }

    @Test
    void fileSystemsHaveTypes() {
        int fd = Posix.open("/dev/shm", Linux.O_DIRECTORY() | Linux.O_CLOEXEC(), 0);
        assumeTrue(fd >= 0, "skipped: no /dev/shm");
        try {
            assertEquals(Linux.TMPFS_MAGIC(), Posix.fileSystemType(fd));
        } finally {
            Posix.close(fd);
        }
    }

    @Test
    void openAnswersTheErrnoAndNamesItsFlags() {
        int flags = Linux.O_RDWR() | Linux.O_CREAT() | Linux.O_EXCL() | Linux.O_NOFOLLOW() | Linux.O_CLOEXEC();
        assertEquals(-Linux.ENOENT(), Posix.open(directory.resolve("no/such").toString(), flags, 0600));
        assertEquals("openat(AT_FDCWD, \"/x\", O_RDWR|O_CREAT|O_EXCL|O_NOFOLLOW|O_CLOEXEC, 0600)", Posix.openCall("/x", flags, 0600));
        assertEquals("openat(AT_FDCWD, \"/x\", O_WRONLY|O_TMPFILE, 0644)",
                Posix.openCall("/x", Linux.O_WRONLY() | Linux.O_TMPFILE(), 0644));
        assertEquals("openat(AT_FDCWD, \"/x\", O_RDONLY)", Posix.openCall("/x", 0, 0));
        assertEquals("openat(AT_FDCWD, \"/x\", O_RDONLY|O_DIRECTORY|O_PATH)",
                Posix.openCall("/x", Linux.O_DIRECTORY() | Linux.O_PATH(), 0));
    }

    private static void assertMessage(String start, Runnable call) {
        String message = assertThrows(LinuxException.class, call::run).getMessage();
        assertTrue(message.startsWith(start + ": "), message);
    }
}
