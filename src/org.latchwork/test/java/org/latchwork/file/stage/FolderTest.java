package org.latchwork.file.stage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.latchwork.LinuxException;
import org.latchwork.linux.Errno;
import org.latchwork.linux.Posix;
import org.latchwork.linux.abi.Linux;
import org.latchwork.testing.Waiters;

/** Names beneath a directory, by openat2(2) and by the walk that replaces it: neither has a way out. */
class FolderTest {
    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "a/b/file            | found   | found",
        "a/b                 | found   | found",
        "a/b/missing         | ENOENT  | ENOENT",
        "a/missing/file      | ENOENT  | ENOENT",
        "a/b/file/beneath    | ENOTDIR | ENOTDIR",
        "link-to-folder/file | ELOOP   | ENOTDIR",
        "link-to-file        | ELOOP   | ELOOP",
        "a/link-out          | ELOOP   | ELOOP",
        "..                  | EXDEV   | EXDEV",
        "../outside          | EXDEV   | EXDEV",
        "a/../../outside     | EXDEV   | EXDEV",
        "/etc/passwd         | EXDEV   | EXDEV",
    })
    void nothingLeadsOut(String path, String byOpenat2, String byWalk) throws IOException {
        Files.createDirectories(directory.resolve("root/a/b"));
        Files.writeString(directory.resolve("outside"), "secret");
        Files.writeString(directory.resolve("root/a/b/file"), "text");
        Files.createSymbolicLink(directory.resolve("root/link-to-folder"), Path.of("a/b"));
        Files.createSymbolicLink(directory.resolve("root/link-to-file"), Path.of("a/b/file"));
        Files.createSymbolicLink(directory.resolve("root/a/link-out"), directory.resolve("outside"));
        try (Folder root = Folder.open(directory.resolve("root"))) {
            assertEquals(byOpenat2, answer(Posix.openBeneath(root.descriptor(), path, Linux.O_CLOEXEC(), 0)));
            assertEquals(byWalk, answer(Beneath.walk(root.descriptor(), path, Linux.O_CLOEXEC(), 0)));
            assertEquals(byOpenat2, answer(Beneath.open(root.descriptor(), path, Linux.O_CLOEXEC(), 0)));
        }
        assertEquals(0, openBelow(directory), "descriptors left open");
    }

    /** {@code /proc/self/fd/N} is a link that leads anywhere, whatever its text says. */
    @Test
    void magicLinksAreRefused() {
        try (Folder proc = Folder.open(Path.of("/proc/self"))) {
            assertEquals("ELOOP", answer(Posix.openBeneath(proc.descriptor(), "fd/0", Linux.O_CLOEXEC(), 0)));
            assertEquals("ELOOP", answer(Beneath.walk(proc.descriptor(), "fd/0", Linux.O_CLOEXEC(), 0)));
            assertEquals("ELOOP", answer(Posix.openBeneath(proc.descriptor(), "root/etc", Linux.O_CLOEXEC(), 0)));
            assertEquals("ENOTDIR", answer(Beneath.walk(proc.descriptor(), "root/etc", Linux.O_CLOEXEC(), 0)));
        }
    }

    private static String answer(int result) {
        if (result < 0) {
            return Errno.name(-result);
        }
        Posix.close(result);
        return "found";
    }

    private static long openBelow(Path directory) throws IOException {
        try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors.filter(fd -> {
                try {
                    return Files.readSymbolicLink(fd).startsWith(directory);
                } catch (IOException gone) {
                    return false;
                }
            }).count();
        }
    }

    @Test
    void foldersAreMadeByManyAtOnce() {
        try (Folder root = Folder.open(directory)) {
            assertNull(root.folder("x/y/z"));
            for (Path made : Waiters.start(8, () -> {
                try (Folder folder = root.makeFolder("x/y/z")) {
                    return folder.path();
                }
            }).take(8)) {
                assertEquals(directory.resolve("x/y/z"), made);
            }
            assertTrue(Files.isDirectory(directory.resolve("x/y/z")));
            try (Folder above = root.folder("x/y")) {
                assertTrue(above.removeFolder("z"));
                assertTrue(above.removeFolder("z"), "it is gone");
                assertFalse(root.removeFolder("x"), "there is something in it");
            }
        }
    }

    @Test
    void aFileInTheWayIsNamed() throws IOException {
        Files.writeString(directory.resolve("file"), "");
        try (Folder root = Folder.open(directory)) {
            LinuxException e = assertThrows(LinuxException.class, () -> root.makeFolder("file/folder"));
            assertEquals("ENOTDIR", e.errnoName());
            assertTrue(e.getMessage().contains("is a symbolic link, which is not followed, or no directory"), e.getMessage());
        }
    }

    /** More names than one call of getdents64 brings, read again after a change, with what each is. */
    @Test
    void allNamesAreListed() throws IOException {
        Set<String> names = new TreeSet<>();
        for (int i = 0; i < 3000; i++) {
            names.add(Files.createFile(directory.resolve("name-" + i + "-ä")).getFileName().toString());
        }
        Files.createDirectory(directory.resolve("folder"));
        names.add("folder");
        try (Folder root = Folder.open(directory)) {
            assertEquals(names, root.list().stream().map(Posix.Entry::name).collect(Collectors.toCollection(TreeSet::new)));
            Files.createSymbolicLink(directory.resolve("link"), directory);
            assertEquals(names.size() + 1, root.list().size());
            assertEquals(Set.of("folder"), root.list().stream().filter(root::isFolder).map(Posix.Entry::name).collect(Collectors.toSet()));
            assertTrue(root.isFolder(new Posix.Entry("folder", 0)), "asked, where the file system does not tell");
            assertFalse(root.isFolder(new Posix.Entry("link", 0)));
        }
    }

    @Test
    void kernelReleasesAreCompared() {
        assertTrue(Stage.older("6.1.0-37-amd64", 6, 16));
        assertTrue(Stage.older("5.19", 6, 16));
        assertFalse(Stage.older("6.16.0", 6, 16));
        assertFalse(Stage.older("6.18.44-fc-v657", 6, 16));
        assertFalse(Stage.older("7.0-rc1", 6, 16));
        assertFalse(Stage.older("unknown", 6, 16));
    }
}
