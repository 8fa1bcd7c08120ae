package org.latchwork.wait.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.latchwork.testing.CProgram;
import org.latchwork.testing.Child;
import org.latchwork.testing.ProcessTest;
import org.latchwork.wait.WaitEngine;

/** Under a real seccomp filter, as containers have one: the next best engine is taken, and everything works on it. */
@ProcessTest
class SeccompTest {
    @TempDir
    static Path directory;

    private static Path filter;

    @BeforeAll
    static void compile() {
        filter = CProgram.compile("seccomp_exec", directory);
    }

    /** {@return what a child says of each thing, under a filter such as {@code io_uring_setup=EPERM}} */
    private static Map<String, String> run(List<String> refused, List<String> options) {
        List<String> command = new ArrayList<>(List.of(filter.toString()));
        command.addAll(refused);
        command.add("--");
        command.addAll(Child.jvmCommand(options, FallbackChild.class));
        Map<String, String> facts = new LinkedHashMap<>();
        try (Child child = Child.start(Map.of(), command)) {
            while (!facts.containsKey("async") && !facts.getOrDefault("engine", "").contains("property")) {
                String line = child.line();
                int end = line.matches("(platform|virtual) .*") ? line.indexOf(' ', line.indexOf(' ') + 1) : line.indexOf(' ');
                facts.put(line.substring(0, end), line.substring(end + 1));
            }
            assertEquals(0, child.exit());
        }
        assertRefusalsAreThere(refused, facts);
        return facts;
    }

    /** The filter does what it should, before anything is concluded from it. */
    private static void assertRefusalsAreThere(List<String> refused, Map<String, String> facts) {
        for (String one : refused) {
            assertEquals(one.substring(one.indexOf('=') + 1), facts.get(one.substring(0, one.indexOf('='))), one);
        }
    }

    private static void assertEverythingWorks(WaitEngine engine, Map<String, String> facts) {
        assertEquals(engine.toString(), facts.get("engine"));
        for (String kind : List.of("platform", "virtual")) {
            assertEquals("WOKEN", facts.get(kind + " woken"));
            assertEquals("Result[outcome=WOKEN, index=42]", facts.get(kind + " any"));
            assertTrue(facts.get(kind + " interrupted").startsWith("INTERRUPTED within "), facts.toString());
            assertEquals("CLOSED", facts.get(kind + " closed"));
            assertEquals("TIMED_OUT", facts.get(kind + " timed"));
            System.out.println(engine + ": interrupt of a " + kind + " thread " + facts.get(kind + " interrupted"));
        }
        assertEquals("WOKEN TIMED_OUT CLOSED", facts.get("async"));
    }

    @Test
    void withoutRefusalsItIsTheRing() {
        Map<String, String> facts = run(List.of(), List.of());
        assertEquals("EFAULT", facts.get("io_uring_setup"), "the call reaches the kernel");
        assertEquals("EBADF", facts.get("io_uring_enter"), "the call reaches the kernel");
        assertEquals("EINVAL", facts.get("futex_waitv"), "the call reaches the kernel");
        assertEverythingWorks(WaitEngine.IO_URING, facts);
    }

    @ParameterizedTest
    @CsvSource({
        "FUTEX_WAITV, io_uring_setup=ENOSYS, ",
        "FUTEX_WAITV, io_uring_setup=EPERM, ",
        "FUTEX_WAITV, io_uring_setup=EACCES, ",
        "FUTEX_WAITV, io_uring_setup=ENOMEM, ",
        "FUTEX_WAITV, io_uring_enter=EPERM, ",
        "IO_URING, futex_waitv=ENOSYS, ",
        "FUTEX, io_uring_setup=ENOSYS, futex_waitv=ENOSYS",
        "FUTEX, io_uring_setup=EPERM, futex_waitv=EPERM",
    })
    void theNextBestIsTaken(WaitEngine expected, String refused, String alsoRefused) {
        assertEverythingWorks(expected, run(alsoRefused == null ? List.of(refused) : List.of(refused, alsoRefused), List.of()));
    }

    /** Forced is forced: no other is taken in silence. */
    @ParameterizedTest
    @CsvSource({
        "IO_URING, io_uring_setup, EPERM",
        "IO_URING, io_uring_enter, ENOSYS",
        "FUTEX_WAITV, futex_waitv, ENOSYS",
    })
    void aForcedEngineThatDoesNotWorkIsTold(WaitEngine forced, String call, String errno) {
        String message = run(List.of(call + "=" + errno), List.of("-D" + WaitEngine.PROPERTY + "=" + forced)).get("engine");
        for (String part : List.of("system property", WaitEngine.PROPERTY, forced.toString(), call, errno)) {
            assertTrue(message.contains(part), message);
        }
    }
}
