package org.latchwork.publish;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.latchwork.testing.Strace;

/** The system calls that a scenario makes, in order: one cell of a matrix each. */
final class Cells {
    /** Every call about files that the scenarios could make, so that none is overlooked. */
    static final String TRACED = "%desc,%file";
    /** The JVM's own memory, which strace counts as about descriptors. */
    private static final String MEMORY = "mmap";
    private static final Pattern LINE = Pattern.compile("(\\d+) +(\\w+)\\((.*)");

    private Cells() {}

    /** The {@code when}-th call of this name in the scenario's thread since strace was attached, as strace printed it. */
    record Cell(String call, int when, String line) {
        @Override
        public String toString() {
            return call + "#" + when;
        }
    }

    /** Runs a scenario under strace and {@return its calls} */
    static List<Cell> of(ScenarioChild child, Scenario scenario, Path directory, Path log) {
        List<String> lines;
        Strace strace = Strace.attach(child.awaitReady().process(), log, List.of("-e", "trace=" + TRACED));
        child.tell(scenario, directory);
        String answer = child.answer();
        lines = strace.detach();
        assertTrue(!answer.startsWith("failed"), answer);
        return parse(lines, directory);
    }

    /** The scenario's thread is the one that names its directory first. */
    static List<Cell> parse(List<String> lines, Path directory) {
        Map<String, Integer> counts = new HashMap<>();
        Map<String, List<Cell>> byThread = new LinkedHashMap<>();
        String thread = null;
        for (String line : lines) {
            Matcher matcher = LINE.matcher(line);
            if (matcher.lookingAt() && !matcher.group(2).equals(MEMORY)) {
                String id = matcher.group(1);
                if (thread == null && line.contains("\"" + directory)) {
                    thread = id;
                }
                int when = counts.merge(id + matcher.group(2), 1, Integer::sum);
                byThread.computeIfAbsent(id, any -> new ArrayList<>()).add(new Cell(matcher.group(2), when, line));
            }
        }
        assertTrue(thread != null, () -> "no thread names " + directory + ":\n" + String.join("\n", lines));
        List<Cell> cells = byThread.get(thread);
        int first = 0;
        while (!cells.get(first).line().contains("\"" + directory)) {
            first++; // how it was told
        }
        int end = first;
        while (end < cells.size() && !cells.get(end).line().contains("write(1, ")) {
            end++; // how it told
        }
        return cells.subList(first, end);
    }
}
