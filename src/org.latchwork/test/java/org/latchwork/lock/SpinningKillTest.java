package org.latchwork.lock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.latchwork.testing.Child;
import org.latchwork.testing.ProcessTest;
import org.latchwork.testing.StressTime;

/** Processes that count under a lock are killed at any moment, one after the other: no count is lost, nothing is broken in silence, nobody is stuck. */
@ProcessTest
@Tag("stress")
class SpinningKillTest {
    private static final int CHILDREN = 3;

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"spin", "ticket"})
    void killedAtAnyMoment(String kind) {
        RandomGenerator random = RandomGenerator.getDefault();
        StressTime time = StressTime.start();
        Path file = directory.resolve("counter");
        List<Child> children = new ArrayList<>();
        int kills = 0;
        long longest = 0;
        try (SyncRegion region = SyncRegion.open(directory.resolve("region")); TwoPartCounter counter = new TwoPartCounter(file)) {
            OwnedLock lock = TwoPartCounter.lock(region, kind);
            for (int i = 0; i < CHILDREN; i++) {
                children.add(start(kind, file, i + 1));
            }
            for (; !time.isOver(); kills++) {
                int next = kills % CHILDREN;
                assertEquals("counting", children.get(next).line());
                LockSupport.parkNanos(random.nextLong(TimeUnit.MILLISECONDS.toNanos(20))); // any moment
                children.get(next).process().destroyForcibly();
                long killed = System.nanoTime();
                children.get(next).exit();
                counter.countUnder(lock, 0);
                longest = Math.max(longest, System.nanoTime() - killed);
                children.set(next, start(kind, file, next + 1));
            }
            children.forEach(Child::close);
            children.forEach(Child::exit);
            counter.countUnder(lock, 0);
            assertTrue(counter.isWhole());
        } finally {
            children.forEach(Child::close);
        }
        System.out.printf("%s: %d kills, at most %d ms from a kill to the next acquisition%n", kind, kills, TimeUnit.NANOSECONDS.toMillis(longest));
    }

    private Child start(String kind, Path file, int worker) {
        return Child.jvm(TwoPartCounter.Counting.class, directory.resolve("region"), kind, file, worker);
    }
}
