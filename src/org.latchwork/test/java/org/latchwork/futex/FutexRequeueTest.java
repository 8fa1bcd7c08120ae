package org.latchwork.futex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.latchwork.LinuxException;
import org.latchwork.testing.Waiters;
import org.latchwork.wait.WaitOutcome;

/** Requeueing: who is woken, who is moved, what is counted; EINVAL for negative counts, EAGAIN for a word that differs. */
class FutexRequeueTest {
    private static final int VALUE = 7;

    static List<Futex> kinds() {
        return Memory.kinds();
    }

    /** Waiters, wake, requeue. */
    static List<Arguments> counts() {
        List<Arguments> counts = new ArrayList<>();
        for (Operation operation : Operation.values()) {
            for (Futex kind : Memory.kinds()) {
                counts.add(Arguments.of(operation, kind, 10, 3, 7));
                counts.add(Arguments.of(operation, kind, 10, 0, 10));
                counts.add(Arguments.of(operation, kind, 10, 2, 3));
                counts.add(Arguments.of(operation, kind, 10, 0, 0));
                counts.add(Arguments.of(operation, kind, 100, 50, 50));
            }
            counts.add(Arguments.of(operation, Futex.SHARED, 1000, 100, 900));
        }
        return counts;
    }

    enum Operation {
        REQUEUE {
            @Override
            int requeue(Futex kind, MemorySegment words, int expected, int wake, int requeue) {
                return kind.requeue(from(words), wake, requeue, to(words));
            }
        },
        CMP_REQUEUE {
            @Override
            int requeue(Futex kind, MemorySegment words, int expected, int wake, int requeue) {
                return kind.cmpRequeue(from(words), expected, wake, requeue, to(words));
            }
        },
        FUTEX2 {
            @Override
            int requeue(Futex kind, MemorySegment words, int expected, int wake, int requeue) {
                FutexVector vector = new FutexVector(2).set(0, kind, from(words), expected).set(1, kind, to(words), 0);
                return Futex.requeue2(vector, wake, requeue);
            }
        },
        ARRAY {
            @Override
            int requeue(Futex kind, MemorySegment words, int expected, int wake, int requeue) {
                return FutexArray.of(words, FutexArray.Spacing.PACKED, kind).requeue(0, expected, wake, requeue, 1);
            }
        };

        abstract int requeue(Futex kind, MemorySegment words, int expected, int wake, int requeue);
    }

    private static MemorySegment from(MemorySegment words) {
        return Memory.word(words, 0);
    }

    private static MemorySegment to(MemorySegment words) {
        return Memory.word(words, 1);
    }

    private static MemorySegment words(Futex kind) {
        MemorySegment words = Memory.words(kind, 2);
        words.set(ValueLayout.JAVA_INT, 0, VALUE);
        return words;
    }

    @ParameterizedTest
    @MethodSource("counts")
    void someWakeAndOthersMove(Operation operation, Futex kind, int count, int wake, int requeue) {
        MemorySegment words = words(kind);
        Waiters<WaitOutcome> waiters = Waiters.start(count, () -> kind.waitBitset(from(words), VALUE, Memory.hang(), -1));
        Waiters.awaitAsleep(count, from(words));
        assertEquals(wake + requeue, operation.requeue(kind, words, VALUE, wake, requeue), "woken and moved, taken together");
        assertEquals(Collections.nCopies(wake, WaitOutcome.WOKEN), waiters.take(wake));
        Waiters.awaitAsleep(count - wake, from(words)); // the moved ones sleep on, still in the call they made
        assertEquals(0, waiters.ended());
        assertEquals(count - wake - requeue, kind.wake(from(words), Integer.MAX_VALUE), "left on the first word");
        assertEquals(requeue, kind.wake(to(words), Integer.MAX_VALUE), "moved to the second word");
        assertEquals(Collections.nCopies(count - wake, WaitOutcome.WOKEN), waiters.take(count - wake));
        assertEquals(0, kind.wake(from(words), 1) + kind.wake(to(words), 1));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void negativeCountsAreRefused(Futex kind) {
        MemorySegment words = words(kind);
        for (Operation operation : Operation.values()) {
            for (int[] counts : new int[][] {{-1, 0}, {0, -1}, {Integer.MIN_VALUE, 1}}) {
                RuntimeException refusal =
                        assertThrows(RuntimeException.class, () -> operation.requeue(kind, words, VALUE, counts[0], counts[1]));
                assertEquals(operation == Operation.ARRAY ? "count " + Math.min(counts[0], counts[1]) + " is negative" : "EINVAL",
                        refusal instanceof LinuxException failure ? failure.errnoName() : refusal.getMessage());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void aWordThatDiffersMovesNobody(Futex kind) {
        MemorySegment words = words(kind);
        Waiters<WaitOutcome> waiters = Waiters.start(2, () -> kind.wait(from(words), VALUE, Memory.hangTimeout()));
        Waiters.awaitAsleep(2, from(words));
        for (Operation operation : List.of(Operation.CMP_REQUEUE, Operation.FUTEX2)) {
            LinuxException differs = assertThrows(LinuxException.class, () -> operation.requeue(kind, words, VALUE + 1, 1, 1));
            assertEquals("EAGAIN", differs.errnoName());
        }
        assertEquals(-1, Operation.ARRAY.requeue(kind, words, VALUE + 1, 1, 1));
        assertEquals(0, kind.wake(to(words), Integer.MAX_VALUE));
        assertEquals(2, kind.wake(from(words), Integer.MAX_VALUE));
        assertEquals(List.of(WaitOutcome.WOKEN, WaitOutcome.WOKEN), waiters.take(2));
    }

    @Test
    void futex2RefusesWordsOfDifferentKinds() {
        MemorySegment words = words(Futex.SHARED);
        FutexVector vector = new FutexVector(2).set(0, Futex.SHARED, from(words), VALUE).set(1, Futex.PRIVATE, to(words), 0);
        assertEquals("EINVAL", assertThrows(LinuxException.class, () -> Futex.requeue2(vector, 0, 1)).errnoName());
    }

    @Test
    void futex2TakesTwoWords() {
        FutexVector three = new FutexVector(3);
        IllegalArgumentException refusal = assertThrows(IllegalArgumentException.class, () -> Futex.requeue2(three, 1, 1));
        assertEquals("futex_requeue takes 2 words (from, to), not 3", refusal.getMessage());
    }
}
