package org.latchwork.wait;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.latchwork.futex.Futex;
import org.latchwork.futex.FutexArray;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.FutexQueue;
import org.latchwork.testing.Running;
import org.latchwork.testing.ThreadKind;

/** Arrays that come and go, some under their waiters, leave no mapping behind; {@code vm.max_map_count} allows 65,530. */
@EngineTest
class MapCloseTest {
    @Test
    void mappingsStayAsManyAsTheyAre() {
        mapAndClose(5_000);
    }

    @Tag("stress")
    @Test
    void mappingsStayAsManyAsTheyAreManyTimes() {
        mapAndClose(200_000);
    }

    private static void mapAndClose(int cycles) {
        mapAndCloseSome(0, 1_000);
        int before = Footprint.currentMappings();
        int most = 0;
        for (int done = 0; done < cycles; done += 1_000) {
            mapAndCloseSome(done, 1_000);
            most = Math.max(most, Footprint.currentMappings());
        }
        System.out.println(Futex.waitEngine() + ": " + cycles + " map/close cycles, mappings before " + before + ", at most " + most);
        assertTrue(most <= before + 100, "mappings before " + before + ", at most " + most);
    }

    private static void mapAndCloseSome(int from, int cycles) {
        int waitersEvery = EngineUnderTest.looksInSlices() ? 500 : 100;
        for (int i = from; i < from + cycles; i++) {
            FutexArray array = FutexArray.memfd("cycle", 1, FutexArray.Spacing.PACKED);
            array.set(0, i);
            if (i % waitersEvery == 0) {
                closeUnderWaiters(array, i);
            } else {
                array.close();
            }
        }
    }

    private static void closeUnderWaiters(FutexArray array, int value) {
        Running<WaitOutcome> platform = ThreadKind.PLATFORM.start(() -> array.await(0, value));
        Running<WaitOutcome> virtual = ThreadKind.VIRTUAL.start(() -> array.await(0, value));
        CompletableFuture<WaitOutcome> future = array.awaitAsync(0, value);
        FutexQueue.awaitLength(3, array, 0);
        array.close();
        assertEquals(WaitOutcome.CLOSED, platform.result());
        assertEquals(WaitOutcome.CLOSED, virtual.result());
        assertEquals(WaitOutcome.CLOSED, future.orTimeout(Conditions.HANG.toSeconds(), TimeUnit.SECONDS).join());
    }
}
