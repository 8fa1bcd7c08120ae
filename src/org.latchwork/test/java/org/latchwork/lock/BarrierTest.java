package org.latchwork.lock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.latchwork.testing.Child;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.FutexSleepers;
import org.latchwork.testing.NativeThread;
import org.latchwork.testing.ProcessTest;
import org.latchwork.testing.StressTime;

/** {@link Barrier}: within one process, and between processes of which some die, at each step. */
@Timeout(value = 150, threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // each test: a child that is stuck says nothing, and is read from
@ProcessTest
class BarrierTest {
    private static final int KILLED = 128 + 9;

    @TempDir
    Path directory;

    private Path file;
    private SyncRegion region;

    @BeforeEach
    void open() {
        file = directory.resolve("region");
        region = SyncRegion.open(file);
    }

    @AfterEach
    void close() {
        region.close();
    }

    /** {@return a thread that comes to the barrier once: how many were missing, or the exception's name} */
    private static NativeThread<String> comer(Barrier barrier) {
        return NativeThread.start(() -> come(barrier));
    }

    private static String come(Barrier barrier) {
        try {
            return String.valueOf(barrier.await());
        } catch (Exception e) {
            return e.getClass().getSimpleName();
        }
    }

    private void awaitAsleep(long pid, Barrier barrier, int count) {
        Conditions.await(count + " asleep", () -> FutexSleepers.in(pid, file, barrier.word().offset()) == count);
    }

    private void awaitAsleep(Barrier barrier, int count) {
        awaitAsleep(ProcessHandle.current().pid(), barrier, count);
    }

    @Test
    void theNumberIsAgreedOn() {
        Barrier barrier = region.barrier("b", 3);
        assertEquals(3, barrier.getParties());
        assertThrows(IllegalStateException.class, () -> region.barrier("b", 2));
        assertThrows(IllegalStateException.class, () -> region.semaphore("b", 3));
        assertThrows(IllegalArgumentException.class, () -> region.barrier("c", 0));
        assertThrows(IllegalArgumentException.class, () -> region.barrier("c", Barrier.MAX_PARTIES + 1));
    }

    /** Nobody is ahead of anybody, and each phase gives each number once. */
    @Test
    void allMeetInEachPhase() throws Exception {
        int parties = 4;
        int phases = 500;
        AtomicIntegerArray at = new AtomicIntegerArray(parties);
        List<Set<Integer>> numbers = new ArrayList<>();
        for (int i = 0; i < phases; i++) {
            numbers.add(new HashSet<>());
        }
        ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        try (SyncRegion other = SyncRegion.open(file)) {
            Barrier[] barriers = {region.barrier("b", parties), other.barrier("b", parties)};
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < parties; i++) {
                int me = i;
                threads.add((i < 2 ? Thread.ofPlatform() : Thread.ofVirtual()).start(() -> {
                    try {
                        for (int phase = 0; phase < phases; phase++) {
                            at.set(me, phase);
                            int number = barriers[me % 2].await();
                            synchronized (numbers) {
                                assertTrue(numbers.get(phase).add(number), "twice " + number);
                            }
                            for (int another = 0; another < parties; another++) {
                                int there = at.get(another);
                                assertTrue(there == phase || there == phase + 1, () -> "one was at " + there);
                            }
                        }
                    } catch (Throwable e) {
                        failures.add(e);
                    }
                }));
            }
            for (Thread thread : threads) {
                assertTrue(thread.join(Conditions.HANG), "a party is stuck");
            }
        }
        assertEquals(List.of(), List.copyOf(failures));
    }

    @Test
    void oneIsEnoughForOne() throws Exception {
        Barrier barrier = region.barrier("b", 1);
        assertEquals(0, barrier.await());
        assertEquals(0, barrier.await(0, TimeUnit.SECONDS));
    }

    @Test
    void whoGivesUpBreaksIt() throws Exception {
        Barrier barrier = region.barrier("b", 3);
        NativeThread<String> one = comer(barrier);
        awaitAsleep(barrier, 1);
        assertEquals(1, barrier.getNumberWaiting());
        assertThrows(TimeoutException.class, () -> barrier.await(2, TimeUnit.MILLISECONDS));
        assertEquals("BrokenBarrierException", one.result());
        assertTrue(barrier.isBroken());
        assertEquals(0, barrier.getNumberWaiting());
        assertThrows(BrokenBarrierException.class, barrier::await);
        barrier.reset();
        assertFalse(barrier.isBroken());

        NativeThread<String> interrupted = comer(barrier);
        awaitAsleep(barrier, 1);
        NativeThread<String> two = comer(barrier);
        awaitAsleep(barrier, 2);
        interrupted.thread().interrupt();
        assertEquals("InterruptedException", interrupted.result());
        assertEquals("BrokenBarrierException", two.result());
        barrier.reset();

        NativeThread<String> three = comer(barrier);
        awaitAsleep(barrier, 1);
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, barrier::await, "before it waits");
        assertFalse(Thread.interrupted());
        assertEquals("BrokenBarrierException", three.result());
        barrier.reset();

        NativeThread<String> four = comer(barrier);
        awaitAsleep(barrier, 1);
        barrier.reset();
        assertEquals("BrokenBarrierException", four.result(), "reset is no success");
        assertFalse(barrier.isBroken());
    }

    @Test
    void whoLeavesWhileItWaitsBreaksIt() {
        Barrier barrier = region.barrier("b", 3);
        NativeThread<String> one = comer(barrier);
        NativeThread<String> other;
        try (SyncRegion leaving = SyncRegion.open(file)) {
            other = comer(leaving.barrier("b", 3));
            awaitAsleep(barrier, 2);
        }
        assertEquals("IllegalStateException", other.result());
        assertEquals("BrokenBarrierException", one.result());
    }

    /** Does what it is told, a line each, and answers with a line. Argument: the region. */
    static final class Party {
        private Party() {}

        public static void main(String[] arguments) throws Exception {
            SyncRegion region = SyncRegion.open(Path.of(arguments[0]));
            System.out.println("ready");
            BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
            for (String line = input.readLine(); line != null; line = input.readLine()) {
                if (line.startsWith("open ")) {
                    region = SyncRegion.open(Path.of(line.substring("open ".length())));
                    System.out.println("open");
                    continue;
                }
                String[] words = line.split(" ");
                Barrier barrier = region.barrier(words[1], Integer.parseInt(words[2]));
                switch (words[0]) {
                    case "await" -> System.out.println(come(barrier));
                    case "give-up" -> {
                        try {
                            System.out.println(barrier.await(0, TimeUnit.SECONDS));
                        } catch (TimeoutException e) {
                            System.out.println("gave up");
                        }
                    }
                    case "reset" -> {
                        barrier.reset();
                        System.out.println("reset");
                    }
                    case "run" -> System.out.println(phasesUntilItBreaks(barrier));
                    default -> throw new AssertionError(line);
                }
            }
        }
    }

    private static int phasesUntilItBreaks(Barrier barrier) {
        int phases = 0;
        while (!come(barrier).equals("BrokenBarrierException")) {
            phases++;
        }
        return phases;
    }

    private Child party(String... fault) {
        return Child.start(Map.of(), Child.jvmCommand(fault.length == 0 ? List.of() : List.of("-Dorg.latchwork.region.fault=" + fault[0]),
                Party.class, file));
    }

    private static Child ready(Child child) {
        assertEquals("ready", child.line());
        return child;
    }

    /** One that has come through a test unharmed is used in the next: its start takes longer than the test. */
    private static Child unharmed;

    private void withSurvivor(Consumer<Child> story) {
        Child child = unharmed != null ? unharmed : ready(party());
        unharmed = null;
        try {
            tell(child, "open " + file);
            assertEquals("open", child.line());
            story.accept(child);
            unharmed = child;
        } finally {
            if (unharmed == null) {
                child.close();
            }
        }
    }

    @AfterAll
    static void endSurvivor() {
        if (unharmed != null) {
            unharmed.close();
        }
    }

    private static void tell(Child child, String word) {
        try {
            child.process().outputWriter().append(word).append('\n').flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void kill(Child child) {
        child.signal("KILL");
        child.exit();
    }

    /**
     * One process dies that waits at one barrier, and that was in the last phase of others. At these it is missed by who was there with it, but not
     * before it waits there, or is still to come; and not by a new team.
     */
    @Test
    void whoDiesIsMissed() {
        Barrier waiting = region.barrier("waiting", 3);
        Barrier between = region.barrier("between", 2);
        Barrier later = region.barrier("later", 2);
        NativeThread<String> survivor = comer(waiting);
        NativeThread<String> betweenPhases;
        try (Child child = ready(party())) {
            for (Barrier barrier : List.of(between, later)) {
                tell(child, "await " + (barrier == between ? "between" : "later") + " 2");
                assertEquals(1, Integer.parseInt(come(barrier)) + Integer.parseInt(child.line()));
            }
            try (SyncRegion old = SyncRegion.open(file)) { // this process itself has nothing to do with that barrier yet
                for (int phase = 0; phase < 2; phase++) {
                    tell(child, "await team 2");
                    assertEquals(1, Integer.parseInt(come(old.barrier("team", 2))) + Integer.parseInt(child.line()), "phase " + phase);
                }
            }
            betweenPhases = comer(between);
            awaitAsleep(between, 1);
            tell(child, "await waiting 3");
            awaitAsleep(child.pid(), waiting, 1);
            awaitAsleep(waiting, 1);
            assertEquals(2, waiting.getNumberWaiting());
            kill(child);
        }
        assertEquals("BrokenBarrierException", survivor.result());
        assertThrows(BrokenBarrierException.class, waiting::await, "for all");
        assertEquals("BrokenBarrierException", betweenPhases.result(), "found while it waits");
        assertTrue(between.isBroken());
        assertFalse(later.isBroken(), "nobody waits for it yet");
        assertEquals("BrokenBarrierException", come(later));
        assertTrue(later.isBroken());
        aNewTeamFindsItUsable("team");

        waiting.reset();
        NativeThread<String> one = comer(waiting);
        awaitAsleep(waiting, 1);
        NativeThread<String> two = comer(waiting);
        awaitAsleep(waiting, 2);
        assertEquals("0", come(waiting));
        assertEquals("2", one.result());
        assertEquals("1", two.result());
    }

    /** Two that have the places of the dead, of whom they know nothing. */
    private void aNewTeamFindsItUsable(String name) {
        try (SyncRegion first = SyncRegion.open(file); SyncRegion second = SyncRegion.open(file)) {
            Barrier barrier = first.barrier(name, 2);
            assertFalse(barrier.isBroken());
            for (int phase = 0; phase < 2; phase++) {
                NativeThread<String> one = comer(barrier);
                assertEquals(1, Integer.parseInt(come(second.barrier(name, 2))) + Integer.parseInt(one.result()), "phase " + phase);
            }
            assertFalse(barrier.isBroken());
        }
    }

    /** Named but not counted, and counted but not asleep: it will not come. */
    @ParameterizedTest
    @ValueSource(strings = {"barrier.named:1", "barrier.arrived:1"})
    void whoDiesOnItsWayBreaksIt(String place) {
        Barrier barrier = region.barrier("b", 3);
        NativeThread<String> survivor = comer(barrier);
        awaitAsleep(barrier, 1);
        try (Child child = ready(party(place))) {
            tell(child, "await b 3");
            assertEquals(KILLED, child.exit(), "the fault was injected");
        }
        assertEquals("BrokenBarrierException", survivor.result());
    }

    /** The last one ends the phase and dies before it has woken anybody: all have come, and so it is. */
    @Test
    void theLastOneDiesBeforeItsWake() {
        Barrier barrier = region.barrier("b", 3);
        NativeThread<String> one = comer(barrier);
        awaitAsleep(barrier, 1);
        NativeThread<String> two = comer(barrier);
        awaitAsleep(barrier, 2);
        try (Child child = ready(party("barrier.done:1"))) {
            tell(child, "await b 3");
            assertEquals(KILLED, child.exit(), "the fault was injected");
        }
        assertEquals("2", one.result());
        assertEquals("1", two.result());
        assertEquals("BrokenBarrierException", come(barrier), "but it is missed in the next phase");
    }

    @ParameterizedTest
    @ValueSource(strings = {"barrier.broken:1 give-up", "barrier.reset:1 reset"})
    void whoBreaksItDiesBeforeItsWake(String placeAndWord) {
        String[] parts = placeAndWord.split(" ");
        Barrier barrier = region.barrier("b", 3);
        NativeThread<String> survivor = comer(barrier);
        awaitAsleep(barrier, 1);
        try (Child child = ready(party(parts[0]))) {
            tell(child, parts[1] + " b 3");
            assertEquals(KILLED, child.exit(), "the fault was injected");
        }
        assertEquals("BrokenBarrierException", survivor.result());
    }

    /** Whoever recovers dies on the way, before it has woken anybody; the next one does it again. */
    @Test
    void theRecovererDies() {
        Barrier barrier = region.barrier("b", 3);
        withSurvivor(stopped -> {
            try (Child dying = ready(party())) {
                tell(stopped, "await b 3");
                awaitAsleep(stopped.pid(), barrier, 1);
                stopped.signal("STOP"); // so that it does not recover anybody
                tell(dying, "await b 3");
                awaitAsleep(dying.pid(), barrier, 1);
                kill(dying);
            }
            try (Child recoverer = party("recover.barrier:1")) {
                assertEquals(KILLED, recoverer.exit(), "the fault was injected"); // it recovers when it attaches
            }
            assertTrue(barrier.isBroken());
            stopped.signal("CONT");
            assertEquals("BrokenBarrierException", stopped.line());
        });
        barrier.reset();
        assertFalse(barrier.isBroken());
    }

    /** One that has been held up knows how its phase has ended. */
    @Test
    void whoIsHeldUpKnows() {
        Barrier barrier = region.barrier("b", 2);
        withSurvivor(child -> {
            for (String story : List.of("done", "done reset", "done broken", "done broken reset", "reset", "done reset reset")) {
                barrier.reset();
                tell(child, "await b 2");
                awaitAsleep(child.pid(), barrier, 1);
                child.signal("STOP");
                for (String step : story.split(" ")) {
                    switch (step) {
                        case "done" -> assertEquals("0", come(barrier));
                        case "broken" -> assertThrows(TimeoutException.class, () -> barrier.await(0, TimeUnit.SECONDS));
                        default -> barrier.reset();
                    }
                }
                child.signal("CONT");
                // Over two resets it cannot know, and is told the worse.
                boolean done = story.startsWith("done") && !story.equals("done reset reset");
                assertEquals(done ? "1" : "BrokenBarrierException", child.line(), story);
            }
        });
    }

    /** One of four is killed at any moment: the others, two of them in this process, have the same number of phases behind them. */
    @Test
    void survivorsAgree() {
        Barrier barrier = region.barrier("b", 4);
        barrier.reset();
        withSurvivor(another -> {
            try (SyncRegion other = SyncRegion.open(file); Child victim = ready(party())) {
                tell(another, "run b 4");
                tell(victim, "await b 4"); // once, at least: it is not missed by those with whom it has never been
                tell(victim, "run b 4");
                List<NativeThread<Integer>> here = Stream.of(barrier, other.barrier("b", 4))
                        .map(place -> NativeThread.start(() -> phasesUntilItBreaks(place))).toList();
                victim.line();
                LockSupport.parkNanos(RandomGenerator.getDefault().nextLong(TimeUnit.MILLISECONDS.toNanos(60)));
                kill(victim);
                String phases = another.line();
                here.forEach(survivor -> assertEquals(phases, String.valueOf(survivor.result())));
            }
        });
    }

    @Test
    @Tag("stress")
    void survivorsAgreeForLonger() {
        StressTime time = StressTime.start();
        while (!time.isOver()) {
            survivorsAgree();
        }
    }
}
