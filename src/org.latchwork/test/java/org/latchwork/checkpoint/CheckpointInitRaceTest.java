package org.latchwork.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.latchwork.testing.Child;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.NativeThread;
import org.latchwork.testing.ProcessTest;

/** Many processes make the same file at once: all succeed, in one file, and nobody ever sees it half made. */
@ProcessTest
class CheckpointInitRaceTest {
    private static final int ROUNDS = 40;
    private static final int THREADS = 8;

    @TempDir
    Path directory;

    @Test
    void allGetTheSameFileAndReadersNeverSeeItHalfMade() throws IOException {
        Path start = directory.resolve("start");
        AtomicBoolean over = new AtomicBoolean();
        try (Checkpoint go = Checkpoint.init(start);
                Child one = Child.jvm(JavaPeer.class, "init-race", start, ROUNDS, THREADS);
                Child other = Child.jvm(JavaPeer.class, "init-race", start, ROUNDS, THREADS)) {
            NativeThread<Integer> reader = NativeThread.start(() -> read(over));
            for (int round = 0; round < ROUNDS; round++) {
                int id = round;
                Conditions.await("all are at the start of round " + round, () -> racers(one, start, id) + racers(other, start, id) == 2 * THREADS);
                assertEquals(2 * THREADS, go.wake(round, 2 * THREADS, Conditions.HANG));
                Set<String> seen = new HashSet<>();
                for (int i = 0; i < THREADS; i++) {
                    seen.add(one.line());
                    seen.add(other.line());
                }
                Path file = directory.resolve("raced-" + round);
                assertEquals(Set.of(Files.getAttribute(file, "unix:ino") + " true"), seen);
            }
            over.set(true);
            assertTrue(reader.result() > 0, "the reader has opened files");
            assertEquals(0, one.exit());
            assertEquals(0, other.exit());
        }
        try (var files = Files.list(directory)) {
            assertEquals(ROUNDS + 1, files.count(), "no private name is left");
        }
    }

    private static long racers(Child child, Path start, int round) {
        return Peer.asleep(child.pid(), CheckpointLayout.PATCH, start, round);
    }

    /** Opens each file as early as it can. */
    private int read(AtomicBoolean over) throws IOException {
        byte[] whole = Arrays.copyOf("LTPM".getBytes(), 4096);
        int opened = 0;
        for (int round = 0; !over.get() && round < ROUNDS;) {
            try {
                byte[] bytes = Files.readAllBytes(directory.resolve("raced-" + round));
                assertTrue(Arrays.equals(whole, bytes), "seen half made, " + bytes.length + " bytes");
                opened++;
                round++;
            } catch (NoSuchFileException notYet) {
                Thread.onSpinWait();
            }
        }
        return opened;
    }
}
