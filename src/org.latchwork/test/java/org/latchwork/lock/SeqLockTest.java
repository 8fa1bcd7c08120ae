package org.latchwork.lock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
import org.latchwork.testing.Child;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.FutexSleepers;
import org.latchwork.testing.NativeThread;
import org.latchwork.testing.ProcessTest;
import org.latchwork.testing.StressTime;

/** What {@link SeqLock} promises, within one process and between processes of which some die. */
@ProcessTest
class SeqLockTest {
    private static final int KILLED = 128 + 9;

    @TempDir
    Path directory;

    private Path file;
    private SyncRegion region;
    private SeqLock lock;

    @BeforeEach
    void open() {
        file = directory.resolve("region");
        region = SyncRegion.open(file);
        lock = region.seqLock("seq");
    }

    @AfterEach
    void close() {
        region.close();
    }

    @Test
    void stamps() {
        assertSame(lock, region.seqLock("seq"));
        long first = lock.tryOptimisticRead();
        assertNotEquals(0, first);
        assertTrue(lock.validate(first));
        assertTrue(lock.validate(first), "as often as one likes");
        assertFalse(lock.validate(0));
        try (var _ = lock.acquire()) {
            assertFalse(lock.validate(first));
            assertEquals(0, lock.tryOptimisticRead());
            assertFalse(lock.validate(0));
            assertThrows(IllegalStateException.class, lock::lock);
        }
        assertFalse(lock.validate(first));
        long second = lock.tryOptimisticRead();
        assertNotEquals(first, second);
        assertTrue(lock.validate(second));
        assertThrows(IllegalMonitorStateException.class, lock::unlock);
        assertTrue(lock.validate(second), "who could not unlock has changed nothing");
        assertTrue(lock.tryLock());
        assertFalse(lock.validate(second));
        lock.unlock();
    }

    @Test
    void readersWriteNothing() throws IOException {
        lock.read(() -> 0);
        byte[] before = Files.readAllBytes(file);
        long stamp = lock.tryOptimisticRead();
        assertEquals(7, lock.read(() -> 7));
        assertTrue(lock.validate(stamp));
        assertEquals(-1, java.util.Arrays.mismatch(before, Files.readAllBytes(file)));
    }

    /** One that is overtaken each time takes the lock, and comes to its end; with an even sequence. */
    @Test
    void whoIsOvertakenReadsWithTheLock() {
        AtomicInteger calls = new AtomicInteger();
        String read = lock.read(() -> {
            calls.incrementAndGet();
            boolean overtaken = NativeThread.start(() -> {
                if (lock.tryLock()) {
                    lock.unlock();
                    return true;
                }
                assertTrue(lock.validate(lock.tryOptimisticRead()), "others can read");
                return false;
            }).result();
            return overtaken ? "overtaken" : "with the lock";
        });
        assertEquals("with the lock", read);
        assertEquals(9, calls.get());
        assertFalse(lock.isLocked());
    }

    @Test
    void whatAReaderThrows() {
        assertThrows(ArithmeticException.class, () -> lock.read(() -> 1 / Integer.parseInt("0")));
        AtomicInteger calls = new AtomicInteger();
        assertEquals(2, lock.read(() -> {
            if (calls.incrementAndGet() == 1) {
                assertTrue(NativeThread.start(() -> {
                    lock.acquire().close();
                    return true;
                }).result());
                throw new IllegalStateException("nonsense was read, since a writer has come");
            }
            return calls.get();
        }));
        calls.set(0);
        assertThrows(ArithmeticException.class, () -> lock.read(() -> {
            if (calls.incrementAndGet() <= 8) {
                assertTrue(NativeThread.start(() -> {
                    lock.acquire().close();
                    return true;
                }).result());
            }
            return 1 / Integer.parseInt("0");
        }));
        assertFalse(lock.isLocked(), "thrown with the lock");
    }

    @Test
    void theOwnerReads() {
        try (var _ = lock.acquire()) {
            assertEquals(5, lock.read(() -> lock.read(() -> 5)));
        }
        assertTrue(lock.validate(lock.tryOptimisticRead()));
    }

    /** A reader that finds a writer at work for long sleeps until it is done. */
    @Test
    void aReaderWaitsForAWriter() {
        int[] value = new int[1];
        NativeThread<Integer> reader;
        try (var _ = lock.acquire()) {
            reader = NativeThread.start(() -> lock.read(() -> value[0]));
            Conditions.await("it sleeps", () -> FutexSleepers.in(ProcessHandle.current().pid(), file, lock.word().offset()) == 1);
            value[0] = 3;
        }
        assertEquals(3, reader.result());
    }

    @Test
    void halvesBelongTogether() throws Exception {
        int rounds = 20_000;
        try (TwoPartCounter counter = new TwoPartCounter(directory.resolve("counter"))) {
            List<NativeThread<Boolean>> threads = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                int worker = i;
                threads.add(NativeThread.start(() -> {
                    for (int n = 0; n < rounds; n++) {
                        if (worker < 2) {
                            counter.countUnder(lock, worker);
                        } else {
                            assertTrue(lock.read(counter::isWhole));
                        }
                    }
                    return true;
                }));
            }
            threads.forEach(thread -> assertTrue(thread.result()));
            assertEquals(2 * rounds, counter.counted());
        }
        assertFalse(lock.isLocked());
        assertEquals(4L * rounds + 1, lock.tryOptimisticRead());
    }

    @Test
    void conditionsKeepTheSequenceEven() throws Exception {
        MutexCondition changed = lock.condition("changed");
        int[] value = new int[1];
        NativeThread<Integer> waiter = NativeThread.start(() -> {
            try (Held held = lock.acquire()) {
                while (value[0] == 0) {
                    held.await(changed);
                }
                assertEquals(0, lock.tryOptimisticRead());
                return value[0];
            }
        });
        Conditions.await("it sleeps", () -> FutexSleepers.in(ProcessHandle.current().pid(), file, changed.sequence()) == 1);
        assertTrue(lock.validate(lock.tryOptimisticRead()));
        try (var _ = lock.acquire()) {
            value[0] = 4;
            changed.signal();
        }
        assertEquals(4, waiter.result());
        assertTrue(lock.validate(lock.tryOptimisticRead()));
    }

    // Deaths

    /** Takes the lock, begins to write, says so, and waits to be killed. */
    static final class Holder {
        private Holder() {}

        public static void main(String[] arguments) throws Exception {
            SeqLock lock = SyncRegion.open(Path.of(arguments[0])).seqLock("seq");
            if (arguments[1].equals("write")) {
                lock.lock();
                System.out.println("held");
                Thread.sleep(Long.MAX_VALUE);
            }
            // overtaken each time, until it has the lock, and then it dies
            lock.read(() -> {
                NativeThread.start(() -> {
                    if (lock.tryLock()) {
                        lock.unlock();
                    }
                    return true;
                }).result();
                return 0;
            });
            throw new AssertionError("it should not have come so far");
        }
    }

    @Test
    void aWriterDiesAtWork() throws Exception {
        long before = lock.tryOptimisticRead();
        try (Child dead = Child.jvm(Holder.class, file, "write")) {
            assertEquals("held", dead.line());
            NativeThread<Boolean> reader = NativeThread.start(() -> {
                assertThrows(OwnerDiedException.class, () -> lock.read(() -> 0));
                return true;
            });
            Conditions.await("it sleeps", () -> FutexSleepers.in(ProcessHandle.current().pid(), file, lock.word().offset()) == 1);
            dead.process().destroyForcibly();
            assertTrue(reader.result());
            assertEquals(0, lock.tryOptimisticRead());
            assertThrows(OwnerDiedException.class, () -> lock.read(() -> 0));
            assertThrows(OwnerDiedException.class, lock::lock);
            try (Held held = lock.acquire()) {
                assertTrue(held.ownerDied());
                assertEquals(dead.pid(), held.previousOwner().orElseThrow().pid());
                held.markConsistent();
                assertEquals(0, lock.tryOptimisticRead(), "it may go on writing");
            }
        }
        assertFalse(lock.validate(before));
        assertTrue(lock.validate(lock.tryOptimisticRead()));
        assertEquals(1, lock.read(() -> 1));
    }

    @Test
    void withoutRepairItIsLost() {
        try (SyncRegion dying = SyncRegion.open(file)) {
            dying.seqLock("seq").lock();
        }
        assertEquals(0, lock.tryOptimisticRead());
        lock.acquire().close();
        assertEquals(0, lock.tryOptimisticRead(), "what nobody has repaired nobody reads");
        assertThrows(UnrecoverableLockException.class, () -> lock.read(() -> 0));
        assertThrows(UnrecoverableLockException.class, lock::acquire);
    }

    /** Who takes several at once and does not get all gives this one back as it was. */
    @Test
    void whatIsGivenBackIsAsItWas() {
        try (SyncRegion dying = SyncRegion.open(file)) {
            dying.seqLock("seq").lock();
        }
        Held given = lock.acquire();
        assertTrue(given.ownerDied());
        given.giveBack();
        assertThrows(OwnerDiedException.class, () -> lock.read(() -> 0));
        try (Held held = lock.acquire()) {
            assertTrue(held.ownerDied());
            held.markConsistent();
        }
        Held whole = lock.acquire();
        whole.giveBack();
        assertTrue(lock.validate(lock.tryOptimisticRead()));
    }

    /** An even sequence: nothing was begun, or all was done, or it had only read. */
    @ParameterizedTest
    @CsvSource({"seq.taken, write", "seq.reading, read"})
    void whoHasTouchedNothingIsNotReported(String place, String side) {
        try (Child dead = Child.start(Map.of(), Child.jvmCommand(List.of("-Dorg.latchwork.region.fault=" + place + ":1"), Holder.class, file, side))) {
            assertEquals(KILLED, dead.exit());
        }
        assertTrue(lock.isLocked(), "the fault: it has died with the word");
        try (Held held = lock.acquire()) {
            assertFalse(held.ownerDied());
        }
        assertEquals(1, lock.read(() -> 1));
    }

    private static void work(SeqLock lock, TwoPartCounter counter, int worker) {
        counter.countUnder(lock, worker);
        boolean whole;
        try {
            whole = lock.read(counter::isWhole);
        } catch (OwnerDiedException e) {
            counter.countUnder(lock, worker);
            return;
        }
        if (!whole) {
            throw new AssertionError("nobody has reported it, but this is broken");
        }
    }

    /** A process that writes and reads until it is killed. Arguments: region, counter, worker. */
    static final class Working {
        private Working() {}

        public static void main(String[] arguments) {
            SeqLock lock = SyncRegion.open(Path.of(arguments[0])).seqLock("seq");
            TwoPartCounter counter = new TwoPartCounter(Path.of(arguments[1]));
            System.out.println("working");
            while (true) {
                work(lock, counter, Integer.parseInt(arguments[2]));
            }
        }
    }

    private Child working(Path counter, int worker, String... options) {
        return Child.start(Map.of(), Child.jvmCommand(List.of(options), Working.class, file, counter, worker));
    }

    @ParameterizedTest
    @CsvSource({"seq.taken, 50", "seq.begun, 50", "seq.ended, 50", "acquire.slow, 3", "acquire.wait, 3", "release.freed, 3"})
    void killedAtEachStep(String place, int time) {
        Path counted = directory.resolve("counter");
        try (TwoPartCounter counter = new TwoPartCounter(counted)) {
            AtomicInteger left = new AtomicInteger(Integer.MAX_VALUE);
            List<NativeThread<Boolean>> survivors = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                int worker = i;
                survivors.add(NativeThread.start(() -> {
                    while (left.getAndDecrement() > 0) {
                        work(lock, counter, worker);
                    }
                    return true;
                }));
            }
            try (Child victim = working(counted, 2, "-Dorg.latchwork.region.fault=" + place + ":" + time)) {
                assertEquals("working", victim.line());
                assertEquals(KILLED, victim.exit());
            }
            left.set(500);
            survivors.forEach(survivor -> assertTrue(survivor.result()));
            counter.countUnder(lock, 0);
            assertTrue(counter.isWhole());
        }
        assertTrue(lock.validate(lock.tryOptimisticRead()));
    }

    @Test
    void severalProcessesWork() {
        Path counted = directory.resolve("counter");
        try (TwoPartCounter counter = new TwoPartCounter(counted); Child one = working(counted, 1); Child two = working(counted, 2)) {
            assertEquals("working", one.line());
            assertEquals("working", two.line());
            for (Child child : List.of(one, two)) {
                for (int i = 0; i < 500; i++) {
                    work(lock, counter, 0);
                }
                child.process().destroyForcibly();
                child.exit();
            }
            for (int i = 0; i < 500; i++) {
                work(lock, counter, 0);
            }
            assertTrue(counter.isWhole());
        }
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
                assertEquals("working", children.get(next).line());
                LockSupport.parkNanos(random.nextLong(TimeUnit.MILLISECONDS.toNanos(20))); // any moment
                children.get(next).process().destroyForcibly();
                children.get(next).exit();
                work(lock, counter, 0);
                children.set(next, working(counted, next + 1));
            }
            children.forEach(Child::close);
            children.forEach(Child::exit);
            counter.countUnder(lock, 0);
            assertTrue(counter.isWhole());
        } finally {
            children.forEach(Child::close);
        }
        System.out.printf("sequence lock: %d kills%n", kills);
    }
}
