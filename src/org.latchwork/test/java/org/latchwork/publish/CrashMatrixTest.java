package org.latchwork.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.latchwork.testing.ProcessTest;
import org.latchwork.testing.Strace;
import org.latchwork.testing.StressTime;

/**
 * A JVM is killed at the entry of every system call of every scenario. Whatever it was at: public names hold whole content, what is
 * left is private and the next sweep removes it, and doing it again succeeds.
 */
@ProcessTest
@ResourceLock(ProcessTest.WAY_OF_STAGING)
class CrashMatrixTest {
    /** The calls that change what is on disk: between two of them a crash leaves the same. */
    private static final Set<String> CHANGING =
            Set.of("mkdirat", "linkat", "unlinkat", "renameat", "pwrite64", "utimensat", "fchmod", "ftruncate");

    @TempDir
    Path directory;
    private int number;

    @BeforeEach
    void strace() {
        Strace.require();
    }

    /** Every call, in some order, as far as the time goes: all of them take some minutes. */
    @Test
    @Tag("stress")
    void killedAtEverySystemCall() throws IOException {
        matrix(1, false, StressTime.start());
    }

    /** Every link, and every hundred and twentieth of the other calls that change something. */
    @Test
    void killedAtSomeSystemCalls() throws IOException {
        matrix(120, true, StressTime.endless());
    }

    private record Kill(Scenario scenario, Cells.Cell cell) {}

    private void matrix(int step, boolean changingOnly, StressTime time) throws IOException {
        List<Kill> kills = new ArrayList<>();
        int calls = 0;
        // The next JVM warms up while one is at work.
        ScenarioChild next = start();
        try {
            for (Scenario scenario : Scenario.values()) {
                Path traced = prepared(scenario);
                List<Cells.Cell> cells = Cells.of(next, scenario, traced, directory.resolve("strace.log"));
                next.close();
                next = start();
                calls += cells.size();
                assertTrue(cells.size() > 5, () -> scenario + " makes more calls than " + cells);
                int changing = 0;
                for (Cells.Cell cell : cells) {
                    boolean changes = CHANGING.contains(cell.call()) || cell.line().matches(".*O_(CREAT|TMPFILE).*");
                    if ((!changingOnly || changes) && (cell.call().equals("linkat") || changing++ % step == 0)) {
                        kills.add(new Kill(scenario, cell));
                    }
                }
            }
        } finally {
            next.close();
        }
        execute(kills, calls, time);
        assertEquals(Scenario.values().length, kills.stream().map(Kill::scenario).distinct().count());
    }

    private void execute(List<Kill> kills, int calls, StressTime time) throws IOException {
        Collections.shuffle(kills); // what the time allows comes from everywhere
        Map<Scenario, Integer> executed = new EnumMap<>(Scenario.class);
        int done = 0;
        ScenarioChild next = start();
        try {
            while (done < kills.size() && !(time.isOver() && done > 0)) {
                Kill kill = kills.get(done++);
                ScenarioChild child = next;
                next = start();
                try (child) {
                    kill(child, kill.scenario(), kill.cell());
                }
                executed.merge(kill.scenario(), 1, Integer::sum);
            }
        } finally {
            next.close();
        }
        System.out.println("crash matrix: " + done + " of " + kills.size() + " cells, of " + calls + " system calls: " + executed);
        assertTrue(done == kills.size() || time.isOver(), "every cell, or as many as the time allows");
    }

    private void kill(ScenarioChild child, Scenario scenario, Cells.Cell cell) throws IOException {
        Path store = prepared(scenario);
        try {
            Strace strace = Strace.attach(child.awaitReady().process(), directory.resolve("strace.log"),
                    List.of("-e", "trace=" + Cells.TRACED, "-e", "inject=" + cell.call() + ":signal=KILL:when=" + cell.when()));
            child.tell(scenario, store);
            assertEquals(128 + 9, child.process().exit(), "it was killed");
            List<String> lines = strace.detach();
            // The fault was where it should be: the call was entered and did not return.
            List<Cells.Cell> made = Cells.parse(lines, store);
            assertEquals(cell.toString(), made.getLast().toString());
            assertTrue(lines.stream().anyMatch(line -> line.contains("killed by SIGKILL")), "strace saw it die");
            scenario.assertWhole(store);
        } catch (Throwable failure) {
            throw new AssertionError(scenario + ", killed at " + cell + ": " + cell.line(), failure);
        }
    }

    private Path prepared(Scenario scenario) throws IOException {
        Path fresh = directory.resolve("store-" + number++);
        scenario.prepare(fresh);
        return fresh;
    }

    private ScenarioChild start() throws IOException {
        return ScenarioChild.start(directory);
    }
}
