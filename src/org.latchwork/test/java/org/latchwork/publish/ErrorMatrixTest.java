package org.latchwork.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.latchwork.testing.ProcessTest;
import org.latchwork.testing.Strace;
import org.latchwork.testing.StressTime;

/**
 * Every call of every scenario fails with every error that the kernel may give. Whatever comes of it: it is told by name, or it was
 * rightly borne; nothing public is not whole; no descriptor is leaked; and doing it again succeeds.
 */
@ProcessTest
@ResourceLock(ProcessTest.WAY_OF_STAGING)
class ErrorMatrixTest {
    /** What link(2), open(2), write(2), fsync(2) and their kin can say. */
    private static final List<String> ERRORS = List.of("EEXIST", "EXDEV", "EMLINK", "EPERM", "ENOSPC", "EDQUOT", "ENOMEM", "EIO", "EROFS",
            "ENOENT", "EINTR", "ENAMETOOLONG", "EACCES", "ELOOP", "ENOSYS", "EOPNOTSUPP", "EMFILE", "EAGAIN");

    @TempDir
    Path directory;
    private int number;

    @BeforeEach
    void strace() {
        Strace.require();
    }

    @Test
    @Tag("stress")
    void everyCallFailsWithEveryError() throws IOException {
        matrix(1, ERRORS.size(), StressTime.start());
    }

    /** Every fifteenth call with one error, in turn, so that each error comes to each kind of call sooner or later. */
    @Test
    void someCallsFailWithSomeError() throws IOException {
        matrix(15, 1, StressTime.endless());
    }

    private record Fault(Scenario scenario, Cells.Cell cell, String error) {}

    private void matrix(int step, int errorsEach, StressTime time) throws IOException {
        Map<String, Integer> outcomes = new TreeMap<>();
        Map<String, Integer> byError = new LinkedHashMap<>();
        int turn = 0;
        int cells = 0;
        List<Fault> faults = new ArrayList<>();
        List<Throwable> failures = new ArrayList<>();
        ScenarioChild child = start();
        try {
            for (Scenario scenario : Scenario.values()) {
                List<Cells.Cell> calls = Cells.of(child, scenario, prepared(scenario), directory.resolve("strace.log"));
                for (int i = turn % step; i < calls.size(); i += step) {
                    for (int j = 0; j < errorsEach; j++) {
                        faults.add(new Fault(scenario, calls.get(i), ERRORS.get(turn++ % ERRORS.size())));
                    }
                }
            }
            Collections.shuffle(faults); // what the time allows comes from everywhere
            while (cells < faults.size() && !(time.isOver() && cells > 0)) {
                Fault fault = faults.get(cells++);
                byError.merge(fault.error(), 1, Integer::sum);
                try {
                    outcomes.merge(fail(child, fault.scenario(), fault.cell(), fault.error()), 1, Integer::sum);
                } catch (Throwable failure) {
                    failures.add(failure);
                }
                if (fault.error().equals("ENOSYS")) {
                    child.close(); // it may have learnt that there is no openat2(2)
                    child = start();
                }
            }
        } finally {
            child.close();
        }
        System.out.println("error matrix: " + cells + " of " + faults.size() + " cells, " + outcomes + ", by error " + byError);
        failures.stream().limit(20).forEach(failure -> System.out.println(failure + " <- " + failure.getCause()));
        assertEquals(List.of(), failures);
        assertTrue(outcomes.get("told") > 0, "no error was told, so nothing was shown");
    }

    /** {@return told, or borne} */
    private String fail(ScenarioChild child, Scenario scenario, Cells.Cell cell, String error) throws IOException {
        Path store = prepared(scenario);
        String answer = null;
        try {
            List<String> before = descriptors(child);
            Strace strace = Strace.attach(child.process(), directory.resolve("strace.log"),
                    List.of("-e", "trace=" + Cells.TRACED, "-e", "inject=" + cell.call() + ":error=" + error + ":when=" + cell.when()));
            child.tell(scenario, store);
            answer = child.answer();
            List<String> lines = strace.detach();
            assertTrue(lines.stream().anyMatch(line -> line.contains("(INJECTED)")), "the fault is injected");
            List<String> after = descriptors(child);
            after.removeAll(before);
            assertEquals(leftByClose(cell), after.size(), () -> "descriptors left open: " + after);
            boolean told = answer.startsWith("failed");
            if (told) {
                // EOPNOTSUPP has two names, of which errno(3) prefers the other.
                String name = error.equals("EOPNOTSUPP") ? "ENOTSUP" : error;
                // "There" and "not there" are answers: where they are not true, the error is the next call's.
                boolean answers = error.equals("EEXIST") || error.equals("ENOENT");
                assertTrue(answer.contains(name) || answers && answer.contains("LinuxException") || answer.contains("IllegalStateException")
                        || answer.contains("InvalidFileException"), "the error is named");
            }
            scenario.assertWhole(store);
            return told ? "told" : "borne";
        } catch (Throwable failure) {
            throw new AssertionError(scenario + ", " + cell + " " + error + " answered " + answer + ": " + cell.line(), failure);
        }
    }

    /** A close(2) that strace does not let through closes nothing. */
    private static int leftByClose(Cells.Cell cell) {
        return cell.call().equals("close") ? 1 : 0;
    }

    private static List<String> descriptors(ScenarioChild child) throws IOException {
        List<String> open = new ArrayList<>();
        try (var all = Files.list(Path.of("/proc/" + child.process().pid() + "/fd"))) {
            for (Path descriptor : all.toList()) {
                open.add(descriptor.getFileName() + " " + Files.readSymbolicLink(descriptor));
            }
        }
        return open;
    }

    private ScenarioChild start() throws IOException {
        return ScenarioChild.start(directory).awaitReady();
    }

    private Path prepared(Scenario scenario) throws IOException {
        Path fresh = directory.resolve("store-" + number++);
        scenario.prepare(fresh);
        return fresh;
    }
}
