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
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Lock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.latchwork.region.abi.Layout;
import org.latchwork.testing.Child;
import org.latchwork.testing.Conditions;
import org.latchwork.wait.Deadline;

/** What {@link RwLock} promises, within one process and between processes. */
class RwLockTest {
    @TempDir
    Path directory;

    private SyncRegion region;
    private RwLock lock;

    @BeforeEach
    void open() {
        region = SyncRegion.open(directory.resolve("region"));
        lock = region.rwLock("rates");
    }

    @AfterEach
    void close() {
        region.close();
    }

    /** Runs something in a thread of its own, and rethrows what it throws. */
    private static void elsewhere(Runnable action) throws InterruptedException {
        List<Throwable> thrown = new ArrayList<>();
        Thread thread = Thread.ofPlatform().start(() -> {
            try {
                action.run();
            } catch (Throwable t) {
                thrown.add(t);
            }
        });
        thread.join();
        if (!thrown.isEmpty()) {
            throw new AssertionError(thrown.getFirst());
        }
    }

    @Test
    void readersTogetherWritersAlone() throws Exception {
        AtomicInteger readers = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        AtomicBoolean writing = new AtomicBoolean();
        AtomicBoolean broken = new AtomicBoolean();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            boolean writer = i < 2;
            threads.add((i % 2 == 0 ? Thread.ofPlatform() : Thread.ofVirtual()).start(() -> {
                for (int n = 0; n < 3000; n++) {
                    if (writer) {
                        try (var _ = lock.acquireWrite()) {
                            broken.compareAndSet(false, !writing.compareAndSet(false, true) || readers.get() != 0);
                            writing.set(false);
                        }
                    } else {
                        try (var _ = lock.acquireRead()) {
                            most.accumulateAndGet(readers.incrementAndGet(), Math::max);
                            broken.compareAndSet(false, writing.get());
                            Thread.yield();
                            readers.decrementAndGet();
                        }
                    }
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertFalse(broken.get());
        assertTrue(most.get() > 1, "readers were in together");
        assertEquals(0, lock.readers());
    }

    @Test
    void holdsAreByThread() throws Exception {
        Lock reading = lock.readLock();
        assertThrows(IllegalMonitorStateException.class, reading::unlock);
        reading.lock();
        reading.lock();
        assertEquals(2, lock.getReadHoldCount());
        assertEquals(1, lock.readers(), "counted once");
        elsewhere(() -> assertThrows(IllegalMonitorStateException.class, reading::unlock));
        assertThrows(IllegalStateException.class, () -> lock.writeLock().lock(), "it would wait for itself");
        assertFalse(lock.writeLock().tryLock());
        reading.unlock();
        reading.unlock();
        assertThrows(IllegalMonitorStateException.class, reading::unlock);
        assertThrows(UnsupportedOperationException.class, reading::newCondition);
        RwLock.ReadHeld held = lock.acquireRead();
        held.close();
        assertThrows(IllegalMonitorStateException.class, held::close);
    }

    @Test
    void aReaderKeepsWritersOutAndTheReverse() throws Exception {
        lock.readLock().lock();
        elsewhere(() -> {
            assertFalse(lock.writeLock().tryLock());
            assertTrue(lock.readLock().tryLock());
            lock.readLock().unlock();
            assertTrue(orFail(() -> lock.tryAcquireWrite(Deadline.after(Duration.ofMillis(5)))).isEmpty());
            assertTrue(lock.readLock().tryLock(), "the writer that gave up keeps nobody out");
            lock.readLock().unlock();
        });
        lock.readLock().unlock();
        lock.writeLock().lock();
        lock.writeLock().lock();
        elsewhere(() -> {
            assertFalse(lock.readLock().tryLock());
            assertFalse(orFail(() -> lock.readLock().tryLock(5, TimeUnit.MILLISECONDS)));
            assertTrue(orFail(() -> lock.tryAcquireRead(Deadline.after(Duration.ofMillis(5)))).isEmpty());
        });
        lock.writeLock().unlock();
        lock.writeLock().unlock();
        assertThrows(IllegalMonitorStateException.class, lock.writeLock()::unlock);
    }

    private static <T> T orFail(java.util.concurrent.Callable<T> action) {
        try {
            return action.call();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void upAndDown() throws Exception {
        lock.writeLock().lock();
        lock.readLock().lock();
        lock.writeLock().unlock();
        assertEquals(1, lock.readers(), "it reads, with no gap");
        elsewhere(() -> {
            assertFalse(lock.writeLock().tryLock());
            lock.readLock().lock();
        });
        assertFalse(lock.tryUpgrade(), "another one reads");
        assertEquals(2, lock.readers());
        lock.readLock().unlock();
        assertThrows(IllegalMonitorStateException.class, lock::tryUpgrade);
        region.close(); // with the hold of a thread that has ended
        region = SyncRegion.open(directory.resolve("region"));
        lock = region.rwLock("rates");
        lock.readLock().lock();
        assertTrue(lock.tryUpgrade());
        assertTrue(lock.writeLock().isHeldByCurrentThread());
        assertEquals(0, lock.readers());
        lock.writeLock().unlock();
    }

    @Test
    void interrupts() throws Exception {
        lock.writeLock().lock();
        Thread reader = Thread.ofVirtual().start(() -> assertThrows(InterruptedException.class, lock.readLock()::lockInterruptibly));
        Queue.awaitLength(1, lock.writeLock());
        reader.interrupt();
        reader.join();
        lock.writeLock().unlock();
        lock.readLock().lock();
        AtomicBoolean told = new AtomicBoolean();
        Thread writer = Thread.ofPlatform().start(() -> {
            assertThrows(InterruptedException.class, lock.writeLock()::lockInterruptibly);
            told.set(true);
        });
        Conditions.await("it drains", () -> lock.writeLock().isLocked());
        writer.interrupt();
        writer.join();
        assertTrue(told.get());
        elsewhere(() -> {
            lock.readLock().lock();
            lock.readLock().unlock();
        });
        lock.readLock().unlock();
    }

    @Test
    void aWriterLetsAllReadersInThatWait() throws Exception {
        lock.writeLock().lock();
        List<Thread> readers = new ArrayList<>();
        CountDownLatch allIn = new CountDownLatch(5);
        for (int i = 0; i < 5; i++) {
            readers.add(Thread.ofPlatform().start(() -> {
                try (var _ = lock.acquireRead()) {
                    allIn.countDown();
                    Conditions.await("all are in", () -> allIn.getCount() == 0);
                }
            }));
        }
        Queue.awaitLength(5, lock.writeLock());
        lock.writeLock().unlock();
        Conditions.await("they have all come and gone", () -> readers.stream().noneMatch(Thread::isAlive));
    }

    /** {@code arguments}: the region, read or write. */
    static final class Partner {
        private Partner() {}

        public static void main(String[] arguments) throws Exception {
            RwLock lock = SyncRegion.open(Path.of(arguments[0])).rwLock("rates");
            if (arguments[1].equals("read")) {
                lock.readLock().lock();
            } else {
                lock.writeLock().lock();
            }
            System.out.println("in");
            if (arguments.length > 2) {
                lock.readLock().unlock();
                System.out.println("out");
            }
            Thread.sleep(Long.MAX_VALUE);
        }
    }

    private Child child(String what, String... fault) {
        return Child.start(Map.of(), Child.jvmCommand(fault.length == 0 ? List.of() : List.of("-Dorg.latchwork.region.fault=" + fault[0] + ":1"),
                Partner.class, directory.resolve("region"), what));
    }

    @Test
    void aDeadReaderLetsWritersIn() throws Exception {
        try (Child reader = child("read")) {
            assertEquals("in", reader.line());
            assertFalse(lock.writeLock().tryLock(), "it reads");
            Thread writer = Thread.ofPlatform().start(() -> {
                try (Held held = lock.acquireWrite()) {
                    assertFalse(held.ownerDied());
                }
            });
            Conditions.await("it waits for the reader", () -> lock.writeLock().isLocked());
            reader.signal("KILL");
            writer.join();
        }
        assertEquals(0, lock.readers());
    }

    @ParameterizedTest
    @ValueSource(strings = {"writing", "write.draining"})
    void aDeadWriterIsReported(String where) throws Exception {
        boolean draining = where.equals("write.draining");
        try (Child writer = draining ? child("write", where) : child("write")) {
            if (draining) {
                assertEquals(137, writer.exit(), "the fault was injected");
            } else {
                assertEquals("in", writer.line());
            }
            AtomicBoolean told = new AtomicBoolean();
            Thread reader = Thread.ofPlatform().start(() -> {
                assertThrows(OwnerDiedException.class, lock.readLock()::lock);
                told.set(true);
            });
            if (!draining) {
                Queue.awaitLength(1, lock.writeLock());
                writer.signal("KILL");
            }
            reader.join();
            assertTrue(told.get());
        }
        assertThrows(OwnerDiedException.class, lock.readLock()::tryLock);
        assertThrows(OwnerDiedException.class, lock.writeLock()::lock);
        try (Held held = lock.acquireWrite()) {
            assertTrue(held.ownerDied());
            held.markConsistent();
        }
        lock.readLock().lock();
        lock.readLock().unlock();
    }

    @ParameterizedTest
    @ValueSource(strings = {"read.wait", "read.woken"})
    void aReaderThatIsKilledWhileItWaitsTakesNoWakeWithIt(String where) throws Exception {
        lock.writeLock().lock();
        try (Child reader = child("read", where)) {
            if (where.equals("read.wait")) {
                assertEquals(137, reader.exit(), "the fault was injected");
            } else {
                Queue.awaitLength(1, lock.writeLock());
            }
            Thread survivor = Thread.ofPlatform().start(() -> {
                try (var _ = lock.acquireRead()) {
                    assertEquals(1, lock.getReadHoldCount());
                }
            });
            Queue.awaitLength(where.equals("read.wait") ? 1 : 2, lock.writeLock());
            lock.writeLock().unlock();
            survivor.join();
            assertEquals(137, reader.exit(), "the fault was injected");
        }
    }

    @Test
    void aReaderThatIsKilledAsItLeavesUnderAWritersEyes() throws Exception {
        try (Child reader = Child.start(Map.of(), Child.jvmCommand(List.of("-Dorg.latchwork.region.fault=read.left:1"), Partner.class,
                directory.resolve("region"), "read", "leave"))) {
            // It leaves by itself: so the writer has to be there first, or the fault is not met.
            lock.readLock().lock();
            assertEquals("in", reader.line());
            lock.readLock().unlock();
            Thread writer = Thread.ofPlatform().start(() -> {
                try (var _ = lock.acquireWrite()) {
                    assertTrue(lock.writeLock().isHeldByCurrentThread());
                }
            });
            writer.join();
        }
    }

    @Test
    void readersOfDifferentParticipantsShareNoCacheLine() {
        try (SyncRegion other = SyncRegion.open(directory.resolve("region"))) {
            long mine = lock.writeLock().object().count(lock.writeLock().region().slot());
            RwLock theirs = other.rwLock("rates");
            long their = theirs.writeLock().object().count(theirs.writeLock().region().slot());
            assertFalse(mine / Layout.LW_CACHE_LINE() == their / Layout.LW_CACHE_LINE(), mine + " and " + their);
        }
    }
}
