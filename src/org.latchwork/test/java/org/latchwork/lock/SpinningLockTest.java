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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.latchwork.region.abi.Layout;
import org.latchwork.testing.Child;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.NativeThread;
import org.latchwork.wait.Deadline;

/** What {@link SpinLock} and {@link TicketLock} promise alike, within one process and between processes. */
class SpinningLockTest {
    private static final int KILLED = 128 + 9;

    @TempDir
    Path directory;

    private SyncRegion region;

    @BeforeEach
    void open() {
        region = SyncRegion.open(directory.resolve("region"));
    }

    @AfterEach
    void close() {
        region.close();
    }

    private OwnedLock lock(String kind) {
        return TwoPartCounter.lock(region, kind);
    }

    /** Six threads on however few CPUs: tickets make each wait for the one before it to have a CPU, so there are fewer. */
    @ParameterizedTest
    @CsvSource({"spin, 5000", "ticket, 300"})
    void oneHolderAtATime(String kind, int times) throws Exception {
        OwnedLock lock = lock(kind);
        long[] counter = new long[1];
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            Thread.Builder builder = i % 2 == 0 ? Thread.ofPlatform() : Thread.ofVirtual();
            threads.add(builder.start(() -> {
                for (int n = 0; n < times; n++) {
                    try (var _ = lock.acquire()) {
                        counter[0]++;
                    }
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(6 * times, counter[0]);
        assertFalse(lock.isLocked());
    }

    @ParameterizedTest
    @ValueSource(strings = {"spin", "ticket"})
    void theOwnerAloneUnlocks(String kind) throws Exception {
        OwnedLock lock = lock(kind);
        assertThrows(IllegalMonitorStateException.class, lock::unlock);
        lock.lock();
        Thread.ofPlatform().start(() -> assertThrows(IllegalMonitorStateException.class, lock::unlock)).join();
        assertThrows(IllegalStateException.class, lock::lock);
        assertThrows(IllegalStateException.class, lock::acquire);
        assertFalse(lock.tryLock());
        lock.unlock();
        assertThrows(IllegalMonitorStateException.class, lock::unlock);
        assertThrows(UnsupportedOperationException.class, lock::newCondition);
        assertThrows(UnsupportedOperationException.class, () -> lock.condition("none"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"spin", "ticket"})
    void deadlinesAndInterrupts(String kind) throws Exception {
        OwnedLock lock = lock(kind);
        lock.lock();
        NativeThread<Boolean> other = NativeThread.start(() -> {
            assertFalse(lock.tryLock());
            assertFalse(lock.tryLock(0, TimeUnit.SECONDS));
            long start = System.nanoTime();
            assertTrue(lock.tryAcquire(Deadline.after(Duration.ofMillis(5))).isEmpty());
            assertTrue(System.nanoTime() - start >= 5_000_000);
            Thread.currentThread().interrupt();
            assertThrows(InterruptedException.class, lock::lockInterruptibly);
            return true;
        });
        assertTrue(other.result());
        for (Thread.Builder builder : List.of(Thread.ofPlatform(), Thread.ofVirtual())) {
            AtomicInteger ends = new AtomicInteger();
            Thread waiter = builder.start(() -> {
                assertThrows(InterruptedException.class, () -> {
                    ends.incrementAndGet();
                    lock.lockInterruptibly();
                });
                ends.incrementAndGet();
            });
            Conditions.await("it waits", () -> ends.get() == 1);
            waiter.interrupt();
            waiter.join();
            assertEquals(2, ends.get());
        }
        lock.unlock();
        assertTrue(lock.tryLock(0, TimeUnit.SECONDS));
        lock.unlock();
    }

    @ParameterizedTest
    @ValueSource(strings = {"spin", "ticket"})
    void closeEndsSpinning(String kind) throws Exception {
        SyncRegion again = SyncRegion.open(directory.resolve("region"));
        lock(kind).lock();
        OwnedLock theirs = TwoPartCounter.lock(again, kind);
        AtomicInteger ends = new AtomicInteger();
        Thread waiter = Thread.ofPlatform().start(() -> {
            ends.incrementAndGet();
            assertThrows(IllegalStateException.class, theirs::lock);
            ends.incrementAndGet();
        });
        Conditions.await("it waits", () -> ends.get() == 1);
        again.close();
        waiter.join();
        assertEquals(2, ends.get());
        lock(kind).unlock();
        lock(kind).lock();
        lock(kind).unlock();
    }

    @Test
    void aDeadOwnerIsReported() throws Exception {
        List<OwnedLock> locks = List.of(lock("spin"), lock("ticket"));
        try (Child holder = Child.jvm(Holder.class, directory.resolve("region"), "spin", "ticket")) {
            assertEquals("held", holder.line());
            List<NativeThread<Long>> waiters = new ArrayList<>();
            for (OwnedLock lock : locks) {
                assertFalse(lock.tryLock(1, TimeUnit.MILLISECONDS));
                waiters.add(NativeThread.start(() -> {
                    try (Held held = lock.acquire()) {
                        return held.ownerDied() ? held.previousOwner().orElseThrow().pid() : 0L;
                    }
                }));
            }
            holder.signal("KILL");
            for (NativeThread<Long> waiter : waiters) {
                assertEquals(holder.pid(), waiter.result());
            }
        }
        for (OwnedLock lock : locks) { // which have not said that they have repaired anything
            assertThrows(UnrecoverableLockException.class, lock::acquire);
            assertThrows(UnrecoverableLockException.class, () -> lock.tryLock(1, TimeUnit.SECONDS));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"spin", "ticket"})
    void theJdksMethodsDoNotRepair(String kind) throws Exception {
        OwnedLock lock = lock(kind);
        try (SyncRegion other = SyncRegion.open(directory.resolve("region"))) {
            TwoPartCounter.lock(other, kind).lock();
        }
        assertThrows(OwnerDiedException.class, lock::lock);
        assertThrows(OwnerDiedException.class, lock::tryLock);
        assertThrows(OwnerDiedException.class, () -> lock.tryLock(1, TimeUnit.SECONDS));
        try (Held held = lock.acquire()) {
            assertTrue(held.ownerDied());
            held.markConsistent();
        }
        lock.lock();
        lock.unlock();
    }

    /** Holds locks until it is killed. */
    static final class Holder {
        private Holder() {}

        public static void main(String[] arguments) throws Exception {
            SyncRegion region = SyncRegion.open(Path.of(arguments[0]));
            for (int i = 1; i < arguments.length; i++) {
                TwoPartCounter.lock(region, arguments[i]).lock();
            }
            System.out.println("held");
            Thread.sleep(Long.MAX_VALUE);
        }
    }

    @Test
    void oneCpuIsRefused() {
        try (Child child = Child.start(Map.of(), Child.jvmCommand(List.of("-XX:ActiveProcessorCount=1"), OneCpu.class, directory.resolve("region")))) {
            assertTrue(child.line().contains("one CPU: while a thread spins for \"spin\""));
            assertTrue(child.line().contains("take mutex("));
            assertEquals(0, child.exit());
        }
        region.spinLock("spin");
        region.ticketLock("ticket");
    }

    /** Asks for both where there is one CPU. */
    static final class OneCpu {
        private OneCpu() {}

        public static void main(String[] arguments) {
            try (SyncRegion region = SyncRegion.open(Path.of(arguments[0]))) {
                region.mutex("mutex").lock();
                ask(() -> region.spinLock("spin"));
                ask(() -> region.ticketLock("ticket"));
            }
        }

        private static void ask(Runnable asking) {
            try {
                asking.run();
                System.out.println("granted");
            } catch (IllegalStateException e) {
                System.out.println(e.getMessage());
            }
        }
    }

    /** A process is killed at each step while threads of this one compete with it: nothing is lost, and they go on. */
    @ParameterizedTest
    @CsvSource({"spin, spin.taken, 50", "spin, release.freed, 1", "ticket, ticket.queued, 50", "ticket, ticket.taken, 50", "ticket, ticket.left, 50",
        "ticket, release.freed, 50", "ticket, ticket.passed, 5"})
    void killedAtEachStep(String kind, String place, int time) throws Exception {
        OwnedLock lock = lock(kind);
        Path file = directory.resolve("counter");
        try (TwoPartCounter counter = new TwoPartCounter(file)) {
            AtomicInteger left = new AtomicInteger(Integer.MAX_VALUE);
            List<NativeThread<Boolean>> survivors = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                int worker = i;
                survivors.add(NativeThread.start(() -> {
                    while (left.getAndDecrement() > 0) {
                        counter.countUnder(lock, worker);
                        lock.tryAcquire(Deadline.after(1, TimeUnit.MICROSECONDS)).ifPresent(held -> {
                            if (held.ownerDied()) {
                                counter.repair();
                                held.markConsistent();
                            }
                            held.close();
                        });
                    }
                    return true;
                }));
            }
            boolean owner = place.equals("release.freed") && kind.equals("spin");
            try (Child victim = Child.start(Map.of(), Child.jvmCommand(List.of("-Dorg.latchwork.region.fault=" + place + ":" + time),
                    owner ? Repairer.class : TwoPartCounter.Counting.class, directory.resolve("region"), kind, file, 2))) {
                if (owner) {
                    // A release takes the slow path only where the owner has died: so this one repairs nothing, and the lock is lost for all.
                    left.set(0);
                    survivors.forEach(survivor -> assertTrue(survivor.result()));
                    try (SyncRegion dying = SyncRegion.open(directory.resolve("region"))) {
                        dying.spinLock(kind).lock();
                    }
                    assertEquals("ready", victim.line());
                    victim.process().outputWriter().append('\n').close();
                }
                assertEquals(KILLED, victim.exit());
            }
            if (owner) {
                assertThrows(UnrecoverableLockException.class, lock::acquire);
                return;
            }
            left.set(1000);
            for (NativeThread<Boolean> survivor : survivors) {
                assertTrue(survivor.result());
            }
            counter.countUnder(lock, 0);
            assertTrue(counter.isWhole());
        }
        assertFalse(lock.isLocked());
        assertEquals(0, lock.word().get() & Layout.LW_SLOT_MASK());
    }

    /** Takes the lock when it is told to, and lets it go without a repair. */
    static final class Repairer {
        private Repairer() {}

        public static void main(String[] arguments) throws Exception {
            OwnedLock lock = TwoPartCounter.lock(SyncRegion.open(Path.of(arguments[0])), arguments[1]);
            System.out.println("ready");
            System.in.read();
            lock.acquire().close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"spin", "ticket"})
    void severalProcessesCount(String kind) throws Exception {
        OwnedLock lock = lock(kind);
        Path file = directory.resolve("counter");
        try (TwoPartCounter counter = new TwoPartCounter(file);
                Child one = Child.jvm(TwoPartCounter.Counting.class, directory.resolve("region"), kind, file, 1);
                Child two = Child.jvm(TwoPartCounter.Counting.class, directory.resolve("region"), kind, file, 2)) {
            assertEquals("counting", one.line());
            assertEquals("counting", two.line());
            for (int i = 0; i < 500; i++) {
                counter.countUnder(lock, 0);
            }
            one.signal("KILL");
            for (int i = 0; i < 500; i++) {
                counter.countUnder(lock, 0);
            }
            two.signal("KILL");
            one.exit();
            two.exit();
            counter.countUnder(lock, 0);
            assertTrue(counter.isWhole());
        }
    }
}
