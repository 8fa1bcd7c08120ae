package org.latchwork.jmh.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A figure or a reason for every peer, and nothing left behind. */
class PublishBenchmarkTest {
    @Test
    void everyPeerHasARow(@TempDir Path directory) throws Exception {
        var settings = new PublishBenchmark.Settings(
                List.of(Peer.values()), List.of(directory), List.of(4096), List.of(2), 10, 10, 6);
        var result = PublishBenchmark.run(settings, new PrintStream(PrintStream.nullOutputStream()));
        assertEquals(Publishing.Work.values().length * Peer.values().length, result.rows().size());
        for (PublishRow row : result.rows()) {
            assertTrue(row.missing() != null ? row.missing().matches("(not measured|left out): .+") : row.nanos() > 0, row::toString);
        }
        assertTrue(result.rows().stream().filter(row -> row.peer().name().startsWith("PU")).allMatch(row -> row.missing() == null), "our own");
        assertTrue(result.goals().ratios().stream().anyMatch(ratio -> ratio.goal() != null), "a file lock needs nothing that could be missing");
        try (var left = Files.list(directory)) {
            assertEquals(0, left.count());
        }
    }
}
