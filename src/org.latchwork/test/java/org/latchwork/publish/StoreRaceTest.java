package org.latchwork.publish;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.latchwork.file.Durability;
import org.latchwork.file.PublishOutcome;
import org.latchwork.testing.Child;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.ProcessTest;
import org.latchwork.testing.StressTime;

/** Processes that publish the same keys at once, with sweeps, evictions and SIGKILLs meanwhile. */
@ProcessTest
@ResourceLock(ProcessTest.WAY_OF_STAGING)
class StoreRaceTest {
    private static final int PROCESSES = 16;
    private static final int KEYS = 1000;

    @TempDir
    Path directory;

    /** A process of its own: waits for a line, publishes all keys in an order of its own, and counts the outcomes. */
    static final class Publisher {
        public static void main(String[] arguments) throws IOException {
            try (PublishStore store = PublishStore.open(Path.of(arguments[0]))) {
                List<Integer> keys = keys(Integer.parseInt(arguments[1]));
                boolean forever = arguments.length > 2;
                System.out.println("ready");
                System.in.read();
                do {
                    int[] outcomes = new int[PublishOutcome.values().length];
                    int errors = 0;
                    for (int key : keys) {
                        try {
                            outcomes[publish(store, key).ordinal()]++;
                        } catch (RuntimeException e) {
                            e.printStackTrace();
                            errors++;
                        }
                    }
                    System.out.println(outcomes[0] + " " + outcomes[1] + " " + outcomes[2] + " " + errors);
                } while (forever);
            }
        }

        private static List<Integer> keys(int seed) {
            List<Integer> keys = new ArrayList<>();
            for (int i = 0; i < KEYS; i++) {
                keys.add(i);
            }
            Collections.shuffle(keys, new Random(seed));
            return keys;
        }

        /** Half of them by content, half by name. */
        private static PublishOutcome publish(PublishStore store, int key) {
            byte[] content = content(key);
            return key % 2 == 0 ? store.put(content, Durability.NONE).outcome()
                    : store.publish(StoreKey.named("folder " + key % 10 + "/" + key), content, Durability.NONE);
        }
    }

    private static byte[] content(int key) {
        return ("content " + key + " ").repeat(1 + key % 100).getBytes(UTF_8);
    }

    private Child start(String way, Object... arguments) {
        return Child.start(Map.of(), Child.jvmCommand(List.of("-Xmx64m", "-Dorg.latchwork.file.stage=" + way), Publisher.class, arguments));
    }

    private static void go(Child child) {
        try {
            child.process().getOutputStream().write('\n');
            child.process().getOutputStream().flush();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Every other process stages under private names. */
    @Test
    void eachKeyIsCreatedOnce() throws IOException {
        Path folder = directory.resolve("store");
        List<Child> children = new ArrayList<>();
        for (int i = 0; i < PROCESSES; i++) {
            children.add(start(way(i), folder, i));
        }
        int[] sums = new int[4];
        try (PublishStore store = PublishStore.open(folder)) {
            children.forEach(child -> assertEquals("ready", child.line()));
            children.forEach(StoreRaceTest::go);
            List<Thread> answers = new ArrayList<>();
            for (Child child : children) {
                answers.add(Thread.ofPlatform().start(() -> {
                    String[] counts = child.line().split(" ");
                    synchronized (sums) {
                        for (int i = 0; i < sums.length; i++) {
                            sums[i] += Integer.parseInt(counts[i]);
                        }
                    }
                }));
            }
            int sweeps = 0;
            do {
                store.sweep();
                assertEquals(0, store.evict(new EvictionPolicy(0, Duration.ZERO, Duration.ofHours(1)), key -> true).evicted());
                sweeps++;
            } while (answers.stream().anyMatch(Thread::isAlive));
            System.out.println("race: " + PROCESSES + " processes, " + KEYS + " keys: " + sums[0] + " CREATED, " + sums[1]
                    + " EXISTED, " + sums[2] + " COLLISION, " + sums[3] + " errors; " + sweeps + " sweeps and evictions meanwhile");
            for (Child child : children) {
                assertEquals(0, child.exit());
            }
            assertEquals(KEYS, sums[0], "CREATED");
            assertEquals((PROCESSES - 1) * KEYS, sums[1], "EXISTED");
            assertEquals(0, sums[2] + sums[3], "COLLISION, errors");
            assertAllThere(store);
        }
        assertNothingPrivate(folder);
    }

    @Test
    void killsLeaveWholeFiles() throws IOException {
        kills(4, 6, StressTime.endless());
    }

    @Test
    @Tag("stress")
    void manyKillsLeaveWholeFiles() throws IOException {
        kills(8, 400, StressTime.start());
    }

    private static String way(int number) {
        return number % 2 == 0 ? "unnamed" : "named";
    }

    /** So many publish without end; one after the other is killed, whatever it is at, and followed by a new one. */
    private void kills(int processes, int kills, StressTime time) throws IOException {
        Path folder = directory.resolve("store");
        List<Child> children = new ArrayList<>();
        try (PublishStore store = PublishStore.open(folder)) {
            int started = 0;
            while (started < processes + kills && !time.isOver()) {
                int i = started++;
                if (children.size() == processes) {
                    Child victim = children.removeFirst();
                    assertEquals("ready", victim.line());
                    go(victim);
                    long seen = store.keys().count();
                    if (i % 4 == 0) {
                        victim.line(); // a whole round
                    } else if (i % 4 == 1 && seen < KEYS) {
                        Conditions.await("it has begun", () -> store.keys().count() > seen || store.keys().count() == KEYS);
                    }
                    victim.signal("KILL");
                    assertEquals(128 + 9, victim.exit());
                    store.sweep();
                    assertEquals(List.of(), store.check(key -> {}).problems(), "public names hold whole content");
                }
                children.add(start(way(i), folder, i, "forever"));
            }
            for (Child child : children) {
                assertEquals("ready", child.line());
                go(child);
                assertTrue(child.line().endsWith(" 0 0"), "no collision and no error");
                child.signal("KILL");
                child.exit();
            }
            assertAllThere(store);
            store.sweep();
            System.out.println("kills: " + started + " publishers killed, " + KEYS + " keys whole");
        }
        assertNothingPrivate(folder);
    }

    private static void assertAllThere(PublishStore store) {
        StoreCheck check = store.check(key -> {});
        assertEquals(List.of(), check.problems());
        assertEquals(KEYS, check.files());
        long bytes = 0;
        for (int key = 0; key < KEYS; key++) {
            bytes += content(key).length;
        }
        assertEquals(bytes, check.bytes());
    }

    private static void assertNothingPrivate(Path folder) throws IOException {
        try (var names = Files.list(folder.resolve("tmp"))) {
            assertEquals(List.of(), names.toList());
        }
    }
}
