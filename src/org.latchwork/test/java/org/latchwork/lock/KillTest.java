package org.latchwork.lock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.latchwork.futex.FutexArray;
import org.latchwork.testing.CProgram;
import org.latchwork.testing.Child;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.ProcessTest;
import org.latchwork.testing.StressTime;

/**
 * Processes, in Java and in C, that take one lock and (those in Java) wait on one condition, and are killed: at any time, or at a chosen step of acquiring, waiting, releasing,
 * recovering. No update is lost, nothing half-changed goes unreported, nobody is stuck.
 */
@ProcessTest
class KillTest {
    /** {@code null}: at any time. */
    private static final String[] PLACES = {null, null, null, "acquire.slow", "acquire.wait", "acquire.woken", "release.freed",
        "condition.release", "condition.wait", "condition.woken", "condition.signalled", "recover.begun", "recover.object", "recover.word",
        "recover.cleared"};
    /** The same of workers in C. */
    private static final String[] C_PLACES = {null, null, null, "acquire.slow", "acquire.wait", "acquire.woken", "release.freed", "recover.begun",
        "recover.object", "recover.word", "recover.cleared"};
    private static final int ALIVE = 4;
    /** Of a step on everybody's way, thousands of passes. */
    private static final int PASSES_BY_MILLIS = 100;

    @TempDir
    Path directory;

    private final Random random = new Random(20_240_607);
    private final List<Child> workers = new ArrayList<>();
    private final List<String> places = new ArrayList<>();
    /** The word of each that it counts in, and what was there before. */
    private final List<Integer> numbers = new ArrayList<>();
    private final Map<Integer, Integer> begun = new HashMap<>();
    private int started;

    @Test
    void someKills() throws Exception {
        kill(15, StressTime.endless());
    }

    @Test
    @Tag("stress")
    void manyKills() throws Exception {
        kill(Integer.MAX_VALUE, StressTime.start());
    }

    private void kill(int count, StressTime time) throws Exception {
        Path file = Files.write(directory.resolve("words"), new byte[KillWorker.WORDS * Integer.BYTES]);
        int killed = 0;
        int atAPlace = 0;
        try (FutexArray words = FutexArray.map(file, KillWorker.WORDS, FutexArray.Spacing.PACKED);
                SyncRegion region = SyncRegion.open(directory.resolve("region"))) {
            Mutex mutex = region.mutex("orders");
            while (killed < count && !time.isOver()) {
                while (workers.size() < ALIVE) {
                    start(words);
                }
                int victim = victim();
                Child worker = workers.get(victim);
                if (places.get(victim) == null) {
                    LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(random.nextInt(20_000)));
                    worker.signal("KILL");
                } else {
                    int own = numbers.get(victim);
                    Conditions.await("it works, or has died", () -> words.get(own) != begun.get(own) || !worker.process().isAlive());
                    if (worker.process().waitFor(PASSES_BY_MILLIS, TimeUnit.MILLISECONDS)) {
                        atAPlace++;
                    } else {
                        worker.process().destroyForcibly(); // it does not come by there, while nobody else dies; or just now it did
                    }
                }
                assertEquals(137, worker.exit(), "killed, and not ended by an error of its own");
                worker.close();
                workers.remove(victim);
                places.remove(victim);
                numbers.remove(victim);
                killed++;
                int before = words.get(KillWorker.LEFT);
                Conditions.await("a survivor goes on after " + killed + " kills", () -> {
                    try (Held held = mutex.acquire()) {
                        KillWorker.check(words, held);
                    }
                    return words.get(KillWorker.LEFT) != before || workers.stream().noneMatch(other -> other.process().isAlive());
                });
                assertEquals(0, words.get(KillWorker.UNREPORTED), "half-changed and not reported");
            }
            words.set(KillWorker.STOP, 1);
            for (int i = 0; i < workers.size(); i++) {
                assertTrue(workers.get(i).exit() == 0 || places.get(i) != null, "a survivor ends by itself");
            }
            assertAllThere(words, mutex);
            System.out.println("kills: " + killed + ", " + atAPlace + " at a chosen step; " + words.get(KillWorker.LEFT) + " updates, none lost; "
                    + words.get(KillWorker.REPORTED) + " times told that the owner had died");
            assertTrue(words.get(KillWorker.REPORTED) > 0, "some died while they had the lock, or nothing is tested");
            assertTrue(count == Integer.MAX_VALUE || atAPlace > 0, "some died at a chosen step");
        } finally {
            workers.forEach(Child::close);
        }
    }

    /** Whoever has died at its step already, else anybody. */
    private int victim() {
        for (int i = 0; i < workers.size(); i++) {
            if (!workers.get(i).process().isAlive()) {
                return i;
            }
        }
        return random.nextInt(workers.size());
    }

    /** Every second one is in C. */
    private void start(FutexArray counted) throws IOException {
        boolean c = started % 2 == 1 && CProgram.hasCompiler();
        String[] from = c ? C_PLACES : PLACES;
        String place = from[random.nextInt(from.length)];
        String fault = place + ":" + (1 + random.nextInt(20));
        Path region = directory.resolve("region");
        Path words = directory.resolve("words");
        int number = started++ % KillWorker.WORKERS;
        int own = KillWorker.FIRST_WORKER + number;
        numbers.add(own);
        begun.put(own, counted.get(own));
        Child worker = c ? Child.start(place == null ? Map.of() : Map.of("LW_FAULT", fault),
                        List.of(program().toString(), region.toString(), words.toString(), String.valueOf(number)))
                : Child.start(Map.of(), Child.jvmCommand(place == null ? List.of() : List.of("-Dorg.latchwork.region.fault=" + fault),
                        KillWorker.class, region, words, number));
        if (place == null) {
            assertEquals("ready", worker.line());
        }
        workers.add(worker);
        places.add(place);
    }

    private Path program() {
        Path program = directory.resolve("region_client");
        return Files.exists(program) ? program : CProgram.compile("region_client", directory);
    }

    private static void assertAllThere(FutexArray words, Mutex mutex) {
        try (Held held = mutex.acquire()) {
            KillWorker.check(words, held);
            int begun = 0;
            for (int i = KillWorker.FIRST_WORKER; i < KillWorker.WORDS; i++) {
                begun += words.get(i);
            }
            assertEquals(begun, words.get(KillWorker.LEFT), "updates");
            assertEquals(begun, words.get(KillWorker.RIGHT), "updates");
            assertEquals(0, words.get(KillWorker.UNREPORTED), "half-changed and not reported");
        }
    }
}
