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
                List.of(Peer.values()), List.of(directory), List.of(4096), List.of(2), 10, 1, 2);
        List<PublishBenchmark.Row> rows = new PublishBenchmark(settings, new PrintStream(PrintStream.nullOutputStream())).run();
        assertEquals(3 * Peer.values().length, rows.size());
        for (PublishBenchmark.Row row : rows) {
            assertTrue(row.missing() != null ? row.missing().matches("(not measured|left out): .+") : row.micros() > 0, row::toString);
            assertTrue(PublishBenchmark.text(row).contains(row.peer().label()));
        }
        assertTrue(rows.stream().filter(row -> row.peer().name().startsWith("PU")).allMatch(row -> row.missing() == null), "our own");
        try (var left = Files.list(directory)) {
            assertEquals(0, left.count());
        }
    }
}
