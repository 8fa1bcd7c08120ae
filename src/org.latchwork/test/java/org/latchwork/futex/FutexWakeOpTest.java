package org.latchwork.futex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.function.IntBinaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.latchwork.futex.FutexWakeOp.Change;
import org.latchwork.futex.FutexWakeOp.Comparison;
import org.latchwork.testing.Waiters;
import org.latchwork.wait.WaitOutcome;

/** WAKE_OP: every change and comparison as the kernel does them, the encoding's ranges, and who is woken. */
class FutexWakeOpTest {
    private static final int[] EDGES = {Integer.MIN_VALUE, -2048, -1, 0, 1, 5, 2047, 1 << 20, Integer.MAX_VALUE};

    static List<Futex> kinds() {
        return Memory.kinds();
    }

    private static int apply(Change change, int old, int operand) {
        IntBinaryOperator operator = switch (change) {
            case SET -> (a, b) -> b;
            case ADD -> Integer::sum;
            case OR -> (a, b) -> a | b;
            case ANDN -> (a, b) -> a & ~b;
            case XOR -> (a, b) -> a ^ b;
        };
        return operator.applyAsInt(old, operand);
    }

    private static boolean holds(Comparison comparison, int old, int argument) {
        return switch (comparison) {
            case EQ -> old == argument;
            case NE -> old != argument;
            case LT -> old < argument;
            case LE -> old <= argument;
            case GT -> old > argument;
            case GE -> old >= argument;
        };
    }

    @ParameterizedTest
    @EnumSource
    void everyChangeChangesTheWord(Change change) {
        MemorySegment words = Memory.words(Futex.PRIVATE, 2);
        for (int old : EDGES) {
            for (int operand : new int[] {-2048, -1, 0, 1, 6, 2047}) {
                assertEquals(apply(change, old, operand), changed(words, old, new FutexWakeOp(change, operand, false, Comparison.EQ, 0)));
            }
            for (int shift : new int[] {0, 1, 11, 12, 30, 31}) {
                assertEquals(apply(change, old, 1 << shift), changed(words, old, new FutexWakeOp(change, shift, true, Comparison.EQ, 0)));
            }
        }
    }

    private static int changed(MemorySegment words, int old, FutexWakeOp op) {
        words.set(ValueLayout.JAVA_INT, 4, old);
        assertEquals(0, Futex.PRIVATE.wakeOp(Memory.word(words, 0), 1, Memory.word(words, 1), 1, op));
        assertEquals(0, words.get(ValueLayout.JAVA_INT, 0), "the first word stays");
        return words.get(ValueLayout.JAVA_INT, 4);
    }

    /** The second word's one waiter wakes if the comparison holds for the old value, signed; the change happens either way. */
    @ParameterizedTest
    @EnumSource
    void everyComparisonDecidesWhetherTheSecondWordWakes(Comparison comparison) {
        MemorySegment words = Memory.words(Futex.PRIVATE, 2);
        MemorySegment second = Memory.word(words, 1);
        for (int[] pair : new int[][] {{-1, 1}, {1, -1}, {5, 5}, {-2048, -2048}, {2047, 2046}, {Integer.MIN_VALUE, 2047}}) {
            int old = pair[0];
            second.set(ValueLayout.JAVA_INT, 0, old);
            Waiters<WaitOutcome> waiter = Waiters.start(1, () -> Futex.PRIVATE.wait(second, old, Memory.hangTimeout()));
            Waiters.awaitAsleep(1, second);
            FutexWakeOp op = new FutexWakeOp(Change.ADD, 1, false, comparison, pair[1]);
            boolean holds = holds(comparison, old, pair[1]);
            assertEquals(holds ? 1 : 0, Futex.PRIVATE.wakeOp(Memory.word(words, 0), 1, second, 1, op), old + " " + op);
            assertEquals(old + 1, second.get(ValueLayout.JAVA_INT, 0));
            assertEquals(holds ? 0 : 1, Futex.PRIVATE.wake(second, 1));
            assertEquals(WaitOutcome.WOKEN, waiter.take());
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void bothWordsHaveCountsOfTheirOwn(Futex kind) {
        MemorySegment words = Memory.words(kind, 2);
        MemorySegment first = Memory.word(words, 0);
        MemorySegment second = Memory.word(words, 1);
        Waiters<WaitOutcome> onFirst = Waiters.start(3, () -> kind.wait(first, 0, Memory.hangTimeout()));
        Waiters<WaitOutcome> onSecond = Waiters.start(4, () -> kind.wait(second, 0, Memory.hangTimeout()));
        Waiters.awaitAsleep(3, first);
        Waiters.awaitAsleep(4, second);
        FutexWakeOp op = new FutexWakeOp(Change.SET, 0, false, Comparison.EQ, 0);
        assertEquals(2 + 3, kind.wakeOp(first, 2, second, 3, op));
        onFirst.take(2);
        onSecond.take(3);
        Waiters.awaitAsleep(1, first);
        Waiters.awaitAsleep(1, second);
        assertEquals(2, kind.wakeOp(first, Integer.MAX_VALUE, second, Integer.MAX_VALUE, op));
        onFirst.take();
        onSecond.take();
    }

    @Test
    void theEncodingIsTheHeaders() {
        // FUTEX_OP(op, oparg, cmp, cmparg) of linux/futex.h
        assertEquals(0x1501_7fff, new FutexWakeOp(Change.ADD, 0x017, false, Comparison.GE, -1).encoded());
        assertEquals(0xc301_f800, new FutexWakeOp(Change.XOR, 31, true, Comparison.LE, -2048).encoded());
        assertEquals(0, new FutexWakeOp(Change.SET, 0, false, Comparison.EQ, 0).encoded());
    }

    @Test
    void whatTheKernelWouldCutOffIsRefused() {
        assertRefused("operand 2048 is outside -2048 to 2047", 2048, false, 0);
        assertRefused("operand -2049 is outside -2048 to 2047", -2049, false, 0);
        assertRefused("operand 32 is outside 0 to 31", 32, true, 0);
        assertRefused("operand -1 is outside 0 to 31", -1, true, 0);
        assertRefused("argument 2048 is outside -2048 to 2047", 0, false, 2048);
        assertRefused("argument -2049 is outside -2048 to 2047", 0, false, -2049);
        assertThrows(NullPointerException.class, () -> new FutexWakeOp(null, 0, false, Comparison.EQ, 0));
        assertThrows(NullPointerException.class, () -> new FutexWakeOp(Change.SET, 0, false, null, 0));
    }

    private static void assertRefused(String message, int operand, boolean shifted, int argument) {
        assertEquals(message, assertThrows(IllegalArgumentException.class,
                () -> new FutexWakeOp(Change.SET, operand, shifted, Comparison.EQ, argument)).getMessage());
    }
}
