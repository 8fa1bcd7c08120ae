package org.latchwork.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;

/** Compiles C programs of the tests. */
public final class CProgram {
    private CProgram() {}

    /**
     * Compiles {@code test/c/NAME.c} into a directory and {@return the program}; without a C compiler the test is skipped and says so.
     */
    public static Path compile(String name, Path directory) {
        return compile(Path.of(System.getProperty("latchwork.test.c"), name + ".c"), directory.resolve(name));
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
