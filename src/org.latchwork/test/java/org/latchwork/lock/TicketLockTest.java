package org.latchwork.lock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.latchwork.region.abi.Layout;
import org.latchwork.region.abi.lw_ticket_lock;
import org.latchwork.testing.Child;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.NativeThread;
import org.latchwork.testing.ProcessTest;
import org.latchwork.wait.Deadline;

/** The queue of {@link TicketLock}. */
@ProcessTest
class TicketLockTest {
    private static final int KILLED = 128 + 9;
    private static final int TICKETS = Layout.LW_TICKETS();

    @TempDir
    Path directory;

    private SyncRegion region;
    private TicketLock lock;

    @BeforeEach
    void open() {
        region = SyncRegion.open(directory.resolve("region"));
        lock = region.ticketLock("ticket");
    }

    @AfterEach
    void close() {
        region.close();
    }

    /** {@return how many places are taken by somebody, or have been abandoned} */
    private int places(boolean abandoned) {
        int count = 0;
        for (int i = 0; i < TICKETS; i++) {
            int who = entry(i) & Layout.LW_TICKET_ABANDONED();
            if (who == Layout.LW_TICKET_ABANDONED() ? abandoned : !abandoned && who != 0) {
                count++;
            }
        }
        return count;
    }

    private int entry(int index) {
        return lock.region().memory().get(entryOffset(index));
    }

    private long entryOffset(int index) {
        return lock.object().line() + lw_ticket_lock.ring$offset() + (long) index * Integer.BYTES;
    }

    private void awaitTaken(int count) {
        Conditions.await(count + " stand in the queue", () -> places(false) == count);
    }

    @Test
    void firstComeFirstServed() {
        for (int round = 0; round < 3; round++) { // the ring has been gone round
            BlockingQueue<Integer> order = new LinkedBlockingQueue<>();
            List<NativeThread<Boolean>> waiters = new ArrayList<>();
            List<Integer> expected = new ArrayList<>();
            lock.lock();
            for (int i = 0; i < TICKETS; i++) {
                int number = i;
                waiters.add(NativeThread.start(() -> {
                    try (var _ = lock.acquire()) {
                        return order.add(number);
                    }
                }));
                expected.add(i);
                awaitTaken(i + 1);
            }
            // One more finds no place, and waits beside the ring.
            waiters.add(NativeThread.start(() -> {
                try (var _ = lock.acquire()) {
                    return order.add(TICKETS);
                }
            }));
            lock.unlock();
            waiters.forEach(waiter -> assertTrue(waiter.result()));
            order.remove(TICKETS);
            assertEquals(expected, List.copyOf(order));
            assertEquals(0, lock.word().get(), "nobody waits, so the fast path is open");
        }
    }

    /** Whoever comes while the queue moves stands at its end, not in a place that has just become vacant. */
    @Test
    void newcomersStandAtTheEnd() {
        BlockingQueue<Integer> order = new LinkedBlockingQueue<>();
        BlockingQueue<Integer> letGo = new LinkedBlockingQueue<>();
        List<NativeThread<Boolean>> waiters = new ArrayList<>();
        lock.lock();
        for (int i = 0; i < 5; i++) {
            int number = i;
            if (i == 3) {
                lock.unlock();
                Conditions.await("the first has it", () -> order.size() == 1);
                awaitTaken(2);
            }
            waiters.add(NativeThread.start(() -> {
                try (var _ = lock.acquire()) {
                    order.add(number);
                    return letGo.take() >= 0;
                }
            }));
            awaitTaken(i < 3 ? i + 1 : i);
        }
        for (int i = 0; i < 5; i++) {
            letGo.add(i);
        }
        waiters.forEach(waiter -> assertTrue(waiter.result()));
        assertEquals(List.of(0, 1, 2, 3, 4), List.copyOf(order));
    }

    @Test
    void aRingOfThoseWhoHaveGivenUp() {
        lock.lock();
        List<NativeThread<Boolean>> waiters = new ArrayList<>();
        for (int i = 0; i < TICKETS; i++) {
            waiters.add(NativeThread.start(() -> {
                assertThrows(InterruptedException.class, lock::lockInterruptibly);
                return true;
            }));
            awaitTaken(i + 1);
        }
        for (int i = TICKETS - 1; i >= 0; i--) { // nobody stands behind the one that gives up
            waiters.get(i).thread().interrupt();
            assertTrue(waiters.get(i).result());
        }
        assertEquals(TICKETS, places(true));
        assertFalse(NativeThread.start(() -> lock.tryLock(0, TimeUnit.SECONDS)).result(), "somebody has it");
        assertEquals(1, places(true), "this one has passed all the others, and left its own");
        NativeThread<Boolean> next = NativeThread.start(() -> {
            try (var _ = lock.acquire()) {
                return true;
            }
        });
        awaitTaken(1);
        Conditions.await("it is in front", () -> places(true) == 0);
        lock.unlock();
        assertTrue(next.result());
    }

    /** The place at the front is another participant's, which is alive and does not run: so the lock is free, and there is a queue. */
    @Test
    void tryLockPassesTheQueueAndTimeoutsDoNot() throws Exception {
        try (SyncRegion other = SyncRegion.open(directory.resolve("region"))) {
            int slot = other.ticketLock("ticket").region().slot() + 1;
            assertEquals(0, entry(0));
            assertTrue(lock.region().memory().compareAndSet(entryOffset(0), 0, slot));
            lock.word().setWaiters();
            assertFalse(lock.tryLock(5, TimeUnit.MILLISECONDS));
            assertTrue(lock.tryAcquire(Deadline.after(5, TimeUnit.MILLISECONDS)).isEmpty());
            assertTrue(lock.tryLock());
            lock.unlock();
            lock.tryAcquire().orElseThrow().close();
            assertFalse(lock.tryLock(0, TimeUnit.SECONDS));
        }
        assertTrue(lock.tryLock(0, TimeUnit.SECONDS), "it has left, and its place is passed");
        lock.unlock();
    }

    /** The one in front dies in the queue, not as owner: those behind it go on. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void theDeadInTheQueueArePassed(int dead) {
        lock.lock();
        try (Child victim = Child.jvm(Queue.class, directory.resolve("region"), dead)) {
            awaitTaken(dead);
            int slot = entryOfAnother();
            NativeThread<Boolean> behind = NativeThread.start(() -> {
                try (Held held = lock.acquire()) {
                    return held.ownerDied();
                }
            });
            awaitTaken(dead + 1);
            victim.signal("KILL");
            victim.exit();
            assertTrue(slot > 0, "the dead one stood at the front");
            lock.unlock();
            assertFalse(behind.result());
            assertEquals(0, places(false));
        }
        assertFalse(lock.isLocked());
    }

    private int entryOfAnother() {
        for (int i = 0; i < TICKETS; i++) {
            int who = entry(i) & Layout.LW_TICKET_ABANDONED();
            if (who != 0 && who != Layout.LW_TICKET_ABANDONED() && who != lock.region().slot() + 1) {
                return who;
            }
        }
        return 0;
    }

    /** Queues up with so many threads, and waits to be killed. */
    static final class Queue {
        private Queue() {}

        public static void main(String[] arguments) throws Exception {
            TicketLock lock = SyncRegion.open(Path.of(arguments[0])).ticketLock("ticket");
            for (int i = 0; i < Integer.parseInt(arguments[1]); i++) {
                Thread.ofPlatform().start(lock::acquire);
            }
            Thread.sleep(Long.MAX_VALUE);
        }
    }

    /** Who recovers a dead owner with one behind it in the queue dies at each step of it; the next one does it all. */
    @ParameterizedTest
    @ValueSource(strings = {"recover.begun", "recover.word", "recover.ticket", "recover.object", "recover.cleared"})
    void theRecovererDies(String place) {
        region.close();
        Path file = directory.resolve("region");
        try (Child first = Child.start(Map.of(), Child.jvmCommand(List.of("-Dorg.latchwork.region.fault=ticket.queued:1"), OwnerAndQueued.class, file))) {
            assertEquals(KILLED, first.exit());
        }
        try (Child second = Child.start(Map.of(), Child.jvmCommand(List.of("-Dorg.latchwork.region.fault=" + place + ":1"), OwnerAndQueued.class, file))) {
            assertEquals(KILLED, second.exit());
        }
        open();
        assertEquals(0, places(false));
        try (Held held = lock.acquire()) {
            assertTrue(held.ownerDied());
            held.markConsistent();
        }
        lock.lock();
        lock.unlock();
    }

    /** One thread has the lock, another queues up, and is killed there. */
    static final class OwnerAndQueued {
        private OwnerAndQueued() {}

        public static void main(String[] arguments) throws Exception {
            TicketLock lock = SyncRegion.open(Path.of(arguments[0])).ticketLock("ticket");
            lock.lock();
            Thread.ofPlatform().start(lock::lock).join();
        }
    }

    /** One that stopped for as long as the laps take to come round takes a place that is not the end: nobody waits for ever. */
    @Test
    void aPlaceBeyondTheEndIsReached() {
        int ahead = 3;
        lock.region().memory().get(entryOffset(ahead));
        assertTrue(lock.region().memory().compareAndSet(entryOffset(ahead), 0, Layout.LW_TICKET_ABANDONED()));
        assertEquals(1, places(true), "the places before it are vacant");
        lock.lock();
        List<NativeThread<Boolean>> waiters = new ArrayList<>();
        for (int i = 0; i < TICKETS; i++) {
            waiters.add(NativeThread.start(() -> {
                try (var _ = lock.acquire()) {
                    return true;
                }
            }));
        }
        lock.unlock();
        waiters.forEach(waiter -> assertTrue(waiter.result()));
        assertEquals(0, places(false));
    }
}
