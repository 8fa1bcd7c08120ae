package org.latchwork.lock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.latchwork.region.abi.Layout;
import org.latchwork.testing.Child;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.ProcessTest;
import org.latchwork.testing.Running;
import org.latchwork.testing.ThreadKind;
import org.latchwork.wait.Deadline;

/** What {@link Mutex} promises, within one process and between processes. */
@ProcessTest
class MutexTest {
    @TempDir
    Path directory;

    private SyncRegion region;
    private Mutex mutex;

    @BeforeEach
    void open() {
        region = SyncRegion.open(directory.resolve("region"));
        mutex = region.mutex("orders");
    }

    @AfterEach
    void close() {
        region.close();
    }

    @Test
    void aNameStandsForOneObject() {
        assertSame(mutex, region.mutex("orders"));
        assertEquals("orders", mutex.name());
        assertThrows(IllegalStateException.class, () -> region.reentrantMutex("orders"));
        assertThrows(IllegalArgumentException.class, () -> region.mutex(""));
        assertThrows(IllegalArgumentException.class, () -> region.mutex("x".repeat(64)));
    }

    @Test
    void oneHolderAtATime() throws Exception {
        long[] counter = new long[1];
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            Thread.Builder builder = i % 2 == 0 ? Thread.ofPlatform() : Thread.ofVirtual();
            threads.add(builder.start(() -> {
                for (int n = 0; n < 20_000; n++) {
                    try (var _ = mutex.acquire()) {
                        counter[0]++;
                    }
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(160_000, counter[0]);
        assertFalse(mutex.isLocked());
    }

    @Test
    void theOwnerAloneUnlocks() throws Exception {
        assertThrows(IllegalMonitorStateException.class, mutex::unlock);
        Held held = mutex.acquire();
        ThreadKind.PLATFORM.start(() -> assertThrows(IllegalMonitorStateException.class, mutex::unlock)).result();
        assertThrows(IllegalStateException.class, mutex::lock);
        assertThrows(IllegalStateException.class, mutex::acquire);
        assertFalse(mutex.tryLock());
        held.close();
        assertThrows(IllegalMonitorStateException.class, held::close);
        assertThrows(IllegalMonitorStateException.class, mutex::unlock);
    }

    @Test
    void deadlinesAndInterrupts() throws Exception {
        mutex.lock();
        Thread other = Thread.ofPlatform().start(() -> {
            assertFalse(mutex.tryLock());
            assertTrue(assertDoesNotBlockForever(() -> mutex.tryAcquire(Deadline.after(Duration.ofMillis(20))).isEmpty()));
            Thread.currentThread().interrupt();
            assertThrows(InterruptedException.class, mutex::lockInterruptibly);
        });
        other.join();
        Thread interrupted = Thread.ofVirtual().start(() -> assertThrows(InterruptedException.class, mutex::lockInterruptibly));
        Conditions.await("it waits", () -> interrupted.getState() == Thread.State.WAITING);
        interrupted.interrupt();
        interrupted.join();
        mutex.unlock();
        assertTrue(mutex.tryLock(1, TimeUnit.SECONDS));
        mutex.unlock();
    }

    private static boolean assertDoesNotBlockForever(java.util.concurrent.Callable<Boolean> action) {
        try {
            return action.call();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** Takes the lock in another process, says so, and waits to be killed. */
    static final class Holder {
        private Holder() {}

        public static void main(String[] arguments) throws Exception {
            Held held = SyncRegion.open(Path.of(arguments[0])).mutex(arguments[1]).acquire();
            System.out.println("held " + held.ownerDied());
            Thread.sleep(Long.MAX_VALUE);
        }
    }

    @Test
    void aDeadOwnerIsReported() throws Exception {
        for (int round = 0; round < 3; round++) {
            try (Child holder = Child.jvm(Holder.class, directory.resolve("region"), "orders")) {
                assertEquals("held false", holder.line());
                assertFalse(mutex.tryLock());
                List<Boolean> died = new ArrayList<>();
                Thread waiter = Thread.ofPlatform().start(() -> {
                    try (Held held = mutex.acquire()) {
                        died.add(held.ownerDied());
                        assertEquals(holder.pid(), held.previousOwner().orElseThrow().pid());
                        held.markConsistent();
                    }
                });
                Conditions.await("it waits", () -> waiter.getState() == Thread.State.RUNNABLE && waiter.isAlive());
                holder.signal("KILL");
                waiter.join();
                assertEquals(List.of(true), died);
            }
            try (Held held = mutex.acquire()) {
                assertFalse(held.ownerDied());
            }
        }
    }

    @Test
    void withoutRepairItIsLost() throws Exception {
        try (Child holder = Child.jvm(Holder.class, directory.resolve("region"), "orders")) {
            assertEquals("held false", holder.line());
            holder.signal("KILL");
            holder.exit();
            Conditions.await("its death is noticed", () -> {
                try {
                    return mutex.tryLock();
                } catch (OwnerDiedException e) {
                    return true;
                }
            });
        }
        assertThrows(OwnerDiedException.class, mutex::lock);
        assertThrows(OwnerDiedException.class, mutex::lockInterruptibly);
        try (Held held = mutex.acquire()) {
            assertTrue(held.ownerDied());
        }
        assertThrows(UnrecoverableLockException.class, mutex::acquire);
        assertThrows(UnrecoverableLockException.class, mutex::lock);
        region.remove("orders");
        region.mutex("orders").lock();
    }

    @Test
    void closeEndsWaitsAndUse() throws Exception {
        SyncRegion other = SyncRegion.open(directory.resolve("region"));
        mutex.lock();
        Mutex theirs = other.mutex("orders");
        Thread waiter = Thread.ofPlatform().start(() -> assertThrows(IllegalStateException.class, theirs::lock));
        Conditions.await("it waits", () -> (theirs.word().get() & org.latchwork.region.abi.Layout.LW_WAITERS()) != 0);
        other.close();
        waiter.join();
        assertThrows(IllegalStateException.class, theirs::tryLock);
        mutex.unlock();
    }

    @Test
    void closingWithALockHeldIsLikeDying() {
        SyncRegion other = SyncRegion.open(directory.resolve("region"));
        other.mutex("orders").lock();
        other.close();
        try (Held held = mutex.acquire()) {
            assertTrue(held.ownerDied());
            held.markConsistent();
        }
    }

    @Test
    void theRegionHoldsManyNames() {
        try (SyncRegion large = SyncRegion.open(directory.resolve("large"), RegionOptions.DEFAULT.objects(10_000))) {
            for (int i = 0; i < 10_000; i++) {
                large.mutex("mutex " + i);
            }
            assertThrows(IllegalStateException.class, () -> large.mutex("one too many"));
            large.remove("mutex 77");
            large.mutex("another");
        }
    }

    @Test
    void nothingInTheRegionIsLeftByAThousandParticipants() {
        Path path = directory.resolve("region");
        for (int i = 0; i < 1000; i++) {
            try (SyncRegion again = SyncRegion.open(path)) {
                again.mutex("orders").lock();
                again.mutex("orders").unlock();
            }
        }
    }

    /** Its process lives, and with it whatever the thread has left half done: it is told, and nothing is taken. */
    @ParameterizedTest
    @EnumSource
    void whoEndsWithoutUnlockIsTold(ThreadKind kind) throws Exception {
        Thread owner = kind.thread(mutex::lock);
        owner.start();
        owner.join();
        assertFalse(holder().gone(), "nobody has looked yet");
        assertEquals((int) owner.threadId() & Layout.LW_THREAD_MASK(), holder().thread());
        Running<Boolean> waiter = ThreadKind.VIRTUAL.start(() -> mutex.tryLock(Conditions.HANG.toSeconds(), TimeUnit.SECONDS));
        Conditions.await("the owner is said to be gone", () -> holder().gone());
        assertFalse(mutex.tryLock(), "and has the lock still");
        waiter.thread().interrupt();
        assertThrows(Throwable.class, waiter::result);
        region.close();
        region = SyncRegion.open(directory.resolve("region"));
        mutex = region.mutex("orders");
        assertThrows(OwnerDiedException.class, mutex::lock, "the region was closed with it held");
        mutex.acquire().markConsistent();
        assertFalse(holder().gone(), "another holder");
    }

    @Test
    void whoLivesIsNotGone() throws Exception {
        mutex.lock();
        Running<Boolean> waiter = ThreadKind.PLATFORM.start(() -> mutex.tryLock(Conditions.HANG.toSeconds(), TimeUnit.SECONDS));
        Conditions.await("it waits", () -> !SyncRegion.inspect(region.path()).objects().getFirst().waiters().isEmpty());
        long looks = mutex.region().looks();
        Conditions.await("the sentinel has looked", () -> mutex.region().looks() > looks + 2);
        assertFalse(holder().gone());
        mutex.unlock();
        assertTrue(waiter.result());
    }

    private RegionReport.Holder holder() {
        return SyncRegion.inspect(region.path()).objects().getFirst().holder();
    }
}
