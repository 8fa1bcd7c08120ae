package org.latchwork.futex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.latchwork.LinuxException;
import org.latchwork.testing.Waiters;
import org.latchwork.wait.WaitOutcome;

/** Wakes among threads: exactly as many as asked for, then nobody; counts of 0 and less; bitsets; the two kinds never meet. */
class FutexWakeTest {
    static List<Futex> kinds() {
        return Memory.kinds();
    }

    private interface Wake {
        int wake(int count);
    }

    private static List<Wake> wakes(Futex kind, MemorySegment word) {
        FutexArray array = FutexArray.of(word, FutexArray.Spacing.PACKED, kind);
        return List.of(
                count -> kind.wake(word, count),
                count -> kind.wakeBitset(word, count, -1),
                count -> kind.wake2(word, count, -1),
                count -> array.wake(0, count));
    }

    private static Waiters<WaitOutcome> asleep(int count, Futex kind, MemorySegment word) {
        Waiters<WaitOutcome> waiters = Waiters.start(count, () -> kind.waitBitset(word, 0, Memory.hang(), -1));
        Waiters.awaitAsleep(count, word);
        return waiters;
    }

    private static void assertWoken(int count, Waiters<WaitOutcome> waiters) {
        assertEquals(Collections.nCopies(count, WaitOutcome.WOKEN), waiters.take(count));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void aWakeWakesExactlyAllWhoWaitAndThenNobody(Futex kind) {
        MemorySegment word = Memory.word(kind);
        for (int n = 1; n <= 10; n++) {
            Wake wake = wakes(kind, word).get(n % 4);
            Waiters<WaitOutcome> waiters = asleep(n, kind, word);
            assertEquals(n, wake.wake(n));
            assertWoken(n, waiters);
            assertEquals(0, wake.wake(n));
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void aWakeLeavesTheOthersAsleep(Futex kind) {
        MemorySegment word = Memory.word(kind);
        for (Wake wake : wakes(kind, word)) {
            Waiters<WaitOutcome> waiters = asleep(10, kind, word);
            assertEquals(1, wake.wake(1));
            assertWoken(1, waiters);
            Waiters.awaitAsleep(9, word);
            assertEquals(3, wake.wake(3));
            assertWoken(3, waiters);
            Waiters.awaitAsleep(6, word);
            assertEquals(6, wake.wake(Integer.MAX_VALUE));
            assertWoken(6, waiters);
            assertEquals(0, wake.wake(Integer.MAX_VALUE));
        }
    }

    /** The kernel's reading; {@link FutexArray#wake} has its own. */
    @ParameterizedTest
    @MethodSource("kinds")
    void aRawCountOfZeroOrLessWakesOne(Futex kind) {
        MemorySegment word = Memory.word(kind);
        Waiters<WaitOutcome> waiters = asleep(7, kind, word);
        assertEquals(1, kind.wake(word, 0));
        assertEquals(1, kind.wake(word, -1));
        assertEquals(1, kind.wake(word, Integer.MIN_VALUE));
        assertEquals(1, kind.wakeBitset(word, 0, -1));
        assertEquals(1, kind.wakeBitset(word, -1, -1));
        assertWoken(5, waiters);
        Waiters.awaitAsleep(2, word);
        assertEquals(0, kind.wake2(word, 0, -1), "futex2 takes 0 at its word");
        Waiters.awaitAsleep(2, word);
        assertEquals(1, kind.wake2(word, -1, -1));
        assertEquals(1, kind.wake2(word, Integer.MIN_VALUE, -1));
        assertWoken(2, waiters);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void anArraysCountIsTakenAtItsWord(Futex kind) {
        MemorySegment word = Memory.word(kind);
        FutexArray array = FutexArray.of(word, FutexArray.Spacing.PACKED, kind);
        Waiters<WaitOutcome> waiters = asleep(2, kind, word);
        assertEquals(0, array.wake(0, 0));
        IllegalArgumentException negative = assertThrows(IllegalArgumentException.class, () -> array.wake(0, -1));
        assertEquals("count -1 is negative", negative.getMessage());
        Waiters.awaitAsleep(2, word);
        assertEquals(0, waiters.ended());
        assertEquals(2, array.wakeAll(0));
        assertWoken(2, waiters);
        assertEquals(0, array.wakeAll(0));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void aBitsetChoosesWhoWakes(Futex kind) {
        MemorySegment word = Memory.word(kind);
        Waiters<WaitOutcome> one = Waiters.start(1, () -> kind.waitBitset(word, 0, Memory.hang(), 1));
        Waiters<WaitOutcome> two = Waiters.start(1, () -> kind.wait2(word, 0, Memory.hang(), 2));
        Waiters<WaitOutcome> four = Waiters.start(1, () -> kind.waitBitset(word, 0, Memory.hang(), 4));
        Waiters<WaitOutcome> high = Waiters.start(1, () -> kind.wait2(word, 0, Memory.hang(), 1 << 31));
        Waiters<WaitOutcome> any = Waiters.start(1, () -> kind.wait(word, 0, Memory.hangTimeout()));
        Waiters.awaitAsleep(5, word);
        assertEquals(2, kind.wakeBitset(word, Integer.MAX_VALUE, 2), "the bit's own waiter and the one that waits for any");
        assertWoken(1, two);
        assertWoken(1, any);
        assertEquals(0, kind.wakeBitset(word, Integer.MAX_VALUE, 2));
        assertEquals(0, kind.wake2(word, Integer.MAX_VALUE, 8));
        assertEquals(1, kind.wake2(word, Integer.MAX_VALUE, 1 << 31));
        assertWoken(1, high);
        Waiters.awaitAsleep(2, word);
        assertEquals(2, kind.wakeBitset(word, Integer.MAX_VALUE, 1 | 4));
        assertWoken(1, one);
        assertWoken(1, four);

        Waiters<WaitOutcome> plain = Waiters.start(1, () -> kind.waitBitset(word, 0, Memory.hang(), 16));
        Waiters.awaitAsleep(1, word);
        assertEquals(1, kind.wake(word, 1), "a plain wake matches every bitset");
        assertWoken(1, plain);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void anEmptyBitsetIsRefused(Futex kind) {
        MemorySegment word = Memory.word(kind);
        assertEinval(() -> kind.waitBitset(word, 0, Memory.hang(), 0));
        assertEinval(() -> kind.wakeBitset(word, 1, 0));
        assertEinval(() -> kind.wait2(word, 0, Memory.hang(), 0));
        assertEinval(() -> kind.wake2(word, 1, 0));
    }

    private static void assertEinval(Runnable call) {
        assertEquals("EINVAL", assertThrows(LinuxException.class, call::run).errnoName());
    }

    @Test
    void aWakeFindsOnlyWaitersOfItsOwnKind() {
        MemorySegment word = Memory.word(Futex.SHARED);
        Waiters<WaitOutcome> shared = asleep(1, Futex.SHARED, word);
        assertEquals(0, Futex.PRIVATE.wake(word, Integer.MAX_VALUE));
        assertEquals(0, Futex.PRIVATE.wake2(word, Integer.MAX_VALUE, -1));
        Waiters.awaitAsleep(1, word);
        assertEquals(1, Futex.SHARED.wake(word, Integer.MAX_VALUE));
        assertWoken(1, shared);

        Waiters<WaitOutcome> own = asleep(1, Futex.PRIVATE, word);
        assertEquals(0, Futex.SHARED.wake(word, Integer.MAX_VALUE));
        assertEquals(0, Futex.SHARED.wake2(word, Integer.MAX_VALUE, -1));
        Waiters.awaitAsleep(1, word);
        assertEquals(1, Futex.PRIVATE.wake(word, Integer.MAX_VALUE));
        assertWoken(1, own);
    }
}
