package org.latchwork.lock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.latchwork.futex.FutexArray;
import org.latchwork.region.RegionObject;
import org.latchwork.region.abi.Layout;
import org.latchwork.testing.Child;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.NativeThread;
import org.latchwork.testing.ProcessTest;
import org.latchwork.wait.Deadline;
import org.latchwork.wait.WaitOutcome;

/** What {@link EventCount} promises, within one process and between processes. */
@ProcessTest
class EventCountTest {
    private static final int KILLED = 128 + 9;

    @TempDir
    Path directory;

    private SyncRegion region;
    private EventCount events;

    @BeforeEach
    void open() {
        region = SyncRegion.open(directory.resolve("region"));
        events = region.eventCount("events");
    }

    @AfterEach
    void close() {
        region.close();
    }

    /** {@return what the word says of waiters} */
    private long flags() {
        return word() & Layout.LW_MANY_PREPARED();
    }

    private long word() {
        RegionObject object = events.object();
        return object.image().memory().getLong(object.line());
    }

    private NativeThread<WaitOutcome> waiter() {
        NativeThread<WaitOutcome> waiter = NativeThread.start(() -> events.await(events.prepare()));
        Conditions.await("it sleeps", waiter::isInFutexCall);
        return waiter;
    }

    @Test
    void aSignalAfterPrepareEndsTheWaitThatHasNotBegun() {
        long key = events.prepare();
        events.signal();
        assertEquals(WaitOutcome.VALUE_DIFFERS, events.await(key));
        key = events.prepare();
        events.signalAll();
        assertEquals(WaitOutcome.VALUE_DIFFERS, events.await(key));
        assertEquals(0, flags());
    }

    @Test
    void aSignalBeforePrepareDoesNot() {
        events.signal();
        events.signalAll();
        assertEquals(WaitOutcome.TIMED_OUT, events.await(events.prepare(), Deadline.after(Duration.ofMillis(5))));
        assertEquals(0, flags(), "who gives up leaves nothing");
    }

    /** NOBODY in the word is what makes a signal cheap: it makes no system call then. */
    @Test
    void whatCancelLeaves() {
        long key = events.prepare();
        assertEquals(Layout.LW_ONE_PREPARED(), flags());
        events.cancel(key);
        assertEquals(0, flags());
        long other = events.prepare();
        events.cancel(key);
        assertEquals(Layout.LW_ONE_PREPARED(), flags(), "a key is good for once");
        long second = events.prepare();
        assertEquals(Layout.LW_MANY_PREPARED(), flags());
        events.cancel(other);
        events.cancel(second);
        assertEquals(Layout.LW_MANY_PREPARED(), flags(), "nobody knows whether there are more");
        events.signal();
        assertEquals(0, flags(), "but the next signal finds out");
    }

    @Test
    void oneOrAll() {
        List<NativeThread<WaitOutcome>> waiters = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            waiters.add(waiter());
        }
        for (int i = 1; i <= 2; i++) {
            int signals = i;
            events.signal();
            Conditions.await("one for each signal", () -> done(waiters) == signals);
        }
        assertEquals(Layout.LW_MANY_PREPARED(), flags());
        events.signalAll();
        for (NativeThread<WaitOutcome> waiter : waiters) {
            assertEquals(WaitOutcome.WOKEN, waiter.result());
        }
        assertEquals(0, flags());
    }

    private static long done(List<NativeThread<WaitOutcome>> waiters) {
        return waiters.stream().filter(NativeThread::isDone).count();
    }

    @Test
    void interruptsAndClose() throws Exception {
        NativeThread<WaitOutcome> interrupted = waiter();
        interrupted.thread().interrupt();
        assertEquals(WaitOutcome.INTERRUPTED, interrupted.result());
        FutureTask<WaitOutcome> task = new FutureTask<>(() -> events.await(events.prepare()));
        Thread virtual = Thread.ofVirtual().start(task);
        Conditions.await("it waits", () -> virtual.getState() == Thread.State.WAITING);
        virtual.interrupt();
        assertEquals(WaitOutcome.INTERRUPTED, task.get());
        NativeThread<WaitOutcome> stubborn = NativeThread.start(() -> events.awaitUninterruptibly(events.prepare(), Deadline.NEVER));
        Conditions.await("it sleeps", stubborn::isInFutexCall);
        stubborn.thread().interrupt();
        events.signal();
        assertEquals(WaitOutcome.WOKEN, stubborn.result());
        NativeThread<Boolean> conditional = NativeThread.start(() -> {
            assertThrows(InterruptedException.class, () -> events.await(() -> false, Deadline.NEVER));
            return true;
        });
        Conditions.await("it sleeps", conditional::isInFutexCall);
        conditional.thread().interrupt();
        assertTrue(conditional.result());
        NativeThread<WaitOutcome> closed = waiter();
        region.close();
        assertEquals(WaitOutcome.CLOSED, closed.result());
        assertThrows(IllegalStateException.class, events::prepare);
        assertThrows(IllegalStateException.class, events::signal);
        open();
    }

    @Test
    void deadWaitersDoNotMatter() {
        try (Child victim = Child.jvm(Waiter.class, directory.resolve("region"), 3)) {
            assertEquals("waiting", victim.line());
            Conditions.await("they have prepared", () -> flags() == Layout.LW_MANY_PREPARED());
            NativeThread<WaitOutcome> survivor = waiter();
            victim.signal("KILL");
            victim.exit();
            events.signal(); // the dead take nothing of it
            assertEquals(WaitOutcome.WOKEN, survivor.result());
        }
        events.signal();
        assertEquals(0, flags(), "and leave nothing");
    }

    /** The one woken in the survivor's place dies before it can do anything. */
    @Test
    void whoIsWokenAndDiesHasTakenNothing() {
        try (Child victim = Child.start(Map.of(), Child.jvmCommand(List.of("-Dorg.latchwork.region.fault=event.woken:1"), Waiter.class,
                directory.resolve("region"), 1))) {
            assertEquals("waiting", victim.line());
            awaitAsleep(victim);
            NativeThread<WaitOutcome> survivor = waiter();
            assertEquals(Layout.LW_MANY_PREPARED(), flags());
            events.signal();
            assertEquals(KILLED, victim.exit());
            assertEquals(WaitOutcome.WOKEN, survivor.result());
        }
    }

    private static void awaitAsleep(Child child) {
        Path tasks = Path.of("/proc/" + child.pid() + "/task");
        Conditions.await("it sleeps in futex_waitv", () -> {
            try (var threads = Files.list(tasks)) {
                return threads.anyMatch(thread -> {
                    try {
                        return Files.readString(thread.resolve("syscall")).startsWith("449 ");
                    } catch (IOException gone) {
                        return false;
                    }
                });
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    /** A signaller dies between its change of the word and its wake: the waiter would sleep on. */
    @Test
    void aSignallerDies() {
        for (String place : List.of("event.cleared 1", "event.signalled 2")) {
            String[] parts = place.split(" ");
            List<NativeThread<WaitOutcome>> waiters = new ArrayList<>();
            for (int i = 0; i < Integer.parseInt(parts[1]); i++) {
                waiters.add(waiter());
            }
            long before = word();
            try (Child victim = Child.start(Map.of(), Child.jvmCommand(List.of("-Dorg.latchwork.region.fault=" + parts[0] + ":1"), Signaller.class,
                    directory.resolve("region")))) {
                assertEquals(KILLED, victim.exit());
            }
            assertTrue(word() != before);
            waiters.forEach(waiter -> assertEquals(WaitOutcome.WOKEN, waiter.result()));
        }
    }

    /** Signals once. */
    static final class Signaller {
        private Signaller() {}

        public static void main(String[] arguments) {
            SyncRegion.open(Path.of(arguments[0])).eventCount("events").signal();
        }
    }

    /** Waits with so many threads. */
    static final class Waiter {
        private Waiter() {}

        public static void main(String[] arguments) {
            EventCount events = SyncRegion.open(Path.of(arguments[0])).eventCount("events");
            System.out.println("waiting");
            for (int i = 0; i < Integer.parseInt(arguments[1]); i++) {
                Thread.ofPlatform().start(() -> {
                    while (true) {
                        events.await(events.prepare());
                    }
                });
            }
        }
    }

    /** Each put is taken once, whoever takes it, and nobody sleeps while there is something to take. */
    @Test
    void severalProcessesTake() throws Exception {
        Path file = directory.resolve("counts");
        Files.write(file, new byte[4096]);
        int puts = 5000;
        try (FutexArray counts = FutexArray.map(file, 2, FutexArray.Spacing.CACHE_LINE);
                Child one = Child.jvm(Taker.class, directory.resolve("region"), file);
                Child two = Child.jvm(Taker.class, directory.resolve("region"), file)) {
            assertEquals("taking", one.line());
            assertEquals("taking", two.line());
            for (int i = 0; i < puts; i++) {
                counts.incrementAndGet(0);
                events.signal();
                while (i % 3 == 0 && counts.get(0) > 0) {
                    Thread.onSpinWait(); // so that they go to sleep now and then
                }
            }
            Conditions.await("all is taken", () -> counts.get(1) == puts);
            assertEquals(0, counts.get(0));
            assertFalse(one.process().waitFor(0, TimeUnit.SECONDS));
        }
    }

    /** Takes what is put, in four threads. */
    static final class Taker {
        private Taker() {}

        public static void main(String[] arguments) {
            EventCount events = SyncRegion.open(Path.of(arguments[0])).eventCount("events");
            FutexArray counts = FutexArray.map(Path.of(arguments[1]), 2, FutexArray.Spacing.CACHE_LINE);
            System.out.println("taking");
            for (int i = 0; i < 4; i++) {
                Thread.ofPlatform().start(() -> {
                    while (true) {
                        try {
                            events.await(() -> tryTake(counts), Deadline.NEVER);
                            counts.incrementAndGet(1);
                        } catch (InterruptedException e) {
                            throw new AssertionError(e);
                        }
                    }
                });
            }
        }

        private static boolean tryTake(FutexArray counts) {
            int seen;
            do {
                seen = counts.get(0);
            } while (seen > 0 && !counts.compareAndSet(0, seen, seen - 1));
            return seen > 0;
        }
    }
}
