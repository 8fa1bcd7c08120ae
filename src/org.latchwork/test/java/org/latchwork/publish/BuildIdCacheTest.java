package org.latchwork.publish;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.latchwork.file.Durability;
import org.latchwork.file.InvalidFileException;
import org.latchwork.file.PublishOutcome;
import org.latchwork.file.stage.Stage;
import org.latchwork.testing.CProgram;
import org.latchwork.testing.Child;
import org.latchwork.testing.ProcessTest;
import org.latchwork.testing.Waiters;

/** A cache that perf can use, and that uses perf's. */
@ProcessTest
@ResourceLock(ProcessTest.WAY_OF_STAGING)
class BuildIdCacheTest {
    @TempDir
    Path directory;

    @AfterEach
    void theWayIsTheKernelsAgain() {
        System.clearProperty(Stage.WAY);
    }

    /** A program that spends its time in one function, with a build id of our choice. */
    private Path program(String name, String id, String... options) throws IOException {
        CProgram.requireCompiler();
        Path source = Files.writeString(directory.resolve(name + ".c"), """
                __attribute__((noinline)) unsigned long unmistakable(unsigned long n)
                {
                    unsigned long sum = 0;
                    for (volatile unsigned long i = 0; i < n; i++)
                        sum += i;
                    return sum;
                }
                int main(void)
                {
                    return unmistakable(50000000) == 0;
                }
                """);
        List<String> command = new ArrayList<>(List.of("cc", "-O1", "-o", directory.resolve(name).toString(), source.toString()));
        command.add("-Wl,--build-id=" + id);
        command.addAll(List.of(options));
        assertEquals(0, Child.start(command.toArray(String[]::new)).exit());
        return directory.resolve(name).toRealPath();
    }

    @ParameterizedTest
    @ValueSource(strings = {"unnamed", "named"})
    void anObjectIsFiledAsPerfFilesIt(String way) throws IOException {
        System.setProperty(Stage.WAY, way);
        Path program = program("program", "0xabcdef0123456789");
        Path cache = directory.resolve("cache");
        try (BuildIdCache ids = BuildIdCache.open(cache)) {
            Path folder = cache.resolve(program.toString().substring(1)).resolve("abcdef0123456789");
            assertEquals(new BuildIdCache.Added("abcdef0123456789", folder, PublishOutcome.CREATED), ids.add(program, Durability.DURABLE));
            assertEquals(PublishOutcome.EXISTED, ids.add(program, Durability.NONE).outcome());
            Path link = cache.resolve(".build-id/ab/cdef0123456789");
            assertEquals("../../" + program.toString().substring(1) + "/abcdef0123456789", Files.readSymbolicLink(link).toString());
            assertArrayEquals(Files.readAllBytes(program), Files.readAllBytes(link.resolve("elf")));
            assertEquals(1, Files.getAttribute(program, "unix:nlink"), "copied, not linked");

            // The same id at another path: the link stays, the object has a place of its own.
            Path copy = Files.copy(program, directory.resolve("copy"));
            assertEquals(PublishOutcome.CREATED, ids.add(copy, Durability.NONE).outcome());
            assertEquals("program", Files.readSymbolicLink(link).getParent().getFileName().toString());
            // Another content with the same path and id.
            Files.write(copy, new byte[] {0}, StandardOpenOption.APPEND);
            assertEquals(PublishOutcome.COLLISION, ids.add(copy, Durability.NONE).outcome());
            // Through a symbolic link it is the real file.
            Path alias = Files.createSymbolicLink(directory.resolve("alias"), program);
            assertEquals(folder, ids.add(alias, Durability.NONE).folder());
        }
        assertEquals(Set.of(".build-id", program.getName(0).toString()), names(cache), "nothing private");
    }

    @Test
    void manyAddTheSame() throws IOException {
        Path program = program("program", "sha1");
        try (BuildIdCache ids = BuildIdCache.open(directory.resolve("cache"))) {
            List<PublishOutcome> outcomes = Waiters.start(8, () -> ids.add(program, Durability.NONE).outcome()).take(8);
            assertEquals(1, outcomes.stream().filter(PublishOutcome.CREATED::equals).count());
            assertEquals(7, outcomes.stream().filter(PublishOutcome.EXISTED::equals).count());
        }
    }

    @Test
    void theIdIsReadelfs() throws IOException {
        for (String style : List.of("sha1", "md5", "0x12345678", "0x000102030405060708090a0b0c0d0e0f10111213")) {
            assertEquals(readelf(program("program", style)), id(program("program", style)), style);
        }
        // No segments, as in a kernel module: the linker keeps a note in a section alone.
        Path object = directory.resolve("part.o");
        assertEquals(0, Child.start("cc", "-c", "-o", object.toString(), program("p", "none").resolveSibling("p.c").toString()).exit());
        Path relocatable = directory.resolve("module.ko");
        assertEquals(0, Child.start("ld", "-r", "--build-id=sha1", "-o", relocatable.toString(), object.toString()).exit());
        assertEquals(readelf(relocatable), id(relocatable));
        // A longer id than perf knows: its first 20 bytes.
        assertEquals("00".repeat(20), id(program("long", "0x" + "00".repeat(32))));
    }

    private static String id(Path file) throws IOException {
        try (var channel = Files.newByteChannel(file)) {
            return ElfBuildId.read(channel, file);
        }
    }

    private static String readelf(Path file) {
        try (Child readelf = Child.start("sh", "-c", "LC_ALL=C readelf -n '" + file + "' | sed -n 's/.*Build ID: //p'")) {
            return readelf.line();
        }
    }

    /** What is no ELF file, has no id, or is cut off anywhere, is refused by name and never read beyond its end. */
    @Test
    void whatHasNoIdIsRefused() throws IOException {
        assertRefused("is no ELF file", Files.writeString(directory.resolve("text"), "#!/bin/sh\n" + "x".repeat(100)));
        assertRefused("is no ELF file", Files.createFile(directory.resolve("empty")));
        assertRefused("has no build id; link it with -Wl,--build-id", program("none", "none"));
        byte[] whole = Files.readAllBytes(program("whole", "sha1"));
        Path cut = directory.resolve("cut");
        for (int length = 4; length < 64; length++) {
            assertRefused("", Files.write(cut, Arrays.copyOf(whole, length)));
        }
        // Each byte of the headers turned, one after the other: another id, or a refusal; nothing else.
        for (int i = 4; i < 64 + 56 * 13; i++) {
            byte[] turned = whole.clone();
            turned[i] = (byte) ~turned[i];
            Files.write(cut, turned);
            try {
                assertTrue(id(cut).matches("([0-9a-f]{2})+"));
            } catch (InvalidFileException e) {
                assertTrue(e.getMessage().startsWith(cut + ": "), e.getMessage());
            }
        }
    }

    private void assertRefused(String problem, Path file) {
        try (BuildIdCache ids = BuildIdCache.open(directory.resolve("cache"))) {
            InvalidFileException e = assertThrows(InvalidFileException.class, () -> ids.add(file, Durability.NONE));
            assertTrue(e.getMessage().contains(problem), e.getMessage());
        }
    }

    /** The same tree as perf's own; each finds what the other has filed; perf names a function whose program is gone. */
    @Test
    void perfUsesIt() throws IOException {
        Path program = program("program", "sha1");
        Path ours = directory.resolve("ours");
        Path theirs = directory.resolve("theirs");
        assumeTrue(perf(theirs, "buildid-cache", "-a", program.toString()) == 0,
                "skipped: no perf that works (Debian: apt-get install linux-perf)");
        try (BuildIdCache ids = BuildIdCache.open(ours); BuildIdCache perfs = BuildIdCache.open(theirs)) {
            ids.add(program, Durability.NONE);
            assertEquals(tree(theirs), tree(ours));
            assertEquals(PublishOutcome.EXISTED, perfs.add(program, Durability.NONE).outcome(), "what perf has filed");
        }
        assertEquals(0, perf(ours, "buildid-cache", "-a", program.toString()), "perf finds what we have filed");
        assertEquals(tree(theirs), tree(ours));

        Path data = directory.resolve("perf.data");
        assumeTrue(perf(directory.resolve("none"), "record", "-N", "-e", "cpu-clock", "-o", data.toString(), program.toString()) == 0,
                "skipped: perf cannot record here (kernel.perf_event_paranoid?)");
        Files.delete(program);
        assertTrue(report(ours, data).contains("unmistakable"), "by the object in our cache");
        assertTrue(!report(directory.resolve("none"), data).contains("unmistakable"), "and by nothing else");
        assertEquals(0, perf(ours, "buildid-cache", "-p", program.toString()), "perf removes it again");
    }

    private int perf(Path cache, String... arguments) {
        return Child.start("sh", "-c", "perf --buildid-dir '" + cache + "' " + String.join(" ", arguments) + " >/dev/null 2>&1").exit();
    }

    private String report(Path cache, Path data) throws IOException {
        Path report = directory.resolve("report");
        Child.start("sh", "-c", "perf --buildid-dir '" + cache + "' report --stdio -i '" + data + "' >'" + report + "' 2>/dev/null").exit();
        return Files.readString(report, UTF_8);
    }

    /** Paths with what symbolic links say; without {@code probes}, where perf keeps what it has found of SDT markers. */
    private static Set<String> tree(Path root) throws IOException {
        try (var files = Files.walk(root)) {
            Set<String> tree = new TreeSet<>();
            for (Path file : files.toList()) {
                if (!file.endsWith("probes")) {
                    tree.add(root.relativize(file) + (Files.isSymbolicLink(file) ? " -> " + Files.readSymbolicLink(file) : ""));
                }
            }
            return tree;
        }
    }

    private static Set<String> names(Path folder) throws IOException {
        try (var names = Files.list(folder)) {
            return names.map(name -> name.getFileName().toString()).collect(Collectors.toSet());
        }
    }
}
