package org.latchwork.lock;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.latchwork.region.RegionMemory;
import org.latchwork.region.abi.lw_object;
import org.latchwork.testing.Child;
import org.latchwork.testing.NativeThread;
import org.latchwork.testing.ProcessTest;
import org.latchwork.wait.Deadline;

/** What {@link GuardedSegment} promises. */
@ProcessTest
class GuardedSegmentTest {
    private static final int KILLED = 128 + 9;
    /** The first eight bytes of that name. */
    private static final long ORDERS = 0x737265_64726fL;

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

    @Test
    void theSliceDiesWithItsGuard() {
        GuardedSegment orders = region.guardedSegment("orders", 100);
        GuardedSegment.Guard guard = orders.acquire();
        MemorySegment kept = guard.data();
        assertEquals(100, kept.byteSize());
        assertEquals(0, kept.address() % 64);
        assertEquals(-1, kept.mismatch(MemorySegment.ofArray(new byte[100])), "new data is zero");
        kept.set(JAVA_LONG, 8, 42);
        assertThrows(IndexOutOfBoundsException.class, () -> kept.get(JAVA_LONG, 96));
        assertTrue(NativeThread.start(() -> {
            assertThrows(WrongThreadException.class, () -> kept.get(JAVA_LONG, 8));
            assertThrows(WrongThreadException.class, guard::close);
            return orders.tryAcquire().isEmpty();
        }).result());
        guard.close();
        assertThrows(IllegalStateException.class, () -> kept.get(JAVA_LONG, 8));
        assertThrows(IllegalStateException.class, () -> guard.data().set(JAVA_LONG, 8, 1));
        assertThrows(IllegalMonitorStateException.class, guard::close);
        assertThrows(IllegalMonitorStateException.class, guard::markConsistent);
        try (var again = orders.acquire()) {
            assertEquals(42, again.data().get(JAVA_LONG, 8));
        }
    }

    @Test
    void sizesAndNames() {
        GuardedSegment orders = region.guardedSegment("orders", 100);
        assertEquals(100, orders.byteSize());
        assertThrows(IllegalStateException.class, () -> region.guardedSegment("orders", 101));
        assertThrows(IllegalStateException.class, () -> region.mutex("orders"));
        assertThrows(IllegalArgumentException.class, () -> region.guardedSegment("none", 0));
        assertThrows(IllegalStateException.class, () -> region.guardedSegment("large", RegionOptions.DEFAULT.dataSize()), "100 bytes are taken");
        try (SyncRegion other = SyncRegion.open(directory.resolve("region")); var guard = other.guardedSegment("orders", 100).acquire()) {
            guard.data().fill((byte) 1);
        }
        assertTrue(region.remove("orders"));
        try (var guard = region.guardedSegment("orders", 100).acquire()) {
            assertEquals(-1, guard.data().mismatch(MemorySegment.ofArray(new byte[100])), "zero again");
        }
    }

    @Test
    void deadlinesAndInterrupts() {
        GuardedSegment orders = region.guardedSegment("orders", 8);
        try (var _ = orders.acquire()) {
            assertTrue(NativeThread.start(() -> {
                assertTrue(orders.tryAcquire(Deadline.after(Duration.ofMillis(5))).isEmpty());
                Thread.currentThread().interrupt();
                assertThrows(InterruptedException.class, orders::acquireInterruptibly);
                return true;
            }).result());
        }
        orders.tryAcquire().orElseThrow().close();
    }

    @Test
    void anOpenGuardKeepsTheRegionOpen() {
        GuardedSegment orders = region.guardedSegment("orders", 8);
        try (var guard = orders.acquire()) {
            assertThrows(IllegalStateException.class, region::close);
            guard.data().set(JAVA_LONG, 0, 1); // or the JVM would end here
        }
        region.close();
        region.close();
        assertThrows(IllegalStateException.class, orders::acquire);
        open();
    }

    /** What others have written into the entry is not believed. */
    @Test
    void aDamagedEntryIsRefused() {
        RegionMemory memory = region.mutex("any").region().memory();
        GuardedSegment orders = region.guardedSegment("orders", 8);
        assertEquals(8, orders.byteSize());
        long entry = -1;
        for (long at = 0; at < memory.segment().byteSize() - lw_object.sizeof(); at += 64) {
            if (memory.segment().get(JAVA_LONG, at + lw_object.name$offset()) == ORDERS) {
                entry = at;
            }
        }
        assertTrue(entry > 0);
        for (long[] wrong : new long[][] {{0, 8}, {Long.MIN_VALUE, 8}, {memory.getLong(entry + lw_object.data_offset$offset()), Long.MAX_VALUE},
            {memory.getLong(entry + lw_object.data_offset$offset()), -1}, {memory.segment().byteSize(), 8}}) {
            long offset = memory.getLong(entry + lw_object.data_offset$offset());
            long size = memory.getLong(entry + lw_object.data_size$offset());
            memory.setLong(entry + lw_object.data_offset$offset(), wrong[0]);
            memory.setLong(entry + lw_object.data_size$offset(), wrong[1]);
            try (SyncRegion other = SyncRegion.open(directory.resolve("region"))) {
                assertTrue(assertThrows(org.latchwork.file.InvalidFileException.class, () -> other.guardedSegment("orders", 8)).getMessage().contains("damaged"));
            }
            memory.setLong(entry + lw_object.data_offset$offset(), offset);
            memory.setLong(entry + lw_object.data_size$offset(), size);
        }
    }

    /** Dies with half of its change done. */
    static final class Half {
        private Half() {}

        public static void main(String[] arguments) throws Exception {
            var guard = SyncRegion.open(Path.of(arguments[0])).guardedSegment("pair", 16).acquire();
            guard.data().set(JAVA_LONG, 0, 7);
            System.out.println("half");
            Thread.sleep(Long.MAX_VALUE);
        }
    }

    @Test
    void theDeadOwnersDataIsAsItLeftIt() {
        GuardedSegment pair = region.guardedSegment("pair", 16);
        for (boolean repair : new boolean[] {true, false}) {
            try (Child half = Child.jvm(Half.class, directory.resolve("region"))) {
                assertEquals("half", half.line());
                half.signal("KILL");
                try (var guard = pair.acquire()) {
                    assertTrue(guard.ownerDied());
                    assertEquals(half.pid(), guard.previousOwner().orElseThrow().pid());
                    assertEquals(7, guard.data().get(JAVA_LONG, 0));
                    assertEquals(0, guard.data().get(JAVA_LONG, 8));
                    guard.data().fill((byte) 0);
                    if (repair) {
                        guard.markConsistent();
                    }
                }
            }
            if (repair) {
                try (var guard = pair.acquire()) {
                    assertFalse(guard.ownerDied());
                }
            }
        }
        assertThrows(UnrecoverableLockException.class, pair::acquire);
    }

    /** Who makes one is killed when all is filled in but the type: nothing is there, and it can be made. */
    @Test
    void whoMakesItDies() {
        try (Child maker = Child.start(Map.of(), Child.jvmCommand(List.of("-Dorg.latchwork.region.fault=create.filled:1"), Half.class,
                directory.resolve("region")))) {
            assertEquals(KILLED, maker.exit());
        }
        try (var guard = region.guardedSegment("pair", 16).acquire()) {
            assertFalse(guard.ownerDied());
        }
    }

    /** Counts in both halves until it is killed. */
    static final class Counting {
        private Counting() {}

        public static void main(String[] arguments) {
            GuardedSegment pair = SyncRegion.open(Path.of(arguments[0])).guardedSegment("pair", 16);
            System.out.println("counting");
            while (true) {
                count(pair);
            }
        }
    }

    private static void count(GuardedSegment pair) {
        try (var guard = pair.acquire()) {
            MemorySegment data = guard.data();
            if (guard.ownerDied()) {
                data.set(JAVA_LONG, 8, data.get(JAVA_LONG, 0));
                guard.markConsistent();
            }
            assertSameHalves(data);
            data.set(JAVA_LONG, 0, data.get(JAVA_LONG, 0) + 1);
            data.set(JAVA_LONG, 8, data.get(JAVA_LONG, 8) + 1);
        }
    }

    private static void assertSameHalves(MemorySegment data) {
        if (data.get(JAVA_LONG, 0) != data.get(JAVA_LONG, 8)) {
            throw new AssertionError(data.get(JAVA_LONG, 0) + " and " + data.get(JAVA_LONG, 8));
        }
    }

    @Test
    void severalProcessesCount() {
        GuardedSegment pair = region.guardedSegment("pair", 16);
        try (Child one = Child.jvm(Counting.class, directory.resolve("region")); Child two = Child.jvm(Counting.class, directory.resolve("region"))) {
            assertEquals("counting", one.line());
            assertEquals("counting", two.line());
            for (Child child : List.of(one, two)) {
                for (int i = 0; i < 1000; i++) {
                    count(pair);
                }
                child.signal("KILL");
                child.exit();
            }
            for (int i = 0; i < 1000; i++) {
                count(pair);
            }
        }
    }
}
