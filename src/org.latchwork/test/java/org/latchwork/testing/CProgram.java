package org.latchwork.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;

/** Compiles C programs of the tests. */
public final class CProgram {
    /** What this JVM has compiled, by name. */
    private static final Map<String, byte[]> COMPILED = new HashMap<>();

    private CProgram() {}

    /**
     * Puts {@code test/c/NAME.c}, compiled, into a directory and {@return the program}; without a C compiler the test is skipped and says so.
     * A JVM compiles it once.
     */
    public static Path compile(String name, Path directory) {
        Path program = directory.resolve(name);
        synchronized (COMPILED) {
            try {
                if (COMPILED.containsKey(name)) {
                    Files.write(program, COMPILED.get(name));
                    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
                } else {
                    compile(Path.of(System.getProperty("latchwork.test.c"), name + ".c"), program);
                    COMPILED.put(name, Files.readAllBytes(program));
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return program;
    }

    /** The same for any source file. */
    public static Path compile(Path source, Path program) {
        requireCompiler();
        int status = Child.start("cc", "-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-pthread",
                "-I", System.getProperty("latchwork.native.headers"), "-o", program.toString(), source.toString()).exit();
        assertEquals(0, status, () -> "cc does not compile " + source);
        return program;
    }

    /** Skips the test, with the reason, where there is no C compiler. */
    public static void requireCompiler() {
        assumeTrue(hasCompiler(), "skipped: no C compiler 'cc' on the PATH (Debian: apt-get install gcc libc6-dev)");
    }

    /** {@return whether there is a C compiler} */
    public static boolean hasCompiler() {
        return Compiler.IS_THERE;
    }

    /** Asked once. */
    private static final class Compiler {
        private static final boolean IS_THERE = answers();
    }

    private static boolean answers() {
        try {
            Process cc = new ProcessBuilder("cc", "--version").redirectErrorStream(true).start();
            cc.getInputStream().readAllBytes();
            return cc.waitFor() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
