package org.latchwork.lock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.latchwork.testing.Child;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.FutexSleepers;
import org.latchwork.testing.NativeThread;
import org.latchwork.testing.ProcessTest;
import org.latchwork.testing.StressTime;
import org.latchwork.wait.Deadline;

/** {@link RwLock} between processes, of which some die: as readers, as writers, while they wait, at each step of all of that, and as recoverers. */
@ProcessTest
class RwLockDeathTest {
    private static final int KILLED = 128 + 9;

    @TempDir
    Path directory;

    private Path file;
    private SyncRegion region;
    private RwLock lock;

    @BeforeEach
    void open() {
        file = directory.resolve("region");
        region = SyncRegion.open(file);
        lock = region.rwLock("rw");
    }

    @AfterEach
    void close() {
        region.close();
    }

    /** Takes one side, says so, and waits to be killed. */
    static final class Holder {
        private Holder() {}

        public static void main(String[] arguments) throws Exception {
            RwLock lock = SyncRegion.open(Path.of(arguments[0])).rwLock("rw");
            System.out.println("begun");
            switch (arguments[1]) {
                case "read" -> lock.readLock().lock();
                case "write" -> lock.writeLock().lock();
                case "both" -> {
                    lock.writeLock().lock();
                    lock.readLock().lock();
                }
                case "upgrade" -> {
                    lock.readLock().lock();
                    lock.tryUpgrade().orElseThrow();
                }
                case "leave" -> lock.readLock().lock();
                case "wait" -> { // on both sides at once
                    Thread.ofPlatform().start(() -> lock.readLock().lock());
                    lock.writeLock().lock();
                }
                default -> throw new AssertionError(arguments[1]);
            }
            System.out.println("held");
            if (arguments[1].equals("leave")) {
                System.in.read(); // until it is told to
                lock.readLock().unlock();
            }
            Thread.sleep(Long.MAX_VALUE);
        }
    }

    private Child holder(String side, String... options) {
        Child holder = Child.start(Map.of(), Child.jvmCommand(List.of(options), Holder.class, file, side));
        assertEquals("begun", holder.line());
        return holder;
    }

    private static void kill(Child child) {
        child.process().destroyForcibly();
        child.exit();
    }

    private void awaitAsleep(long pid, long offset, int count) {
        Conditions.await(count + " asleep", () -> FutexSleepers.in(pid, file, offset) == count);
    }

    private long word() {
        return lock.writeLock().word().offset();
    }

    private long drain() {
        return ReadLock.drain(lock.writeLock().object());
    }

    private NativeThread<Boolean> writer() {
        return NativeThread.start(() -> {
            try (Held held = lock.acquireWrite()) {
                boolean died = held.ownerDied();
                held.markConsistent();
                return died;
            }
        });
    }

    private NativeThread<Boolean> reader() {
        return NativeThread.start(() -> {
            try (var _ = lock.acquireRead()) {
                return false;
            } catch (OwnerDiedException e) {
                return true;
            }
        });
    }

    @Test
    void aReaderDiesForWhomAWriterWaits() {
        ReadHeld mine = lock.acquireRead();
        try (Child dead = holder("read")) {
            assertEquals("held", dead.line());
            NativeThread<Boolean> writer = writer();
            awaitAsleep(ProcessHandle.current().pid(), drain(), 1);
            mine.close();
            assertFalse(lock.tryAcquireRead().isPresent(), "the writer waits for the other one");
            assertFalse(writer.isDone());
            kill(dead);
            assertFalse(writer.result(), "a reader has changed nothing");
        }
        assertTrue(lock.readLock().areOnly(0));
    }

    /** It is counted out already, or has changed {@code drain} as well; but the writer sleeps. */
    @ParameterizedTest
    @ValueSource(strings = {"read.uncounted", "read.drained"})
    void aReaderDiesBeforeItWakesTheWriter(String place) throws Exception {
        try (Child dead = holder("leave", "-Dorg.latchwork.region.fault=" + place + ":1")) {
            assertEquals("held", dead.line());
            NativeThread<Boolean> writer = writer();
            awaitAsleep(ProcessHandle.current().pid(), drain(), 1);
            dead.process().outputWriter().append('\n').close();
            assertEquals(KILLED, dead.exit());
            assertFalse(writer.result());
        }
    }

    /** It has the word for a moment, and dies in that: it has changed nothing, so nobody is told. */
    @ParameterizedTest
    @ValueSource(strings = {"read.passing", "read.passing.counted"})
    void aReaderInPassingDies(String place) {
        Held held = lock.acquireWrite();
        try (Child dead = holder("read", "-Dorg.latchwork.region.fault=" + place + ":1")) {
            awaitAsleep(dead.pid(), word(), 1);
            held.close();
            assertEquals(KILLED, dead.exit());
        }
        assertFalse(LockWord.isFree(lock.writeLock().word().get()), "the fault: it has died with the word");
        assertFalse(lock.writeLock().isLocked());
        assertTrue(reading(), "which keeps no reader out");
        assertEquals(!place.endsWith("counted"), lock.readLock().areOnly(0));
        assertFalse(writer().result());
        assertTrue(lock.readLock().areOnly(0));
        assertTrue(LockWord.isFree(lock.writeLock().word().get()));
    }

    /** One that is stopped is alive: nothing is taken from it. When it dies, a try alone looks for the dead, too. */
    @Test
    void aReaderIsStoppedAndDiesAndNobodyWaits() throws Exception {
        try (Child dead = holder("read")) {
            assertEquals("held", dead.line());
            dead.signal("STOP");
            assertTrue(lock.tryAcquireWrite(Deadline.after(Duration.ofMillis(100))).isEmpty());
            assertFalse(lock.readLock().areOnly(0));
            dead.signal("CONT");
            assertTrue(lock.tryAcquireWrite().isEmpty());
            kill(dead);
            Conditions.await("its count goes", () -> lock.tryAcquireWrite().map(held -> {
                assertFalse(held.ownerDied());
                held.close();
                return true;
            }).orElse(false));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"write", "both", "upgrade"})
    void aWriterDies(String how) throws Exception {
        try (Child dead = holder(how)) {
            assertEquals("held", dead.line());
            assertFalse(lock.readLock().tryLock());
            assertFalse(lock.writeLock().tryLock());
            NativeThread<Boolean> reader = reader();
            awaitAsleep(ProcessHandle.current().pid(), word(), 1);
            kill(dead);
            assertTrue(reader.result(), "told");
            assertThrows(OwnerDiedException.class, () -> lock.readLock().lock());
            assertThrows(OwnerDiedException.class, () -> lock.readLock().tryLock());
            assertThrows(OwnerDiedException.class, () -> lock.readLock().tryLock(1, TimeUnit.SECONDS));
            assertThrows(OwnerDiedException.class, () -> lock.acquireRead());
            assertThrows(OwnerDiedException.class, () -> lock.tryAcquireRead());
            assertThrows(OwnerDiedException.class, () -> lock.writeLock().lock());
            assertThrows(OwnerDiedException.class, () -> lock.writeLock().tryLock());
            try (Held held = lock.acquireWrite()) {
                assertTrue(held.ownerDied());
                assertEquals(dead.pid(), held.previousOwner().orElseThrow().pid());
                assertFalse(reading(), "not before it is repaired and let go");
                held.markConsistent();
            }
            assertTrue(reading());
        }
    }

    private boolean reading() {
        return NativeThread.start(() -> lock.tryAcquireRead().map(held -> {
            held.close();
            return true;
        }).orElse(false)).result();
    }

    @Test
    void withoutRepairItIsLost() {
        try (SyncRegion dying = SyncRegion.open(file)) {
            dying.rwLock("rw").acquireWrite();
        }
        lock.acquireWrite().close();
        assertThrows(UnrecoverableLockException.class, () -> lock.acquireRead());
        assertThrows(UnrecoverableLockException.class, () -> lock.readLock().tryLock());
        assertThrows(UnrecoverableLockException.class, () -> lock.acquireWrite());
        region.remove("rw");
        region.rwLock("rw").acquireWrite().close();
    }

    /** It had the word: nobody can tell that it had written nothing. Who read all the time goes on doing so. */
    @Test
    void aWriterDiesThatWaitsForReaders() throws Exception {
        try (var _ = lock.acquireRead(); Child dead = holder("write")) {
            awaitAsleep(dead.pid(), drain(), 1);
            NativeThread<Boolean> reader = reader();
            awaitAsleep(ProcessHandle.current().pid(), word(), 1);
            kill(dead);
            assertTrue(reader.result());
            // One that would repair gives up while this thread reads: and leaves it as it was.
            assertTrue(NativeThread.start(() -> lock.tryAcquireWrite(Deadline.after(Duration.ofMillis(1))).isEmpty()).result());
            assertTrue(reader().result(), "told again");
        }
        assertTrue(writer().result());
        assertFalse(writer().result());
    }

    /** Those who wait for a writer, readers and writers before readers and writers, do not keep others waiting when they die. */
    @Test
    void whoWaitsDies() {
        Held held = lock.acquireWrite();
        try (Child one = holder("wait"); Child two = holder("wait")) {
            awaitAsleep(one.pid(), word(), 2);
            awaitAsleep(two.pid(), word(), 2);
            NativeThread<Boolean> reader = reader();
            awaitAsleep(ProcessHandle.current().pid(), word(), 1);
            NativeThread<Boolean> writer = writer();
            awaitAsleep(ProcessHandle.current().pid(), word(), 2);
            kill(one);
            kill(two);
            held.close();
            assertFalse(reader.result());
            assertFalse(writer.result());
        }
    }

    /** What processes do to a lock: all that there is. */
    private static void work(RwLock lock, TwoPartCounter counter, int worker) {
        counter.countUnder(lock.writeLock(), worker);
        reading(lock, counter, worker, () -> { });
        reading(lock, counter, worker, () -> lock.tryUpgrade().ifPresent(held -> {
            counting(held, counter, worker);
        }));
        try {
            lock.tryAcquireWrite(Deadline.after(20, TimeUnit.MICROSECONDS)).ifPresent(held -> counting(held, counter, worker));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        Held write = lock.acquireWrite();
        if (write.ownerDied()) {
            counter.repair();
            write.markConsistent();
        }
        counter.count(worker);
        try (var _ = lock.acquireRead()) {
            write.close();
            requireWhole(counter);
        }
    }

    private static void counting(Held held, TwoPartCounter counter, int worker) {
        if (held.ownerDied()) {
            counter.repair();
            held.markConsistent();
        }
        counter.count(worker);
        held.close();
    }

    private static void reading(RwLock lock, TwoPartCounter counter, int worker, Runnable action) {
        while (true) {
            try (var _ = lock.acquireRead()) {
                requireWhole(counter);
                action.run();
                return;
            } catch (OwnerDiedException e) {
                counter.countUnder(lock.writeLock(), worker);
            }
        }
    }

    private static void requireWhole(TwoPartCounter counter) {
        if (!counter.isWhole()) {
            throw new AssertionError("nobody has reported it, but this is broken");
        }
    }

    /** A process that does all of this, from when it is told to until it is killed. Arguments: region, counter, worker. */
    static final class Working {
        private Working() {}

        public static void main(String[] arguments) throws IOException {
            RwLock lock = SyncRegion.open(Path.of(arguments[0])).rwLock("rw");
            TwoPartCounter counter = new TwoPartCounter(Path.of(arguments[1]));
            System.out.println("ready");
            System.in.read(); // until it is told to
            while (true) {
                work(lock, counter, Integer.parseInt(arguments[2]));
            }
        }
    }

    private Child working(Path counter, int worker, String... options) {
        return Child.start(Map.of(), Child.jvmCommand(List.of(options), Working.class, file, counter, worker));
    }

    private static void go(Child child) {
        assertEquals("ready", child.line());
        try {
            child.process().outputWriter().append('\n').flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A process is killed at a step while threads of this one go on: nothing is lost or broken in silence, and they come to their end. */
    @ParameterizedTest
    @CsvSource({"read.counted, 20", "read.uncounted, 20", "read.drained, 5", "read.passing, 5", "read.passing.counted, 5", "write.drain, 5",
        "write.drain.woken, 3", "write.tried, 20", "acquire.slow, 5", "acquire.wait, 5", "acquire.woken, 5", "release.freed, 5",
        "release.given.back, 2"})
    void killedAtEachStep(String place, int time) {
        Path counted = directory.resolve("counter");
        try (TwoPartCounter counter = new TwoPartCounter(counted);
                Child victim = working(counted, 2, "-Dorg.latchwork.region.fault=" + place + ":" + time)) {
            AtomicInteger left = new AtomicInteger(Integer.MAX_VALUE);
            List<NativeThread<Boolean>> survivors = new ArrayList<>();
            go(victim);
            for (int i = 0; i < 2; i++) {
                int worker = i;
                survivors.add(NativeThread.start(() -> {
                    while (left.getAndDecrement() > 0) {
                        work(lock, counter, worker);
                    }
                    return true;
                }));
            }
            assertEquals(KILLED, victim.exit());
            left.set(200);
            survivors.forEach(survivor -> assertTrue(survivor.result()));
            counter.countUnder(lock.writeLock(), 0);
            assertTrue(counter.isWhole());
        }
        assertTrue(lock.readLock().areOnly(0));
        assertTrue(LockWord.isFree(lock.writeLock().word().get()));
    }

    /** Whoever recovers dies as well, and who recovers after that, each at a later step; the next one does it all. */
    @ParameterizedTest
    @CsvSource({"read, recover.begun read.drained recover.word", "write, recover.word", "both, recover.object recover.cleared"})
    void theRecovererDies(String side, String places) {
        try (Child dead = holder(side)) {
            assertEquals("held", dead.line());
            kill(dead); // this process does not look for the dead now: who attaches recovers them
            for (String place : places.split(" ")) {
                try (Child recoverer = Child.start(Map.of(), Child.jvmCommand(List.of("-Dorg.latchwork.region.fault=" + place + ":1"), Holder.class,
                        file, "read"))) {
                    assertEquals(KILLED, recoverer.exit(), place);
                }
            }
            assertEquals(!side.equals("read"), writer().result());
            assertTrue(lock.readLock().areOnly(0));
            assertTrue(reading());
        }
    }

    @Test
    void severalProcessesWork() {
        Path counted = directory.resolve("counter");
        try (TwoPartCounter counter = new TwoPartCounter(counted); Child one = working(counted, 1); Child two = working(counted, 2)) {
            go(one);
            go(two);
            for (Child child : List.of(one, two)) {
                for (int i = 0; i < 200; i++) {
                    work(lock, counter, 0);
                }
                kill(child);
            }
            for (int i = 0; i < 200; i++) {
                work(lock, counter, 0);
            }
            counter.countUnder(lock.writeLock(), 0);
            assertTrue(counter.isWhole());
        }
        assertTrue(lock.readLock().areOnly(0));
    }

    @Tag("stress")
    @Test
    void killedAtAnyMoment() {
        RandomGenerator random = RandomGenerator.getDefault();
        StressTime time = StressTime.start();
        Path counted = directory.resolve("counter");
        List<Child> children = new ArrayList<>();
        int kills = 0;
        try (TwoPartCounter counter = new TwoPartCounter(counted)) {
            for (int i = 0; i < 3; i++) {
                children.add(working(counted, i + 1));
            }
            for (; !time.isOver(); kills++) {
                int next = kills % 3;
                go(children.get(next));
                LockSupport.parkNanos(random.nextLong(TimeUnit.MILLISECONDS.toNanos(20))); // any moment
                kill(children.get(next));
                work(lock, counter, 0);
                children.set(next, working(counted, next + 1));
            }
            children.forEach(RwLockDeathTest::kill);
            counter.countUnder(lock.writeLock(), 0);
            assertTrue(counter.isWhole());
        } finally {
            children.forEach(Child::close);
        }
        System.out.printf("read-write lock: %d kills%n", kills);
    }
}
