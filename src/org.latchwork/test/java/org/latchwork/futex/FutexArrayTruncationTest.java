package org.latchwork.futex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.latchwork.testing.Child;
import org.latchwork.testing.ProcessTest;

/** A file cut under a futex array: one clear exception, never a crash, interpreted and compiled. */
@ProcessTest
class FutexArrayTruncationTest {
    private static final int OPERATIONS = 17;
    private static final String TRUNCATED = "org.latchwork.file.FileTruncatedException: ";
    /** The JVM's words, which differ by where it was. */
    private static final String FAULT = "java.lang.InternalError: a fault occurred in an unsafe memory access operation";

    @TempDir
    Path directory;

    enum Mode {
        INTERPRETED(0, "-Xint"),
        COLD(0, "-XX:TieredStopAtLevel=4"),
        C1(12_000, "-Xbatch"),
        C2(12_000, "-Xbatch", "-XX:TieredStopAtLevel=4", "-XX:-TieredCompilation", "-XX:CompileThresholdScaling=1");

        private final int warmup;
        private final List<String> options;

        Mode(int warmup, String... options) {
            this.warmup = warmup;
            this.options = List.of(options);
        }

        boolean isCompiled() {
            return warmup > 0;
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyOperationOnALostWordThrows(Mode mode) throws IOException {
        Path compilations = directory.resolve("compilations");
        Path crash = directory.resolve("crash");
        List<String> options = new ArrayList<>(mode.options);
        options.addAll(List.of("-Xlog:jit+compilation=debug:file=" + compilations, "-XX:ErrorFile=" + crash, "-XX:-CreateCoredumpOnCrash"));
        try (Child child = Child.start(Map.of(), Child.jvmCommand(options, TruncatedChild.class, directory, mode.warmup))) {
            for (int i = 0; i < OPERATIONS; i++) {
                String line = child.line();
                String[] parts = line.split(" ", 3);
                assertEquals(3, parts.length, () -> "the JVM has crashed: " + line);
                assertEquals("4096", parts[1], "the file was not cut: " + line);
                String truncated = TRUNCATED + directory.resolve(parts[0])
                        + ": was truncated to 4096 bytes while 8192 bytes of it are mapped; close it and make the file anew";
                boolean byTheJvm = mode.isCompiled() && parts[0].matches("get.*|set.*|compareAndSet.*|await.*") && parts[2].equals(FAULT);
                assertTrue(byTheJvm || parts[2].equals(truncated), () -> mode + ": " + line);
            }
            assertEquals(0, child.exit());
        }
        assertFalse(Files.exists(crash), "the JVM has crashed");
        String compiled = Files.readString(compilations);
        for (String method : List.of("getPlain", "getOpaque", "getAcquire", "get", "setPlain", "setRelease", "set", "compareAndExchange")) {
            assertEquals(mode.isCompiled(), compiled.contains("WordArray::" + method + " ("), method);
        }
    }
}
