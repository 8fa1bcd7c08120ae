package org.latchwork.lock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.latchwork.testing.Child;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.NativeThread;
import org.latchwork.testing.ProcessTest;
import org.latchwork.wait.Deadline;

/** Taking several locks at once. */
@ProcessTest
class LocksTest {
    private static final int KILLED = 128 + 9;

    @TempDir
    Path directory;

    private SyncRegion region;
    private SyncRegion second;
    private Mutex a;
    private ReentrantMutex b;
    private SpinLock c;
    private Mutex elsewhere;

    @BeforeEach
    void open() {
        region = SyncRegion.open(directory.resolve("region"));
        second = SyncRegion.open(directory.resolve("second"));
        a = region.mutex("a");
        b = region.reentrantMutex("b");
        c = region.spinLock("c");
        elsewhere = second.mutex("a");
    }

    @AfterEach
    void close() {
        region.close();
        second.close();
    }

    private void assertAllFree() {
        for (OwnedLock lock : List.of(a, b, c, elsewhere)) {
            assertFalse(lock.isLocked(), lock.toString());
        }
    }

    @Test
    void allAreHeldUntilItIsClosed() {
        HeldAll all = Locks.acquireAll(c, elsewhere, a, b);
        for (OwnedLock lock : List.of(a, b, c, elsewhere)) {
            assertTrue(lock.isHeldByCurrentThread(), lock.toString());
        }
        assertEquals(4, all.held().size());
        assertFalse(all.ownerDied());
        all.close();
        assertAllFree();
        assertThrows(IllegalMonitorStateException.class, all::close);
        Locks.acquireAll().close();
    }

    @Test
    void nothingTwice() {
        assertThrows(IllegalArgumentException.class, () -> Locks.acquireAll(a, b, a));
        try (SyncRegion again = SyncRegion.open(directory.resolve("region"))) {
            Mutex same = again.mutex("a");
            assertThrows(IllegalArgumentException.class, () -> Locks.acquireAll(a, same), "the same lock by another attachment");
        }
        assertAllFree();
    }

    @Test
    void allOrNothing() throws Exception {
        for (OwnedLock one : List.of(a, b, c, elsewhere)) {
            one.lock();
            assertTrue(NativeThread.start(() -> {
                assertTrue(Locks.tryAcquireAll(a, b, c, elsewhere).isEmpty());
                assertTrue(Locks.tryAcquireAll(Deadline.after(Duration.ofMillis(5)), elsewhere, c, b, a).isEmpty());
                Thread.currentThread().interrupt();
                assertThrows(InterruptedException.class, () -> Locks.acquireAllInterruptibly(a, b, c, elsewhere));
                return true;
            }).result());
            one.unlock();
            assertAllFree();
        }
        Locks.tryAcquireAll(a, elsewhere).orElseThrow().close();
        Locks.tryAcquireAll(Deadline.after(Duration.ofSeconds(1)), a, elsewhere).orElseThrow().close();
        Locks.acquireAllInterruptibly(a, elsewhere).close();
        assertAllFree();
    }

    @Test
    void whatTheCallerHas() {
        b.lock();
        try (var _ = Locks.acquireAll(a, b)) {
            assertEquals(2, b.getHoldCount());
        }
        assertEquals(1, b.getHoldCount());
        b.unlock();
        elsewhere.lock();
        assertThrows(IllegalStateException.class, () -> Locks.acquireAll(a, b, c, elsewhere));
        elsewhere.unlock();
        assertAllFree();
    }

    /** Leaves a lock as a process does that dies with it. */
    private void dieWith(String name) {
        try (SyncRegion other = SyncRegion.open(directory.resolve("region"))) {
            other.mutex(name).lock();
        }
    }

    @Test
    void whoseOwnerDiedSaysSo() {
        dieWith("a");
        try (HeldAll all = Locks.acquireAll(b, a, c)) {
            assertTrue(all.ownerDied());
            assertEquals(List.of(false, true, false), all.held().stream().map(Held::ownerDied).toList());
            all.held().forEach(Held::markConsistent);
        }
        try (HeldAll all = Locks.acquireAll(a, b)) {
            assertFalse(all.ownerDied());
        }
    }

    /** One is taken and its owner had died; the other cannot be had: the first is still to be repaired, and not lost. */
    @Test
    void whatIsGivenBackIsAsItWas() {
        List<Mutex> locks = new ArrayList<>();
        for (String name : List.of("d", "e")) {
            dieWith(name);
            locks.add(region.mutex(name));
        }
        elsewhere.lock();
        for (int i = 0; i < 2; i++) {
            assertTrue(NativeThread.start(() -> {
                assertTrue(Locks.tryAcquireAll(Deadline.after(Duration.ofMillis(5)), elsewhere, locks.get(0), locks.get(1), a, b).isEmpty());
                return Locks.tryAcquireAll(elsewhere, locks.get(0), locks.get(1), a, b).isEmpty();
            }).result());
        }
        elsewhere.unlock();
        for (Mutex lock : locks) {
            assertFalse(lock.isLocked());
            assertThrows(OwnerDiedException.class, lock::lock);
            try (Held held = lock.acquire()) {
                assertTrue(held.ownerDied());
            }
            assertThrows(UnrecoverableLockException.class, () -> Locks.acquireAll(a, lock, elsewhere));
        }
        assertFalse(a.isLocked());
        assertFalse(elsewhere.isLocked());
    }

    /** Takes both, the other way round, until it is killed. */
    static final class Other {
        private Other() {}

        public static void main(String[] arguments) {
            SyncRegion region = SyncRegion.open(Path.of(arguments[0]));
            OwnedLock one = region.mutex("a");
            OwnedLock two = SyncRegion.open(Path.of(arguments[1])).mutex("a");
            System.out.println("moving");
            while (true) {
                move(two, one);
            }
        }
    }

    private static void move(OwnedLock one, OwnedLock two) {
        try (HeldAll both = Locks.acquireAll(one, two)) {
            both.held().forEach(Held::markConsistent);
        }
    }

    @Test
    void noCircleBetweenProcesses() {
        try (Child other = Child.jvm(Other.class, directory.resolve("region"), directory.resolve("second"))) {
            assertEquals("moving", other.line());
            NativeThread<Boolean> thread = NativeThread.start(() -> {
                for (int i = 0; i < 1000; i++) {
                    move(elsewhere, a);
                }
                return true;
            });
            for (int i = 0; i < 1000; i++) {
                move(a, elsewhere);
            }
            assertTrue(thread.result());
            other.signal("KILL");
            other.exit();
            move(a, elsewhere);
        }
    }

    /** One who gives a lock back dies between that and its wake: whoever sleeps on it is woken all the same. */
    @Test
    void whoGivesBackDies() {
        Mutex d = region.mutex("d");
        boolean inOrder = a.object().index() < d.object().index();
        Mutex first = inOrder ? a : d;
        Mutex last = inOrder ? d : a;
        dieWith(first.name());
        last.lock();
        try (Child victim = Child.start(Map.of(), Child.jvmCommand(List.of("-Dorg.latchwork.region.fault=release.given.back:1"), GivesBack.class,
                directory.resolve("region"), first.name(), last.name()))) {
            assertEquals("begins", victim.line());
            Conditions.await("it has the first of the two", first::isLocked);
            NativeThread<Boolean> sleeper = NativeThread.start(() -> {
                try (Held held = first.acquire()) {
                    held.markConsistent();
                    return held.ownerDied();
                }
            });
            Conditions.await("it sleeps", sleeper::isInFutexCall);
            assertEquals(KILLED, victim.exit());
            assertTrue(sleeper.result());
        }
        last.unlock();
        Locks.acquireAll(first, last).close();
    }

    /** Takes the first, and does not get the last in time. */
    static final class GivesBack {
        private GivesBack() {}

        public static void main(String[] arguments) throws Exception {
            SyncRegion region = SyncRegion.open(Path.of(arguments[0]));
            System.out.println("begins");
            Locks.tryAcquireAll(Deadline.after(Duration.ofSeconds(1)), region.mutex(arguments[1]), region.mutex(arguments[2]));
        }
    }
}
