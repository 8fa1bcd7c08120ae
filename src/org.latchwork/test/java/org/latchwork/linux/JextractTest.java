package org.latchwork.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.latchwork.testing.Child;
import org.latchwork.testing.ProcessTest;

/** The checked-in bindings are what jextract writes from the headers, to the byte, wherever a jextract is at hand. */
@ProcessTest
class JextractTest {
    @ParameterizedTest
    @CsvSource({
        "linux.h,     includes.args,  org.latchwork.linux.abi,  Linux,  src/org.latchwork",
        "latchwork.h, latchwork.args, org.latchwork.region.abi, Layout, src/org.latchwork",
        "bench.h,     bench.args,     org.latchwork.jmh.abi,    Bench,  jmh",
    })
    void checkedInBindingsAreWhatJextractWrites(
            String header, String includes, String target, String name, String module, @TempDir Path fresh) {
        String jextract = System.getProperty("latchwork.jextract");
        assumeTrue(starts(jextract), "skipped: no jextract '" + jextract + "'; name one with -Djextract=/path/to/bin/jextract");
        Path headers = Path.of(System.getProperty("latchwork.native.headers"));
        int status = Child.start(jextract, "@" + headers.resolve(includes), "--target-package", target,
                "--header-class-name", name, "--output", fresh.toString(), headers.resolve(header).toString()).exit();
        assertEquals(0, status, "jextract's exit status");
        String folder = target.replace('.', '/');
        assertEquals(files(fresh.resolve(folder)), files(headers.resolveSibling(module).resolve("main/jextract").resolve(folder)),
                "mvn -Pjextract -Djextract=... writes the bindings anew; another jextract, libclang or kernel header package can differ");
    }

    private static boolean starts(String command) {
        try {
            Process process = new ProcessBuilder(command, "--help").redirectErrorStream(true).start();
            process.getInputStream().readAllBytes();
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static Map<String, String> files(Path root) {
        try (Stream<Path> all = Files.walk(root)) {
            Map<String, String> contents = new TreeMap<>();
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                contents.put(root.relativize(file).toString(), Files.readString(file));
            }
            return contents;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
