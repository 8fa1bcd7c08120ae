package org.latchwork.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.latchwork.testing.Conditions;

/** The start-up cache: made once, used then, and never seen on stdout, whatever is wrong with it. */
class StartupCacheIT {
    @TempDir
    Path directory;

    private Path caches;
    private Path file;
    private Command command;

    @BeforeEach
    void privateCache() {
        caches = directory.resolve("caches");
        file = directory.resolve("checkpoints");
        command = Command.packaged().with("LATCHWORK_CACHE", caches).with("LTP_IPC_PATH", file);
    }

    @AfterEach
    void noMakerIsLeftBehind() {
        Conditions.await("the makers have ended", () -> makers().isEmpty());
    }

    private List<ProcessHandle> makers() {
        return ProcessHandle.allProcesses().filter(process -> process.info().arguments()
                .map(arguments -> String.join(" ", arguments).contains(caches.toString())).orElse(false)).toList();
    }

    private void runs() {
        command.tstCheckpoint("init").is(0, file + "\n", "");
    }

    /** The one file of this ending, if it is there. */
    private Optional<Path> made(String ending) {
        try (Stream<Path> files = Files.exists(caches) ? Files.walk(caches) : Stream.empty()) {
            return files.filter(path -> path.toString().endsWith(ending)).findFirst();
        } catch (IOException | UncheckedIOException gone) {
            return Optional.empty();
        }
    }

    private Path awaitMade(String ending) {
        Conditions.await(ending + " is made", () -> made(ending).isPresent() && makers().isEmpty());
        return made(ending).orElseThrow();
    }

    /** Whether the command's JVM has the cache mapped. */
    private boolean isUsed(Path cache) throws IOException {
        Process waiter = command.start("tst_checkpoint", "wait", "30000", "1");
        try {
            String[] maps = {""};
            Conditions.await("the waiter maps the file", () -> (maps[0] = maps(waiter)).contains(file.toString()));
            return maps[0].contains(cache.toString());
        } finally {
            command.tstCheckpoint("wake", "30000", "1", "1").is(0, "", "");
            Command.run(waiter).is(0, "", "");
        }
    }

    private static String maps(Process process) {
        try {
            return Files.readString(Path.of("/proc/" + process.pid() + "/maps"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void theFirstRunMakesItAndTheNextUsesIt() throws IOException {
        runs();
        Path cache = awaitMade(".aot");
        assertTrue(isUsed(cache));
        try (Stream<Path> files = Files.list(cache.getParent())) {
            assertEquals(List.of(cache, Path.of(cache + ".lock")), files.sorted().toList());
        }
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(cache.getParent())));
        command.latchwork("--version").is(0, "latchwork " + System.getProperty("latchwork.version") + "\n", "");
        Conditions.await("latchwork has one of its own", () -> made("/latchwork-" + cache.getFileName().toString().split("-", 2)[1]).isPresent());
        command.latchwork("--version").is(0, "latchwork " + System.getProperty("latchwork.version") + "\n", "");
    }

    @Tag("stress")
    @Test
    void anOlderJdkGetsAnArchive() throws IOException {
        // A JDK of today that says it is older: options that both know are all the launcher gives it.
        Path jdk = Files.createDirectories(directory.resolve("jdk"));
        Files.createDirectory(jdk.resolve("bin"));
        Path java = Files.writeString(jdk.resolve("bin/java"), "#!/bin/sh\nexec '" + System.getProperty("java.home") + "/bin/java' \"$@\"\n");
        Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"22.0.2\"\n");
        command.with("JAVA_HOME", jdk);
        runs();
        assertTrue(isUsed(awaitMade(".jsa")));
    }

    /** What can be wrong with a cache. */
    enum Fault {
        EMPTY {
            @Override
            void inject(Path cache) throws IOException {
                Files.write(cache, new byte[0]);
            }
        },
        GARBAGE {
            @Override
            void inject(Path cache) throws IOException {
                Files.writeString(cache, "no cache\n".repeat(10_000));
            }
        },
        TRUNCATED {
            @Override
            void inject(Path cache) throws IOException {
                try (RandomAccessFile bytes = new RandomAccessFile(cache.toFile(), "rw")) {
                    bytes.setLength(bytes.length() / 2);
                }
            }
        },
        OF_ANOTHER_JVM {
            @Override
            void inject(Path cache) throws IOException {
                // The header names the JVM's build in words.
                byte[] bytes = Files.readAllBytes(cache);
                String header = new String(bytes, 0, 4096, StandardCharsets.ISO_8859_1);
                int at = header.indexOf("64-Bit Server VM");
                assertTrue(at > 0, "the header names the JVM");
                bytes[at] = '3';
                Files.write(cache, bytes);
            }
        },
        UNREADABLE {
            @Override
            void inject(Path cache) throws IOException {
                Files.delete(cache);
                Files.createDirectory(cache);
            }
        };

        abstract void inject(Path cache) throws IOException;
    }

    /** One copy of the commands and one good cache of it, for all faults. */
    @TempDir
    static Path shared;

    private static Path good;

    private Path goodCache() throws IOException {
        caches = shared.resolve("caches");
        Path folder = shared.resolve("copy");
        command = Command.in(folder).with("LATCHWORK_CACHE", caches).with("LTP_IPC_PATH", file);
        if (good == null) {
            Command.copyTo(folder);
            for (String jar : new String[] {"org.latchwork.cli.jar", "org.latchwork.jar"}) {
                Files.setLastModifiedTime(folder.resolve("lib").resolve(jar), FileTime.from(Instant.EPOCH)); // older than any cache
            }
            command.tstCheckpoint("init");
            good = Files.copy(awaitMade(".aot"), shared.resolve("good"));
        }
        Path cache = Path.of(made(".lock").orElseThrow().toString().replace(".lock", ""));
        if (Files.isDirectory(cache)) {
            Files.delete(cache);
        }
        return Files.copy(good, cache, StandardCopyOption.REPLACE_EXISTING);
    }

    @ParameterizedTest
    @Tag("stress")
    @EnumSource
    void aBadOneIsNotSeenAndGoes(Fault fault) throws IOException {
        Path cache = goodCache();
        runs();
        assertTrue(isUsed(cache), "it is good before");
        fault.inject(cache);
        assertFalse(isUsed(cache), "the JVM refuses it");
        runs();
        command.tstCheckpoint("wait", "0", "3").is(1, "", "tst_checkpoint: checkpoint 3: nobody woke it within 0 ms\n");
        assertTrue(Files.exists(cache), "a young one stays");
        Files.setLastModifiedTime(cache, FileTime.from(Instant.now().minusSeconds(300)));
        runs();
        assertFalse(Files.exists(cache), "an old one goes");
    }

    @Test
    @Tag("stress")
    void oneThatIsOlderThanAJarIsNotUsedAndIsMadeAnew() throws IOException {
        Path cache = goodCache();
        runs();
        Files.setLastModifiedTime(cache, FileTime.from(Instant.EPOCH.minusSeconds(1)));
        assertFalse(isUsed(cache));
        Conditions.await("a new one is made", () -> modified(cache).toInstant().isAfter(Instant.EPOCH) && makers().isEmpty());
        assertTrue(isUsed(cache));
    }

    private static FileTime modified(Path path) {
        try {
            return Files.getLastModifiedTime(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void whereNoneCanBeMadeTheCommandRunsWithout() {
        command.with("LATCHWORK_CACHE", "/dev/null/caches");
        runs();
        runs();
    }

    @Test
    void offMakesNone() {
        command.with("LATCHWORK_CACHE", "off").with("HOME", directory).with("XDG_CACHE_HOME", caches);
        runs();
        assertFalse(Files.exists(caches));
        assertFalse(Files.exists(directory.resolve(".cache")));
    }

    @Test
    void oneThatCannotBeMadeIsNotTriedAgain() throws IOException {
        caches = directory.resolve("%t%t"); // more than the JVM's option takes
        command.with("LATCHWORK_CACHE", caches);
        runs();
        Path failed = awaitMade(".failed");
        assertTrue(Files.readString(failed).contains("%t"), "it holds what the JVM said");
        runs();
        assertEquals(List.of(), makers());
        assertTrue(made(".aot").isEmpty());
    }

    @Tag("stress")
    @Test
    void firstRunsAtTheSameTime() throws IOException {
        List<Process> first = Stream.generate(() -> command.start("latchwork", "--version")).limit(4).toList();
        for (Process process : first) {
            Command.run(process).is(0, "latchwork " + System.getProperty("latchwork.version") + "\n", "");
        }
        runs();
        Path cache = awaitMade(".aot");
        Conditions.await("both are made", () -> {
            try (Stream<Path> files = Files.list(cache.getParent())) {
                return files.filter(path -> path.toString().endsWith(".aot")).count() == 2;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        Conditions.await("nothing is left over", () -> made(".making").isEmpty());
        assertTrue(isUsed(made("/tst_checkpoint-" + cache.getFileName().toString().split("-", 2)[1]).orElseThrow()));
    }

    @Tag("stress")
    @Test
    void aMakerThatIsKilledHoldsNobodyUpAndItsCallerNothing() throws IOException {
        Path held = Files.createFile(directory.resolve("held"));
        command.program("sh", "-c", "exec 9>\"$1\"; \"$0\" init", Command.FOLDER.resolve("bin/tst_checkpoint").toString(), held.toString())
                .is(0, file + "\n", "");
        Conditions.await("a maker is at work", () -> made(".making").isPresent() && !makers().isEmpty());
        for (ProcessHandle maker : makers()) {
            try (Stream<Path> descriptors = Files.list(Path.of("/proc/" + maker.pid() + "/fd"))) {
                assertTrue(descriptors.noneMatch(fd -> {
                    try {
                        return Files.readSymbolicLink(fd).equals(held);
                    } catch (IOException closed) {
                        return false;
                    }
                }), "the maker has what the caller has open");
            } catch (IOException ended) {
                continue;
            }
        }
        for (List<ProcessHandle> makers = makers(); !makers.isEmpty(); makers = makers()) {
            makers.forEach(ProcessHandle::destroyForcibly);
        }
        assertTrue(made(".making").isPresent(), "it was killed in the middle");
        runs();
        Path cache = awaitMade(".aot");
        assertTrue(made(".making").isEmpty());
        assertTrue(isUsed(cache));
    }

    @Tag("stress")
    @Test
    void thoseOfFormerJarsGo() throws IOException {
        runs();
        Path cache = awaitMade(".aot");
        Path former = Files.move(cache, cache.resolveSibling("tst_checkpoint-former-25.aot"));
        Path other = Files.createFile(cache.resolveSibling("latchwork-former-25.aot"));
        runs();
        Conditions.await("a new one is made", () -> Files.exists(cache) && makers().isEmpty());
        assertFalse(Files.exists(former));
        assertTrue(Files.exists(other), "another command's stays");
    }

    @Tag("stress")
    @Test
    void somebodyElsesIsNotUsed() throws IOException {
        runs();
        Path cache = awaitMade(".aot");
        try {
            Files.setOwner(cache, cache.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("nobody"));
        } catch (IOException e) {
            assumeTrue(false, "skipped: only root can give files away");
        }
        assertFalse(isUsed(cache));
    }
}
