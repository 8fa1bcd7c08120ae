package org.latchwork.module;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.latchwork.testing.Child;
import org.latchwork.testing.ProcessTest;

/** How users import the library: compiled and run on the module path, as a module import, and on the class path. */
@ProcessTest
class ImportTest {
    private static final String CLASSES = System.getProperty("latchwork.classes");
    private static final String IMPORTS = """
            import java.time.Duration;
            import org.latchwork.LinuxException;
            import org.latchwork.checkpoint.Checkpoint;
            import org.latchwork.file.SharedFile;
            import org.latchwork.futex.Futex;
            import org.latchwork.futex.FutexArray;
            import org.latchwork.wait.WaitOutcome;
            """;
    private static final String MODULE_IMPORTS = "import module java.base;\nimport module org.latchwork;\n";
    private static final String MAIN = """
            public class Main {
                public static void main(String[] arguments) {
                    try (FutexArray array = FutexArray.memfd("user", 1, FutexArray.Spacing.PACKED)) {
                        WaitOutcome outcome = array.await(0, 0, Duration.ofMillis(1));
                        System.out.println(outcome + " " + Futex.SHARED.wake(array.word(0), 1) + " " + Main.class.getModule());
                        SharedFile.open(java.nio.file.Path.of("/no/such/file"));
                    } catch (LinuxException e) {
                        System.out.println(e.errnoName() + " " + Checkpoint.PATH_VARIABLE);
                    }
                }
            }
            """;

    @TempDir
    Path directory;

    @Test
    void aNamedModuleThatRequiresIt() throws IOException {
        assertCompiles(named(IMPORTS), "-p", CLASSES);
        assertRuns("module user", "-p", CLASSES + ":" + output(), "--enable-native-access=org.latchwork", "-m", "user/user.Main");
    }

    @Test
    void aModuleImportInANamedModule() throws IOException {
        assumeModuleImports();
        assertCompiles(named(MODULE_IMPORTS), "-p", CLASSES);
        assertRuns("module user", "-p", CLASSES + ":" + output(), "--enable-native-access=org.latchwork", "-m", "user/user.Main");
    }

    @Test
    void aModuleImportInTheUnnamedModule() throws IOException {
        assumeModuleImports();
        assertCompiles(Map.of("Main.java", MODULE_IMPORTS + MAIN), "-p", CLASSES, "--add-modules", "org.latchwork");
        assertRuns("unnamed module", "-p", CLASSES, "--add-modules", "org.latchwork", "--enable-native-access=org.latchwork",
                "-cp", output(), "Main");
    }

    @Test
    void ordinaryImportsInTheUnnamedModule() throws IOException {
        assertCompiles(Map.of("Main.java", IMPORTS + MAIN), "-p", CLASSES, "--add-modules", "org.latchwork");
        assertRuns("unnamed module", "-p", CLASSES, "--add-modules", "org.latchwork", "--enable-native-access=org.latchwork",
                "-cp", output(), "Main");
    }

    @Test
    void ordinaryImportsOnTheClassPath() throws IOException {
        assertCompiles(Map.of("Main.java", IMPORTS + MAIN), "-cp", CLASSES);
        assertRuns("unnamed module", "-cp", CLASSES + ":" + output(), "--enable-native-access=ALL-UNNAMED", "Main");
    }

    @Test
    void whatIsNotExportedIsOutOfReach() throws IOException {
        String compilerSays = compile(named("import org.latchwork.linux.Posix;\n" + IMPORTS), "-p", CLASSES);
        assertTrue(compilerSays.contains("package org.latchwork.linux is not visible")
                && compilerSays.contains("does not export it"), compilerSays);
    }

    private static Map<String, String> named(String imports) {
        return Map.of("module-info.java", "module user {\n    requires org.latchwork;\n}\n",
                "user/Main.java", "package user;\n\n" + imports + MAIN);
    }

    private static void assumeModuleImports() {
        int running = Runtime.version().feature();
        assumeTrue(running >= 25, "skipped: module imports are Java 25's, and this is Java " + running);
    }

    private String output() {
        return directory.resolve("classes").toString();
    }

    private void assertCompiles(Map<String, String> sources, String... options) throws IOException {
        assertEquals("", compile(sources, options));
    }

    /** {@return what javac says, nothing if all is well} */
    private String compile(Map<String, String> sources, String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of("-d", output(), "-Xlint:all,-restricted", "-Werror"));
        command.addAll(List.of(options));
        for (Map.Entry<String, String> source : sources.entrySet()) {
            Path file = directory.resolve("src").resolve(source.getKey());
            Files.createDirectories(file.getParent());
            command.add(Files.writeString(file, source.getValue()).toString());
        }
        StringWriter says = new StringWriter();
        int status = ToolProvider.findFirst("javac").orElseThrow()
                .run(new PrintWriter(says), new PrintWriter(says), command.toArray(String[]::new));
        if (status != 0) {
            assertNotEquals("", says.toString());
        }
        return says.toString();
    }

    private void assertRuns(String where, String... options) {
        List<String> command = new ArrayList<>(List.of(Child.java(), "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        command.addAll(List.of(options));
        try (Child program = Child.start(Map.of(), command)) {
            String line = program.line();
            assertTrue(line.startsWith("TIMED_OUT 0 " + where), line);
            assertEquals("ENOENT LTP_IPC_PATH", program.line());
            assertEquals(0, program.exit());
        }
    }
}
