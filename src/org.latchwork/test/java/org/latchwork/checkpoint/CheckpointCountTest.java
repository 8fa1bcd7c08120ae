package org.latchwork.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.latchwork.futex.FutexArray;
import org.latchwork.testing.Child;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.NativeThread;
import org.latchwork.testing.ProcessTest;

/** A wake wakes exactly as many as it is asked for: never more, and it says how many. */
@ProcessTest
class CheckpointCountTest {
    private static final CheckpointLayout PATCH = CheckpointLayout.PATCH;

    @TempDir
    static Path programs;

    static Peer c;

    @TempDir
    Path directory;

    private final List<Child> children = new ArrayList<>();
    private Path file;
    private Checkpoint checkpoint;

    @BeforeAll
    static void compile() {
        c = new Peer(programs);
    }

    @BeforeEach
    void init() {
        file = directory.resolve("file");
        checkpoint = Checkpoint.init(file);
    }

    @AfterEach
    void close() {
        children.forEach(Child::close);
        checkpoint.close();
    }

    @Test
    void ofTwoWaitersOneIsWokenThenTheOther() {
        startC(0, 1);
        startC(0, 1);
        awaitAsleep(0, 2);
        assertEquals(1, checkpoint.wake(0, 1, Conditions.HANG));
        awaitAsleep(0, 1);
        assertEquals(1, checkpoint.wake(0, 1, Conditions.HANG));
        children.forEach(Peer::assertWoken);
        assertEquals(0, checkpoint.wake(0, 1, Duration.ZERO));
    }

    @Test
    void aHundredWaitersInTwelveProcesses() {
        for (int i = 0; i < 10; i++) {
            startC(9, 8);
        }
        for (int i = 0; i < 2; i++) {
            children.add(Child.jvm(JavaPeer.class, "wait", file, 9, 10));
        }
        awaitAsleep(9, 100);
        assertEquals(60, checkpoint.wake(9, 60, Conditions.HANG));
        awaitAsleep(9, 40);
        assertEquals(40, checkpoint.wake(9, 41, Duration.ZERO));
        for (Child child : children) {
            assertEquals(0, child.exit());
        }
    }

    /** Two are there, then eight come in one instant, moved from another checkpoint: of these it takes the three that it still wants. */
    @Test
    void aWakeThatGathersTakesOnlyTheRest() {
        startC(0, 2);
        startC(1, 8);
        awaitAsleep(0, 2);
        awaitAsleep(1, 8);
        NativeThread<Integer> waker = NativeThread.start(() -> checkpoint.wake(0, 5, Conditions.HANG));
        Conditions.await("the waker has woken two and looks for more", () -> asleep(0) == 0 && waker.isInFutexCall());
        int first = PATCH.firstWord() / Integer.BYTES;
        try (FutexArray words = FutexArray.map(file, first + 2, FutexArray.Spacing.PACKED)) {
            assertEquals(8, words.requeue(first + 1, 0, 0, 8, first));
        }
        assertEquals(5, waker.result());
        awaitAsleep(1, 5); // /proc shows the address that they gave, not the one that they were moved to
        assertEquals(5, checkpoint.wake(0, 5, Conditions.HANG));
    }

    @Test
    void tooFewWaitersAreCounted() {
        startC(0, 3);
        awaitAsleep(0, 3);
        assertEquals(3, checkpoint.wake(0, 5, Duration.ofMillis(20)));
    }

    @Test
    void wakesReachTheirOwnCheckpointOnly() {
        startC(1, 1);
        awaitAsleep(1, 1);
        assertEquals(0, checkpoint.wake(0, 1, Duration.ofMillis(5)));
        assertEquals(0, checkpoint.wake(2, 1, Duration.ofMillis(5)));
        assertEquals(1, asleep(1));
    }

    @Test
    void wakeOfNobodyWakesNobody() {
        startC(0, 1);
        awaitAsleep(0, 1);
        assertEquals(0, checkpoint.wake(0, 0, Conditions.HANG));
        assertEquals(1, asleep(0));
    }

    @Test
    void aKilledWaiterDoesNotCount() {
        Child killed = startC(0, 1);
        startC(0, 1);
        awaitAsleep(0, 2);
        killed.signal("KILL");
        assertEquals(128 + 9, killed.exit());
        assertEquals(1, checkpoint.wake(0, 2, Duration.ofMillis(20)));
    }

    private Child startC(int id, int threads) {
        Child child = c.start(PATCH, file, "wait", id, Conditions.HANG.toMillis(), threads);
        children.add(child);
        return child;
    }

    private void awaitAsleep(int id, int threads) {
        Conditions.await(threads + " threads sleep at checkpoint " + id, () -> asleep(id) == threads);
    }

    private long asleep(int id) {
        return children.stream().mapToLong(child -> Peer.asleep(child.pid(), PATCH, file, id)).sum();
    }
}
