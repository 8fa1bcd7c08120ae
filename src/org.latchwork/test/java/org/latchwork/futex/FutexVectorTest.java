package org.latchwork.futex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.latchwork.LinuxException;
import org.latchwork.testing.Waiters;
import org.latchwork.wait.Deadline;
import org.latchwork.wait.WaitOutcome;

/** futex_waitv: 1 to 128 words, the index of the one that was woken, words of both kinds, and words that differ. */
class FutexVectorTest {
    static List<Futex> kinds() {
        return Memory.kinds();
    }

    private static FutexVector vector(Futex kind, MemorySegment words, int size) {
        FutexVector vector = new FutexVector(size);
        for (int i = 0; i < size; i++) {
            vector.set(i, kind, Memory.word(words, i), 0);
        }
        return vector;
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void theIndexOfTheWokenWordComesBack(Futex kind) {
        assertWokenIndex(kind, 30, 29);
        assertWokenIndex(kind, 30, 0);
        assertWokenIndex(kind, 30, 17);
        assertWokenIndex(kind, 1, 0);
        assertWokenIndex(kind, 128, 127);
    }

    private static void assertWokenIndex(Futex kind, int size, int index) {
        MemorySegment words = Memory.words(kind, size);
        FutexVector vector = vector(kind, words, size);
        Waiters<FutexVector.Result> waiter = Waiters.start(1, () -> Futex.waitv(vector, Memory.hang()));
        Waiters.awaitAsleep(1, vector.segment());
        assertEquals(1, kind.wake(Memory.word(words, index), Integer.MAX_VALUE));
        assertEquals(new FutexVector.Result(WaitOutcome.WOKEN, index), waiter.take());
        for (int i = 0; i < size; i++) {
            assertEquals(0, kind.wake(Memory.word(words, i), 1), "nobody is left on word " + i);
        }
    }

    @Test
    void everyWordHasItsOwnKind() {
        MemorySegment shared = Memory.word(Futex.SHARED);
        MemorySegment own = Memory.word(Futex.PRIVATE);
        FutexVector vector = new FutexVector(2).set(0, Futex.SHARED, shared, 0).set(1, Futex.PRIVATE, own, 0);
        for (int index = 0; index < 2; index++) {
            Waiters<FutexVector.Result> waiter = Waiters.start(1, () -> Futex.waitv(vector, Memory.hang()));
            Waiters.awaitAsleep(1, vector.segment());
            assertEquals(0, Futex.PRIVATE.wake(shared, 1) + Futex.SHARED.wake(own, 1), "the other kind");
            assertEquals(1, index == 0 ? Futex.SHARED.wake(shared, 1) : Futex.PRIVATE.wake(own, 1));
            assertEquals(new FutexVector.Result(WaitOutcome.WOKEN, index), waiter.take());
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void oneWordThatDiffersEndsTheWait(Futex kind) {
        MemorySegment words = Memory.words(kind, 30);
        FutexVector vector = vector(kind, words, 30).set(29, kind, Memory.word(words, 29), 0x80000000);
        assertEquals(new FutexVector.Result(WaitOutcome.VALUE_DIFFERS, -1), Futex.waitv(vector, Memory.hang()));
        for (int i = 0; i < 30; i++) {
            assertEquals(0, kind.wake(Memory.word(words, i), 1), "nobody is left on word " + i);
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void aDeadlineEndsTheWait(Futex kind) {
        FutexVector vector = vector(kind, Memory.words(kind, 3), 3);
        Deadline deadline = Deadline.after(Duration.ofMillis(5));
        assertEquals(new FutexVector.Result(WaitOutcome.TIMED_OUT, -1), Futex.waitv(vector, deadline));
        assertTrue(System.nanoTime() >= deadline.nanos());
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 129, Integer.MAX_VALUE})
    void sizesThatTheKernelDoesNotTakeAreRefused(int size) {
        IllegalArgumentException refusal = assertThrows(IllegalArgumentException.class, () -> new FutexVector(size));
        assertEquals("a futex vector has 1 to 128 words, not " + size, refusal.getMessage());
    }

    @Test
    void anEntryThatWasNeverSetIsRefusedByTheKernel() {
        FutexVector vector = new FutexVector(2).set(0, Futex.PRIVATE, Memory.word(Futex.PRIVATE), 0);
        assertEquals("EINVAL", assertThrows(LinuxException.class, () -> Futex.waitv(vector, Memory.hang())).errnoName());
        assertThrows(IndexOutOfBoundsException.class, () -> vector.set(2, Futex.PRIVATE, Memory.word(Futex.PRIVATE), 0));
        assertThrows(IndexOutOfBoundsException.class, () -> vector.set(-1, Futex.PRIVATE, Memory.word(Futex.PRIVATE), 0));
    }
}
