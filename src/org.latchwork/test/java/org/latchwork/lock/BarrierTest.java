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
import java.util.random.RandomGenerator;
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
import org.latchwork.testing.StressTime;

/** {@link Barrier}: within one process, and between processes of which some die, at each step. */
@Timeout(value = 150, threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // each test: a child that is stuck says nothing, and is read from
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

    /** Does what it is told, a word a line, and answers with a line. {@code arguments}: the region, the parties. */
    static final class Party {
        private Party() {}

        public static void main(String[] arguments) throws Exception {
            Barrier barrier = SyncRegion.open(Path.of(arguments[0])).barrier("b", Integer.parseInt(arguments[1]));
            System.out.println("ready");
            BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
            for (String line = input.readLine(); line != null; line = input.readLine()) {
                switch (line) {
                    case "await" -> System.out.println(come(barrier));
                    case "give up" -> {
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
                    case "run" -> { // until it breaks
                        int phases = 0;
                        while (!come(barrier).equals("BrokenBarrierException")) {
                            phases++;
                        }
                        System.out.println(phases);
                    }
                    default -> throw new AssertionError(line);
                }
            }
        }
    }

    private Child party(int parties, String... fault) {
        Child child = Child.start(Map.of(), Child.jvmCommand(fault.length == 0 ? List.of() : List.of("-Dorg.latchwork.region.fault=" + fault[0]),
                Party.class, file, parties));
        assertEquals("ready", child.line());
        return child;
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

    @Test
    void whoDiesWhileItWaitsBreaksIt() {
        Barrier barrier = region.barrier("b", 3);
        NativeThread<String> survivor = comer(barrier);
        try (Child child = party(3)) {
            tell(child, "await");
            awaitAsleep(child.pid(), barrier, 1);
            assertEquals(2, barrier.getNumberWaiting());
            kill(child);
        }
        assertEquals("BrokenBarrierException", survivor.result());
        assertThrows(BrokenBarrierException.class, barrier::await, "for all");
        barrier.reset();
        NativeThread<String> one = comer(barrier);
        awaitAsleep(barrier, 1);
        NativeThread<String> two = comer(barrier);
        awaitAsleep(barrier, 2);
        assertEquals("0", come(barrier));
        assertEquals("2", one.result());
        assertEquals("1", two.result());
    }

    /** Named but not counted, and counted but not asleep: it will not come. */
    @ParameterizedTest
    @ValueSource(strings = {"barrier.named:1", "barrier.arrived:1"})
    void whoDiesOnItsWayBreaksIt(String place) {
        Barrier barrier = region.barrier("b", 3);
        NativeThread<String> survivor = comer(barrier);
        awaitAsleep(barrier, 1);
        try (Child child = party(3, place)) {
            tell(child, "await");
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
        try (Child child = party(3, "barrier.done:1")) {
            tell(child, "await");
            assertEquals(KILLED, child.exit(), "the fault was injected");
        }
        assertEquals("2", one.result());
        assertEquals("1", two.result());
        assertEquals("BrokenBarrierException", come(barrier), "but it is missed in the next phase");
    }

    @ParameterizedTest
    @ValueSource(strings = {"barrier.broken:1 give up", "barrier.reset:1 reset"})
    void whoBreaksItDiesBeforeItsWake(String placeAndWord) {
        String[] parts = placeAndWord.split(" ", 2);
        Barrier barrier = region.barrier("b", 3);
        NativeThread<String> survivor = comer(barrier);
        awaitAsleep(barrier, 1);
        try (Child child = party(3, parts[0])) {
            tell(child, parts[1]);
            assertEquals(KILLED, child.exit(), "the fault was injected");
        }
        assertEquals("BrokenBarrierException", survivor.result());
    }

    /** Between two phases it is missed by those who were in the last one with it; found dead while they wait, or before they come. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whoDiesBetweenPhasesIsMissed(boolean foundBefore) {
        Barrier barrier = region.barrier("b", 2);
        try (Child child = party(2)) {
            tell(child, "await");
            assertTrue(Set.of("0", "1").contains(come(barrier)));
            assertTrue(Set.of("0", "1").contains(child.line()));
            if (foundBefore) {
                kill(child);
                SyncRegion.open(file).close(); // who attaches looks for the dead
                assertFalse(barrier.isBroken(), "nobody waits for it yet");
                assertEquals("BrokenBarrierException", come(barrier));
            } else {
                NativeThread<String> survivor = comer(barrier);
                awaitAsleep(barrier, 1);
                kill(child);
                assertEquals("BrokenBarrierException", survivor.result());
            }
        }
        assertTrue(barrier.isBroken());
    }

    /** A program ends, by kills even, and is started again: nobody of the new ones misses anybody of the old ones. */
    @Test
    void aNewTeamFindsItUsable() {
        region.barrier("other", 1); // this process has nothing to do with "b" yet
        for (int run = 0; run < 2; run++) {
            try (Child one = party(2); Child two = party(2)) {
                for (int phase = 0; phase < 2; phase++) {
                    tell(one, "await");
                    tell(two, "await");
                    assertEquals(1, Integer.parseInt(one.line()) + Integer.parseInt(two.line()), "run " + run + ", phase " + phase);
                }
                kill(one);
                kill(two);
            }
        }
        Barrier barrier = region.barrier("b", 2);
        assertFalse(barrier.isBroken());
    }

    /** Whoever recovers dies on the way, before it has woken anybody; the next one does it again. */
    @Test
    void theRecovererDies() {
        Barrier barrier = region.barrier("b", 3);
        try (Child stopped = party(3); Child dying = party(3)) {
            tell(stopped, "await");
            awaitAsleep(stopped.pid(), barrier, 1);
            stopped.signal("STOP"); // so that it does not recover anybody
            tell(dying, "await");
            awaitAsleep(dying.pid(), barrier, 1);
            kill(dying);
            try (Child recoverer = Child.start(Map.of(), Child.jvmCommand(List.of("-Dorg.latchwork.region.fault=recover.barrier:1"), Party.class, file, 3))) {
                assertEquals(KILLED, recoverer.exit(), "the fault was injected"); // it recovers when it attaches
            }
            assertTrue(barrier.isBroken());
            stopped.signal("CONT");
            assertEquals("BrokenBarrierException", stopped.line());
        }
        barrier.reset();
        assertFalse(barrier.isBroken());
    }

    /** One that has been held up knows how its phase has ended. */
    @Test
    void whoIsHeldUpKnows() throws Exception {
        Barrier barrier = region.barrier("b", 2);
        try (Child child = party(2)) {
            for (String story : List.of("done", "done reset", "done broken", "done broken reset", "reset", "done reset reset")) {
                barrier.reset();
                tell(child, "await");
                awaitAsleep(child.pid(), barrier, 1);
                child.signal("STOP");
                for (String step : story.split(" ")) {
                    switch (step) {
                        case "done" -> assertEquals(0, barrier.await());
                        case "broken" -> assertThrows(TimeoutException.class, () -> barrier.await(0, TimeUnit.SECONDS));
                        default -> barrier.reset();
                    }
                }
                child.signal("CONT");
                // Over two resets it cannot know, and is told the worse.
                boolean done = story.startsWith("done") && !story.equals("done reset reset");
                assertEquals(done ? "1" : "BrokenBarrierException", child.line(), story);
            }
        }
    }

    @Test
    void survivorsAgree() {
        survivorsAgree(1);
    }

    @Test
    @Tag("stress")
    void survivorsAgreeForLonger() {
        StressTime time = StressTime.start();
        while (!time.isOver()) {
            survivorsAgree(1);
        }
    }

    /** One of four is killed at any moment: the others have the same number of phases behind them. */
    private void survivorsAgree(int rounds) {
        Barrier barrier = region.barrier("b", 4);
        for (int round = 0; round < rounds; round++) {
            barrier.reset();
            try (Child one = party(4); Child two = party(4); Child victim = party(4)) {
                for (Child child : List.of(one, two, victim)) {
                    tell(child, "run");
                }
                NativeThread<Integer> here = NativeThread.start(() -> {
                    int phases = 0;
                    while (!come(barrier).equals("BrokenBarrierException")) {
                        phases++;
                    }
                    return phases;
                });
                LockSupport.parkNanos(RandomGenerator.getDefault().nextLong(TimeUnit.MILLISECONDS.toNanos(60)));
                kill(victim);
                String phases = one.line();
                assertEquals(phases, two.line());
                assertEquals(phases, String.valueOf(here.result()));
            }
        }
    }
}
