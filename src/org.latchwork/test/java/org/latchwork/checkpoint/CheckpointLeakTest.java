package org.latchwork.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.latchwork.file.InvalidFileException;

/** Neither descriptors nor mappings stay behind, however often and however it ends. */
class CheckpointLeakTest {
    private static final int CYCLES = 1000;

    @TempDir
    Path directory;

    @Test
    void initAndCloseLeaveNothingBehind() throws IOException {
        Path file = directory.resolve("file");
        for (int i = 0; i < CYCLES; i++) {
            Checkpoint.init(file).close(); // made
            try (Checkpoint attached = Checkpoint.init(file); Checkpoint again = Checkpoint.reinit(file)) {
                assertEquals(attached.path(), again.path());
                if (i == 0) {
                    assertEquals(2, descriptors(), "the count sees what is open");
                    assertEquals(2, mappings(), "the count sees what is mapped");
                }
            }
            Files.delete(file);
        }
        assertEquals(0, descriptors());
        assertEquals(0, mappings());
    }

    @Test
    void refusedAttachesLeaveNothingBehind() throws IOException {
        Path text = Files.writeString(directory.resolve("text"), "text");
        Path link = Files.createSymbolicLink(directory.resolve("link"), text);
        for (Path bad : List.of(text, link, directory, directory.resolve("missing"))) {
            for (int i = 0; i < CYCLES; i++) {
                assertThrows(InvalidFileException.class, () -> Checkpoint.reinit(bad));
            }
        }
        for (int i = 0; i < CYCLES; i++) {
            assertThrows(InvalidFileException.class, () -> Checkpoint.init(text));
        }
        assertEquals(0, descriptors());
        assertEquals(0, mappings());
    }

    /** {@return how many descriptors of this JVM lead into the directory, deleted files among them} */
    private long descriptors() throws IOException {
        try (var all = Files.list(Path.of("/proc/self/fd"))) {
            return all.filter(this::leadsIntoDirectory).count();
        }
    }

    private boolean leadsIntoDirectory(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString().startsWith(directory.toString());
        } catch (IOException e) {
            return false; // another thread's, closed meanwhile
        }
    }

    private long mappings() throws IOException {
        try (var all = Files.lines(Path.of("/proc/self/maps"))) {
            return all.filter(line -> line.contains(directory.toString())).count();
        }
    }
}
