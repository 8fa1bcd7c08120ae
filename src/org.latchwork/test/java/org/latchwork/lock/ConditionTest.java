package org.latchwork.lock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.latchwork.testing.Child;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.ProcessTest;
import org.latchwork.wait.Deadline;
import org.latchwork.wait.WaitOutcome;

/** What {@link MutexCondition} promises, within one process and between processes. */
@ProcessTest
class ConditionTest {
    @TempDir
    Path directory;

    private SyncRegion region;
    private Mutex mutex;
    private MutexCondition condition;

    @BeforeEach
    void open() {
        region = SyncRegion.open(directory.resolve("region"));
        mutex = region.mutex("orders");
        condition = mutex.condition("changed");
    }

    @AfterEach
    void close() {
        region.close();
    }

    /** Starts waiters that say how they were woken; returns when all of them wait. */
    private List<Thread> waiters(int count, AtomicInteger woken) {
        List<Thread> waiters = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Thread.Builder builder = i % 2 == 0 ? Thread.ofPlatform() : Thread.ofVirtual();
            waiters.add(builder.start(() -> {
                mutex.lock();
                condition.awaitUninterruptibly();
                woken.incrementAndGet();
                mutex.unlock();
            }));
        }
        Queue.awaitLength(count, condition);
        return waiters;
    }

    @Test
    void aSignalWakesOne() throws Exception {
        AtomicInteger woken = new AtomicInteger();
        List<Thread> waiters = waiters(4, woken);
        for (int n = 1; n <= 4; n++) {
            mutex.lock();
            condition.signal();
            mutex.unlock();
            int expected = n;
            Conditions.await("one more is awake", () -> woken.get() == expected);
        }
        for (Thread waiter : waiters) {
            waiter.join();
        }
    }

    @Test
    void signalAllMovesThemToTheLock() throws Exception {
        AtomicInteger woken = new AtomicInteger();
        List<Thread> waiters = waiters(6, woken);
        mutex.lock();
        condition.signalAll();
        assertEquals(0, Queue.length(condition), "nobody sleeps on the condition any more");
        assertEquals(6, Queue.length(mutex), "all of them sleep on the lock");
        assertEquals(0, woken.get());
        mutex.unlock();
        for (Thread waiter : waiters) {
            waiter.join();
        }
        assertEquals(6, woken.get());
    }

    @Test
    void misuseIsTold() {
        assertThrows(IllegalMonitorStateException.class, condition::await);
        assertThrows(IllegalMonitorStateException.class, condition::signal);
        assertThrows(IllegalMonitorStateException.class, condition::signalAll);
        assertThrows(IllegalArgumentException.class, () -> mutex.condition(""));
    }

    @Test
    void deadlines() throws Exception {
        mutex.lock();
        assertTrue(condition.awaitNanos(TimeUnit.MILLISECONDS.toNanos(2)) <= 0);
        assertFalse(condition.await(2, TimeUnit.MILLISECONDS));
        assertFalse(condition.awaitUntil(new Date(System.currentTimeMillis() + 2)));
        assertTrue(mutex.isHeldByCurrentThread());
        mutex.unlock();
        try (Held held = mutex.acquire()) {
            assertEquals(WaitOutcome.TIMED_OUT, held.await(condition, Deadline.after(Duration.ofMillis(2))));
        }
    }

    @Test
    void anInterruptedWaiterHasTheLock() throws Exception {
        List<Boolean> held = new ArrayList<>();
        Thread waiter = Thread.ofVirtual().start(() -> {
            mutex.lock();
            assertThrows(InterruptedException.class, condition::await);
            held.add(mutex.isHeldByCurrentThread() && !Thread.currentThread().isInterrupted());
            mutex.unlock();
        });
        Queue.awaitLength(1, condition);
        waiter.interrupt();
        waiter.join();
        assertEquals(List.of(true), held);
    }

    /** A signal that has moved a waiter which is then interrupted belongs to another one. */
    @Test
    void aSignalIsNotLostToAnInterrupt() throws Exception {
        for (int round = 0; round < 200; round++) {
            AtomicInteger interrupted = new AtomicInteger();
            AtomicInteger woken = new AtomicInteger();
            List<Thread> waiters = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                waiters.add(Thread.ofPlatform().start(() -> {
                    mutex.lock();
                    try {
                        condition.await();
                        woken.incrementAndGet();
                    } catch (InterruptedException e) {
                        interrupted.incrementAndGet();
                    } finally {
                        mutex.unlock();
                    }
                }));
            }
            Queue.awaitLength(2, condition);
            mutex.lock();
            condition.signal();
            waiters.getFirst().interrupt();
            mutex.unlock();
            Conditions.await("the interrupted one and the signalled one are back, or one that was both",
                    () -> interrupted.get() + woken.get() == 2 || woken.get() == 1 && !waiters.getFirst().isAlive());
            if (interrupted.get() + woken.get() < 2) {
                mutex.lock();
                condition.signal();
                mutex.unlock();
            }
            for (Thread waiter : waiters) {
                waiter.join();
            }
        }
    }

    /** A child that passes tokens with this process, or waits, or signals; {@code arguments}: the region, what to do. */
    static final class Partner {
        private Partner() {}

        public static void main(String[] arguments) throws Exception {
            Mutex mutex = SyncRegion.open(Path.of(arguments[0])).mutex("orders");
            MutexCondition condition = mutex.condition("changed");
            try (Held held = mutex.acquire()) {
                System.out.println("ready");
                if (arguments[1].equals("wait")) {
                    held.await(condition);
                } else {
                    condition.signal();
                }
            }
            System.out.println("done");
        }
    }

    @Test
    void aSignalReachesAnotherProcess() {
        try (Child child = Child.jvm(Partner.class, directory.resolve("region"), "wait")) {
            assertEquals("ready", child.line());
            Queue.awaitLength(1, condition);
            mutex.lock();
            condition.signal();
            mutex.unlock();
            assertEquals("done", child.line());
            assertEquals(0, child.exit());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"condition.release", "condition.wait", "condition.woken"})
    void aWaiterThatIsKilledTakesNoSignalWithIt(String place) throws Exception {
        AtomicInteger woken = new AtomicInteger();
        try (Child child = start(place, "wait")) {
            assertEquals("ready", child.line());
            if (place.equals("condition.woken")) {
                Queue.awaitLength(1, condition);
                Thread survivor = survivor(woken, 2);
                signalOnce();
                assertEquals(137, child.exit(), "the fault was injected");
                survivor.join(); // though the one signal went to the dead
            } else {
                assertEquals(137, child.exit(), "the fault was injected");
                assertEquals(1, mutex.region().recoverDead(), "before the survivor waits, whom it would wake");
                Thread survivor = survivor(woken, 1);
                signalOnce();
                survivor.join();
            }
        }
        assertEquals(1, woken.get());
    }

    @Test
    void aSignallerThatIsKilledWakesAll() throws Exception {
        AtomicInteger woken = new AtomicInteger();
        Thread survivor = survivor(woken, 1);
        try (Child child = start("condition.signalled", "signal")) {
            assertEquals("ready", child.line());
            assertEquals(137, child.exit(), "the fault was injected");
            survivor.join();
        }
        assertEquals(1, woken.get());
    }

    private Child start(String place, String what) {
        return Child.start(Map.of(), Child.jvmCommand(List.of("-Dorg.latchwork.region.fault=" + place + ":1"), Partner.class,
                directory.resolve("region"), what));
    }

    private void signalOnce() {
        try (Held held = mutex.acquire()) {
            held.markConsistent();
            condition.signal();
        }
    }

    /** Waits once with a guard, and repairs what it finds; returns when so many wait. */
    private Thread survivor(AtomicInteger woken, int waiting) {
        Thread survivor = Thread.ofPlatform().start(() -> {
            try (Held held = mutex.acquire()) {
                held.markConsistent();
                held.await(condition);
                held.markConsistent();
                woken.incrementAndGet();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        Queue.awaitLength(waiting, condition);
        return survivor;
    }

    @Test
    void theMethodsOfConditionLeaveALockWhoseOwnerDied() throws Exception {
        List<Boolean> held = new ArrayList<>();
        Thread waiter = Thread.ofPlatform().start(() -> {
            mutex.lock();
            assertThrows(OwnerDiedException.class, condition::await);
            held.add(mutex.isHeldByCurrentThread());
        });
        Queue.awaitLength(1, condition);
        try (Child child = start("condition.signalled", "signal")) {
            assertEquals("ready", child.line());
            assertEquals(137, child.exit(), "the fault was injected");
        }
        waiter.join();
        assertEquals(List.of(false), held);
        try (Held guard = mutex.acquire()) {
            assertTrue(guard.ownerDied());
            guard.markConsistent();
        }
    }

    @Test
    void oneWithoutANameGoesWithItsRegion() {
        for (int i = 0; i < 20; i++) {
            try (SyncRegion other = SyncRegion.open(directory.resolve("small"), RegionOptions.DEFAULT.objects(3))) {
                Mutex lock = other.mutex("lock");
                lock.newCondition();
                lock.newCondition();
                assertThrows(IllegalStateException.class, lock::newCondition);
            }
        }
    }
}
