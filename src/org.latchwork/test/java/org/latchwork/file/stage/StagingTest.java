package org.latchwork.file.stage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.latchwork.testing.Waiters;

/** Private names and the sweep: a lock that is held decides, and nothing else. */
class StagingTest {
    @TempDir
    Path directory;

    @Test
    void theFolderIsMadeWhenItIsNeededAndGoesWithItsWriter() throws IOException {
        try (Folder parent = Folder.open(directory)) {
            Staging staging = new Staging(parent);
            assertEquals(List.of(), names());
            Stage first = staging.stage(0600);
            Stage second = staging.stage(0600);
            assertEquals(1, names().size(), "one folder for all its names");
            assertTrue(names().getFirst().startsWith(Staging.PREFIX + ProcessHandle.current().pid() + "-"));
            first.close();
            second.close();
            staging.close();
            staging.close();
            assertEquals(List.of(), names());
            assertThrows(IllegalStateException.class, () -> staging.stage(0600));
        }
    }

    /** What a crash can leave: a folder alone; with the file of its owner; with stages and folders; with stages and no owner. */
    @Test
    void whatDeadWritersLeftIsRemoved() throws IOException {
        Files.createDirectory(directory.resolve(".staged-1"));
        Files.createFile(Files.createDirectory(directory.resolve(".staged-2")).resolve("owner"));
        Path third = Files.createDirectory(directory.resolve(".staged-3"));
        Files.createFile(third.resolve("owner"));
        Files.writeString(third.resolve("0"), "text");
        Files.writeString(Files.createDirectories(third.resolve("a/b")).resolve("c"), "text");
        Files.writeString(Files.createDirectory(directory.resolve(".staged-4")).resolve("0"), "text");
        // None of the sweep's business:
        Files.writeString(directory.resolve(".staged-file"), "a file, which nothing proves to be anybody's");
        Files.createDirectory(directory.resolve("folder"));
        Files.createSymbolicLink(directory.resolve(".staged-link"), directory.resolve("folder"));

        List<String> seen = new ArrayList<>();
        try (Folder parent = Folder.open(directory)) {
            Staging.Swept swept = Staging.sweep(parent, folder -> seen.add(folder.path().getFileName().toString()));
            assertEquals(new Staging.Swept(4, 0), swept);
            assertEquals(new Staging.Swept(0, 0), Staging.sweep(parent, folder -> {}));
        }
        assertEquals(List.of(".staged-1", ".staged-2", ".staged-3", ".staged-4"), seen.stream().sorted().toList());
        assertEquals(List.of(".staged-file", ".staged-link", "folder"), names());
    }

    @Test
    void aLiveWritersFolderStays() throws IOException {
        try (Folder parent = Folder.open(directory); Staging staging = new Staging(parent); Stage stage = staging.stage(0600)) {
            List<String> before = names();
            assertEquals(new Staging.Swept(0, 1), Staging.sweep(parent, folder -> {
                throw new AssertionError("nothing to rescue from the living");
            }));
            assertEquals(before, names());
            assertEquals(Stage.Result.CREATED, stage.link(parent.descriptor(), "target", () -> directory.resolve("target")));
        }
        assertEquals(List.of("target"), names());
    }

    /** Writers that begin while four threads sweep without a pause: every one gets a folder, and none loses a stage. */
    @Test
    void beginningsSurviveSweeps() throws IOException {
        int rounds = 300;
        AtomicBoolean done = new AtomicBoolean();
        try (Folder parent = Folder.open(directory)) {
            Waiters<Integer> sweepers = Waiters.start(4, () -> {
                int removed = 0;
                while (!done.get()) {
                    removed += Staging.sweep(parent, folder -> {}).removed();
                }
                return removed;
            });
            Waiters<Boolean> writers = Waiters.start(2, () -> {
                String mine = "target-" + Thread.currentThread().threadId() + "-";
                for (int i = 0; i < rounds; i++) {
                    String target = mine + i;
                    try (Staging staging = new Staging(parent); Stage stage = staging.stage(0600)) {
                        assertEquals(Stage.Result.CREATED, stage.link(parent.descriptor(), target, () -> directory.resolve(target)));
                    }
                }
                return true;
            });
            assertEquals(List.of(true, true), writers.take(2));
            done.set(true);
            sweepers.take(4);
            Staging.sweep(parent, folder -> {});
        }
        assertEquals(2 * rounds, names().size());
        assertFalse(names().stream().anyMatch(name -> name.startsWith(Staging.PREFIX)));
    }

    private List<String> names() throws IOException {
        try (var files = Files.list(directory)) {
            return files.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }
}
