package org.latchwork.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.latchwork.testing.CProgram;

/** The README's tour is tried as it stands: its shell blocks run one after the other and print what it says. */
class ReadmeIT {
    private static final Path TOP = Path.of(System.getProperty("latchwork.native.headers")).resolveSibling("");

    @Test
    void theTourDoesWhatItSays(@TempDir Path directory) throws IOException {
        CProgram.requireCompiler();
        String readme = Files.readString(TOP.resolve("README.md"));
        String tour = readme.substring(readme.indexOf("## A five-minute tour"), readme.indexOf("## What is there"));
        List<String> blocks = blocks(tour, "sh");
        assertTrue(blocks.size() >= 4 && blocks.get(0).startsWith("mvn "), "the tour has changed: " + blocks);
        // Maven is at it already; what it builds lies where the tour looks for it.
        String script = "set -eu\n" + String.join("\n", blocks)
                .replaceFirst("mvn [^\n]*", "ln -s '" + TOP.resolve("src") + "' src")
                .replaceFirst("JAVA=java[^\n]*", "JAVA=" + System.getProperty("java.home") + "/bin/java");
        Path file = Files.writeString(directory.resolve("tour.sh"), script + "\nrm src\n");

        Command.Result result = Command.packaged().with("TMPDIR", directory)
                .program("sh", "-c", "cd '" + directory + "' && exec bash '" + file + "'");

        assertEquals("", result.err());
        assertEquals(0, result.status());
        assertEquals(sorted(String.join("", blocks(tour, "text"))), sorted(result.out()));
    }

    private static List<String> blocks(String text, String language) {
        return Pattern.compile("(?ms)^```" + language + "\n(.*?)^```$").matcher(text).results().map(m -> m.group(1)).toList();
    }

    private static String sorted(String lines) {
        return lines.lines().sorted().collect(Collectors.joining("\n"));
    }
}
