package org.latchwork.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.latchwork.futex.FutexArray;
import org.latchwork.lock.EventCount;
import org.latchwork.lock.RwLock;
import org.latchwork.lock.SeqLock;
import org.latchwork.lock.SyncRegion;
import org.latchwork.testing.NativeThread;
import org.latchwork.wait.Deadline;

/** The examples of event counts, guarded segments and several locks do what they say. */
class SharingExamplesTest {
    @Test
    void eventCount() throws Exception {
        try (SyncRegion region = SyncRegion.anonymous(); FutexArray tickets = FutexArray.allocate(1, FutexArray.Spacing.PACKED)) {
            EventCount filled = region.eventCount("filled");
            NativeThread<Boolean> taker = NativeThread.start(() -> {
                for (int i = 0; i < 1000; i++) {
                    EventCountExample.take(tickets, filled);
                }
                return true;
            });
            for (int i = 0; i < 1001; i++) {
                EventCountExample.put(tickets, filled);
            }
            assertTrue(taker.result());
            assertTrue(EventCountExample.take(tickets, filled, Deadline.after(Duration.ofSeconds(1))));
            assertFalse(EventCountExample.take(tickets, filled, Deadline.after(Duration.ofMillis(1))));
        }
    }

    @Test
    void guardedSegment() {
        try (SyncRegion region = SyncRegion.anonymous()) {
            assertEquals(5, GuardedSegmentExample.bookOrder(region, 5));
            assertEquals(12, GuardedSegmentExample.bookOrder(region, 7));
        }
    }

    @Test
    void acquireAll() {
        try (SyncRegion region = SyncRegion.anonymous()) {
            List<String> done = new ArrayList<>();
            AcquireAllExample.move(region.mutex("to"), region.mutex("from"), () -> done.add("moved"), () -> done.add("repaired"));
            assertEquals(List.of("moved"), done);
            assertFalse(region.mutex("to").isLocked());
        }
    }

    @Test
    void rwLock() {
        try (SyncRegion region = SyncRegion.anonymous(); FutexArray table = FutexArray.allocate(8, FutexArray.Spacing.PACKED)) {
            RwLock prices = region.rwLock("prices");
            RwLockExample.write(prices, table, 3, 10);
            assertEquals(10, RwLockExample.read(prices, table, 3));
            assertEquals(20, RwLockExample.writeAndRead(prices, table, 3, 20));
            assertTrue(RwLockExample.changeIfAlone(prices, table, 3, price -> price + 1));
            try (var _ = prices.acquireRead()) {
                assertFalse(NativeThread.start(() -> RwLockExample.changeIfAlone(prices, table, 3, price -> price + 1)).result());
            }
            assertEquals(21, RwLockExample.read(prices, table, 3));
        }
    }

    @Test
    void seqLock() {
        try (SyncRegion region = SyncRegion.anonymous(); FutexArray words = FutexArray.allocate(2, FutexArray.Spacing.PACKED)) {
            SeqLock position = region.seqLock("position");
            SeqLockExample.move(position, words, 3, 4);
            assertEquals(new SeqLockExample.Point(3, 4), SeqLockExample.where(position, words));
            assertEquals(new SeqLockExample.Point(3, 4), SeqLockExample.whereByHand(position, words));
        }
    }
}
