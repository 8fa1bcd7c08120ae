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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReadWriteLock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.latchwork.region.abi.Layout;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.FutexSleepers;
import org.latchwork.testing.NativeThread;
import org.latchwork.wait.Deadline;

/** What {@link RwLock} promises within one process; {@link RwLockDeathTest} has what several and dead ones see of it. */
class RwLockTest {
    @TempDir
    Path directory;

    private Path file;
    private SyncRegion region;
    private RwLock lock;

    @BeforeEach
    void open() {
        file = directory.resolve("region");
        region = SyncRegion.open(file);
        lock = region.rwLock("prices");
    }

    @AfterEach
    void close() {
        region.close();
    }

    /** Does it in another thread, to its end. */
    private static <T> T elsewhere(Callable<T> action) {
        return NativeThread.start(action).result();
    }

    private boolean canRead() {
        return elsewhere(() -> lock.tryAcquireRead().map(held -> {
            elsewhere(() -> {
                assertThrows(IllegalMonitorStateException.class, held::close);
                return true;
            });
            held.close();
            return true;
        }).orElse(false));
    }

    private boolean canWrite() {
        return elsewhere(() -> lock.tryAcquireWrite().map(held -> {
            held.close();
            return true;
        }).orElse(false));
    }

    private void awaitAsleep(long offset, int count) {
        long pid = ProcessHandle.current().pid();
        Conditions.await(count + " asleep", () -> FutexSleepers.in(pid, file, offset) == count);
    }

    private long word() {
        return lock.writeLock().word().offset();
    }

    private long drain() {
        return ReadLock.drain(lock.writeLock().object());
    }

    @Test
    void aNameStandsForOneObject() {
        assertSame(lock, region.rwLock("prices"));
        assertEquals("prices", lock.name());
        assertThrows(IllegalStateException.class, () -> region.mutex("prices"));
        ReadWriteLock juc = lock;
        assertSame(lock.readLock(), juc.readLock());
        assertTrue(lock.toString().startsWith("RwLock \"prices\" in "), lock::toString);
        assertThrows(UnsupportedOperationException.class, () -> juc.readLock().newCondition());
    }

    @Test
    void manyReadOrOneWrites() {
        try (var _ = lock.acquireRead()) {
            assertTrue(canRead());
            assertFalse(canWrite());
            assertFalse(lock.writeLock().isLocked());
        }
        try (var _ = lock.acquireWrite()) {
            assertFalse(canRead());
            assertFalse(canWrite());
            assertTrue(lock.writeLock().isLocked());
        }
        assertTrue(canRead());
        assertTrue(canWrite());
    }

    @Test
    void halvesBelongTogether() throws Exception {
        int[] halves = new int[2];
        AtomicInteger broken = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            Thread.Builder builder = i % 2 == 0 ? Thread.ofPlatform() : Thread.ofVirtual();
            boolean writes = i < 4;
            threads.add(builder.start(() -> {
                for (int n = 0; n < 5_000; n++) {
                    if (writes && n % 4 == 0) {
                        try (var _ = lock.acquireWrite()) {
                            halves[0]++;
                            halves[1]++;
                        }
                    } else {
                        try (var _ = lock.acquireRead()) {
                            if (halves[0] != halves[1]) {
                                broken.incrementAndGet();
                            }
                        }
                    }
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(0, broken.get());
        assertEquals(5_000, halves[0]);
        assertTrue(lock.readLock().areOnly(0));
        assertTrue(LockWord.isFree(lock.writeLock().word().get()));
    }

    @Test
    void whoHasItLetsItGo() {
        assertThrows(IllegalMonitorStateException.class, () -> lock.readLock().unlock());
        assertThrows(IllegalMonitorStateException.class, () -> lock.writeLock().unlock());
        ReadHeld held = lock.acquireRead();
        elsewhere(() -> {
            assertThrows(IllegalMonitorStateException.class, held::close);
            assertThrows(IllegalMonitorStateException.class, () -> lock.readLock().unlock());
            try (var _ = lock.acquireRead()) {
                assertThrows(IllegalMonitorStateException.class, held::close, "another's guard, though it has one of its own");
            }
            return true;
        });
        held.close();
        assertThrows(IllegalMonitorStateException.class, held::close);
        assertThrows(IllegalMonitorStateException.class, () -> lock.readLock().unlock());
        assertTrue(canWrite());
    }

    @Test
    void theReadLockIsReentrant() throws Exception {
        lock.readLock().lock();
        NativeThread<Boolean> writer = NativeThread.start(this::writeOnce);
        awaitAsleep(drain(), 1); // which keeps new readers out, but not this one
        assertFalse(canRead());
        lock.readLock().lock();
        assertTrue(lock.readLock().tryLock());
        assertTrue(lock.readLock().tryLock(1, TimeUnit.SECONDS));
        lock.readLock().lockInterruptibly();
        assertEquals(5, lock.readLock().getHoldCount());
        for (int i = 0; i < 5; i++) {
            assertFalse(writer.isDone());
            lock.readLock().unlock();
        }
        assertTrue(writer.result());
        assertThrows(IllegalMonitorStateException.class, () -> lock.readLock().unlock());
    }

    private boolean writeOnce() {
        try (Held held = lock.acquireWrite()) {
            return !held.ownerDied();
        }
    }

    @Test
    void theWriteLockIsNot() throws Exception {
        try (var _ = lock.acquireWrite()) {
            assertThrows(IllegalStateException.class, () -> lock.acquireWrite());
            assertThrows(IllegalStateException.class, () -> lock.writeLock().lock());
            assertFalse(lock.writeLock().tryLock());
            assertTrue(lock.tryAcquireWrite().isEmpty());
        }
        assertTrue(canWrite());
    }

    /** Its own count would keep it waiting for ever. */
    @Test
    void aReaderDoesNotWaitForItself() throws Exception {
        try (var _ = lock.acquireRead()) {
            assertThrows(IllegalStateException.class, () -> lock.acquireWrite());
            assertThrows(IllegalStateException.class, () -> lock.writeLock().lock());
            assertThrows(IllegalStateException.class, () -> lock.tryAcquireWrite(Deadline.after(Duration.ofSeconds(1))));
            assertFalse(lock.writeLock().tryLock());
            assertTrue(lock.tryAcquireWrite().isEmpty());
            assertTrue(canRead());
        }
        assertTrue(canWrite());
    }

    @Test
    void aWriterBecomesAReader() {
        Held write = lock.acquireWrite();
        try (var _ = lock.acquireRead()) {
            assertFalse(canRead());
            NativeThread<Boolean> writer = NativeThread.start(this::writeOnce);
            awaitAsleep(word(), 1);
            write.close();
            // The writer comes to its turn, and waits for this reader: nobody has come between.
            awaitAsleep(drain(), 1);
            assertFalse(writer.isDone());
        }
        Conditions.await("the writer has written", () -> !lock.writeLock().isLocked());
        assertTrue(canWrite());
    }

    @Test
    void theOnlyReaderBecomesAWriter() {
        assertThrows(IllegalMonitorStateException.class, () -> lock.tryUpgrade());
        try (var _ = lock.acquireRead(); var _ = lock.acquireRead()) {
            Held write = lock.tryUpgrade().orElseThrow();
            assertTrue(lock.writeLock().isHeldByCurrentThread());
            assertFalse(canRead());
            assertTrue(lock.tryUpgrade().isEmpty());
            write.close();
            assertTrue(canRead());
            assertFalse(canWrite());
            NativeThread<Optional<Held>> other = NativeThread.start(() -> {
                try (var _ = lock.acquireRead()) {
                    return lock.tryUpgrade();
                }
            });
            assertTrue(other.result().isEmpty());
            assertTrue(canRead(), "a try that failed leaves nothing");
        }
        assertTrue(canWrite());
    }

    @Test
    void deadlinesAndInterruptsOfReaders() throws Exception {
        lock.writeLock().lock();
        elsewhere(() -> {
            assertFalse(lock.readLock().tryLock());
            assertFalse(lock.readLock().tryLock(1, TimeUnit.MILLISECONDS));
            assertTrue(lock.tryAcquireRead(Deadline.after(Duration.ofMillis(1))).isEmpty());
            Thread.currentThread().interrupt();
            assertThrows(InterruptedException.class, () -> lock.readLock().lockInterruptibly());
            return true;
        });
        for (Thread.Builder builder : List.of(Thread.ofPlatform(), Thread.ofVirtual())) {
            AtomicInteger ends = new AtomicInteger();
            Thread reader = builder.start(() -> {
                ends.incrementAndGet();
                assertThrows(InterruptedException.class, () -> lock.readLock().acquireInterruptibly());
                ends.incrementAndGet();
            });
            Conditions.await("it waits", () -> ends.get() == 1);
            reader.interrupt();
            reader.join();
            assertEquals(2, ends.get());
        }
        lock.writeLock().unlock();
        assertTrue(lock.readLock().areOnly(0));
        assertTrue(canRead());
        assertTrue(canWrite());
    }

    /** A writer that gives up while it waits for readers lets those in that it has kept out. */
    @Test
    void deadlinesAndInterruptsOfWriters() throws Exception {
        try (var _ = lock.acquireRead()) {
            NativeThread<Boolean> writer = NativeThread.start(() -> {
                assertThrows(InterruptedException.class, () -> lock.writeLock().acquireInterruptibly());
                assertFalse(Thread.interrupted());
                return true;
            });
            awaitAsleep(drain(), 1);
            NativeThread<Boolean> reader = NativeThread.start(() -> {
                lock.acquireRead().close();
                return true;
            });
            awaitAsleep(word(), 1);
            writer.thread().interrupt();
            assertTrue(writer.result());
            assertTrue(reader.result());
            elsewhere(() -> {
                assertFalse(lock.writeLock().tryLock(1, TimeUnit.MILLISECONDS));
                assertTrue(lock.tryAcquireWrite(Deadline.after(Duration.ofMillis(1))).isEmpty());
                return true;
            });
            assertTrue(canRead());
        }
        assertTrue(canWrite());
    }

    /** All who wait for a writer read at the same time when it leaves, though each is woken by the one before. */
    @Test
    void whoeverWaitsIsLetIn() throws Exception {
        lock.writeLock().lock();
        AtomicInteger in = new AtomicInteger();
        List<NativeThread<Boolean>> readers = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            readers.add(NativeThread.start(() -> {
                try (var _ = lock.acquireRead()) {
                    in.incrementAndGet();
                    Conditions.await("all are in", () -> in.get() == 6);
                    return true;
                }
            }));
        }
        awaitAsleep(word(), 6);
        lock.writeLock().unlock();
        readers.forEach(reader -> assertTrue(reader.result()));
        assertTrue(canWrite());
    }

    /** Writers without a pause, and a reader that has to get in; readers without a pause, and a writer that has to. */
    @Test
    void nobodyStarves() {
        AtomicInteger over = new AtomicInteger();
        List<NativeThread<Boolean>> others = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            others.add(NativeThread.start(() -> {
                while (over.get() == 0) {
                    lock.acquireWrite().close();
                }
                return true;
            }));
            others.add(NativeThread.start(() -> {
                while (over.get() == 0) {
                    lock.acquireRead().close();
                }
                return true;
            }));
        }
        for (int i = 0; i < 100; i++) {
            lock.acquireRead().close();
            lock.acquireWrite().close();
        }
        over.set(1);
        others.forEach(other -> assertTrue(other.result()));
    }

    @Test
    void theWriteLockHasConditions() throws Exception {
        MutexCondition changed = lock.writeLock().condition("changed");
        int[] value = new int[1];
        NativeThread<Integer> waiter = NativeThread.start(() -> {
            try (Held held = lock.acquireWrite()) {
                while (value[0] == 0) {
                    held.await(changed);
                }
                return value[0];
            }
        });
        awaitAsleep(changed.sequence(), 1);
        try (var _ = lock.acquireRead()) {
            assertTrue(canRead(), "who waits for a signal has let the lock go");
        }
        NativeThread<Boolean> reader;
        try (var _ = lock.acquireWrite()) {
            reader = NativeThread.start(() -> {
                lock.acquireRead().close();
                return true;
            });
            awaitAsleep(word(), 1);
            value[0] = 7;
            changed.signal(); // which moves the waiter behind the reader
        }
        assertEquals(7, waiter.result());
        assertTrue(reader.result());
        try (Held held = lock.acquireWrite(); var _ = lock.acquireRead()) {
            assertThrows(IllegalStateException.class, () -> held.await(changed));
            assertTrue(lock.writeLock().isHeldByCurrentThread());
        }
    }

    /** It has the word, and waits for the same object: that is no circle. */
    @Test
    void whoWaitsForReadersDoesNotWaitForItself() {
        NativeThread<Boolean> writer;
        try (var _ = lock.acquireRead()) {
            writer = NativeThread.start(this::writeOnce);
            awaitAsleep(drain(), 1);
            RegionReport.Entry entry = SyncRegion.inspect(file).objects().getFirst();
            assertEquals("held", entry.state());
            assertEquals(1, entry.waiters().size());
            assertEquals(1, entry.counts().getFirst().count());
            assertEquals(List.of(), SyncRegion.inspect(file).cycles());
        }
        assertTrue(writer.result());
    }

    /** Thread ids grow beyond the word's bits: one whose bits are 0 is a writer all the same. */
    @Test
    void aThreadOfZeroIsNotTakenForAReader() {
        LockWord word = lock.writeLock().word();
        assertTrue(lock.writeLock().settle(lock.writeLock().tryTake(word.slotBits(), false), Thread.currentThread()));
        assertTrue(ReadLock.hasWriter(word.get()));
        assertFalse(canRead());
        lock.writeLock().unlock();
        assertTrue(canWrite());
    }

    @Test
    void closeEndsWaits() throws Exception {
        for (boolean writes : List.of(false, true)) {
            SyncRegion again = SyncRegion.open(file);
            RwLock theirs = again.rwLock("prices");
            lock.readLock().lock();
            NativeThread<Boolean> writer = NativeThread.start(() -> {
                assertThrows(IllegalStateException.class, theirs::acquireWrite);
                return true;
            });
            awaitAsleep(drain(), 1);
            NativeThread<Boolean> second = NativeThread.start(() -> {
                assertThrows(IllegalStateException.class, () -> {
                    if (writes) {
                        theirs.acquireWrite();
                    } else {
                        theirs.acquireRead();
                    }
                });
                return true;
            });
            awaitAsleep(word(), 1);
            again.close();
            assertTrue(writer.result());
            assertTrue(second.result());
            lock.readLock().unlock();
            // It had the word when it left, as if it had died: nobody can tell whether it had written.
            try (Held held = lock.acquireWrite()) {
                assertTrue(held.ownerDied());
                held.markConsistent();
            }
        }
    }

    // Layout

    @Test
    void cellsOfParticipantsShareNoCacheLine() throws IOException {
        for (int objects : List.of(1, 7, 8, 9, 1024)) {
            Path other = directory.resolve("region" + objects);
            try (SyncRegion one = SyncRegion.open(other, RegionOptions.DEFAULT.objects(objects).participants(5))) {
                var object = one.rwLock("prices").writeLock().object();
                Set<Long> lines = new TreeSet<>();
                for (int slot = 0; slot < 5; slot++) {
                    lines.add(object.count(slot) / Layout.LW_CACHE_LINE());
                }
                assertEquals(5, lines.size(), "lines of 5 participants");
                assertFalse(lines.contains(object.line() / Layout.LW_CACHE_LINE()));
                assertEquals(0, object.line() % Layout.LW_CACHE_LINE());
            }
        }
    }

    /** By the bytes: what two readers of different participants change, while nobody writes. */
    @Test
    void readersOfParticipantsWriteNoCommonCacheLine() throws IOException {
        try (SyncRegion again = SyncRegion.open(file)) {
            Set<Integer> ours = linesWritten(lock.readLock());
            Set<Integer> theirs = linesWritten(again.rwLock("prices").readLock());
            assertEquals(1, ours.size());
            assertEquals(1, theirs.size());
            assertNotEquals(ours, theirs);
        }
    }

    private Set<Integer> linesWritten(ReadLock readLock) throws IOException {
        byte[] before = Files.readAllBytes(file);
        readLock.lock();
        byte[] during = Files.readAllBytes(file);
        readLock.unlock();
        byte[] after = Files.readAllBytes(file);
        Set<Integer> lines = new TreeSet<>();
        for (int i = 0; i < before.length; i++) {
            if (before[i] != during[i] || before[i] != after[i]) {
                lines.add(i / Layout.LW_CACHE_LINE());
            }
        }
        return lines;
    }
}
