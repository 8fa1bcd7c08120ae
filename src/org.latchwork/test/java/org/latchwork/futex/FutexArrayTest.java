package org.latchwork.futex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.latchwork.futex.FutexArray.Spacing;

/** Words of a futex array: where they lie, their bounds, and what each access mode reads and writes. */
class FutexArrayTest {
    private static final int LENGTH = 16;

    @ParameterizedTest
    @EnumSource
    void wordsLieSpacedAndDoNotTouchEachOther(Spacing spacing) {
        assertEquals(spacing == Spacing.PACKED ? 4 : 64, spacing.bytes());
        try (FutexArray array = FutexArray.allocate(LENGTH, spacing)) {
            assertEquals(LENGTH, array.length());
            assertEquals(0, array.word(0).address() % spacing.bytes(), "words begin on a boundary of their own size");
            for (int i = 0; i < LENGTH; i++) {
                assertEquals(0, array.get(i), "all zero");
                assertEquals(array.word(0).address() + (long) i * spacing.bytes(), array.word(i).address());
                assertEquals(4, array.word(i).byteSize());
                array.set(i, ~i);
            }
            for (int i = 0; i < LENGTH; i++) {
                assertEquals(~i, array.word(i).get(ValueLayout.JAVA_INT, 0), "native byte order, in its own place");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, LENGTH, Integer.MIN_VALUE, Integer.MAX_VALUE})
    void everyOperationChecksItsIndex(int index) {
        try (FutexArray array = FutexArray.allocate(LENGTH, Spacing.PACKED)) {
            operations().forEach((name, operation) ->
                    assertThrows(IndexOutOfBoundsException.class, () -> operation.accept(array, index), name));
            assertThrows(IndexOutOfBoundsException.class, () -> array.requeue(0, 0, 1, 1, index), "requeue's target");
        }
    }

    @Test
    void everyOperationIsRefusedAfterClose() {
        FutexArray array = FutexArray.allocate(LENGTH, Spacing.PACKED);
        FutexArray shared = FutexArray.memfd("closed", LENGTH, Spacing.PACKED);
        array.close();
        shared.close();
        Map<String, BiConsumer<FutexArray, Integer>> operations = operations();
        operations.forEach((name, operation) -> {
            assertThrows(IllegalStateException.class, () -> operation.accept(array, 0), name);
            assertThrows(IllegalStateException.class, () -> operation.accept(shared, 0), name);
        });
        array.close(); // again: nothing
        shared.close();
    }

    /** All that take an index. */
    private static Map<String, BiConsumer<FutexArray, Integer>> operations() {
        return Map.ofEntries(
                Map.entry("getPlain", FutexArray::getPlain),
                Map.entry("setPlain", (array, i) -> array.setPlain(i, 1)),
                Map.entry("getOpaque", FutexArray::getOpaque),
                Map.entry("getAcquire", FutexArray::getAcquire),
                Map.entry("setRelease", (array, i) -> array.setRelease(i, 1)),
                Map.entry("get", FutexArray::get),
                Map.entry("set", (array, i) -> array.set(i, 1)),
                Map.entry("compareAndSet", (array, i) -> array.compareAndSet(i, 0, 1)),
                Map.entry("compareAndExchange", (array, i) -> array.compareAndExchange(i, 0, 1)),
                Map.entry("getAndAdd", (array, i) -> array.getAndAdd(i, 1)),
                Map.entry("getAndIncrement", FutexArray::getAndIncrement),
                Map.entry("getAndDecrement", FutexArray::getAndDecrement),
                Map.entry("incrementAndGet", FutexArray::incrementAndGet),
                Map.entry("decrementAndGet", FutexArray::decrementAndGet),
                Map.entry("getAndSet", (array, i) -> array.getAndSet(i, 1)),
                Map.entry("await", (array, i) -> array.await(i, 1)),
                Map.entry("await until", (array, i) -> array.await(i, 1, Memory.hang())),
                Map.entry("wake", (array, i) -> array.wake(i, 1)),
                Map.entry("wake none", (array, i) -> array.wake(i, 0)),
                Map.entry("wakeAll", FutexArray::wakeAll),
                Map.entry("requeue", (array, i) -> array.requeue(i, 0, 1, 1, 0)));
    }

    @Test
    void everyAccessModeReadsWhatEveryOtherWrote() {
        try (FutexArray array = FutexArray.allocate(3, Spacing.CACHE_LINE)) {
            List<BiConsumer<Integer, Integer>> setters = List.of(array::setPlain, array::setRelease, array::set, array::getAndSet);
            for (BiConsumer<Integer, Integer> setter : setters) {
                for (int value : new int[] {0, 1, -1, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
                    setter.accept(1, value);
                    List<Supplier<Integer>> getters = List.of(() -> array.getPlain(1), () -> array.getOpaque(1), () -> array.getAcquire(1),
                            () -> array.get(1), () -> array.getAndAdd(1, 0), () -> array.compareAndExchange(1, 5, 6));
                    getters.forEach(getter -> assertEquals(value, getter.get()));
                    assertEquals(0, array.get(0));
                    assertEquals(0, array.get(2));
                }
            }
        }
    }

    @Test
    void readModifyWriteAnswersAsAtomicIntegerArrayDoes() {
        try (FutexArray array = FutexArray.allocate(1, Spacing.PACKED)) {
            assertTrue(array.compareAndSet(0, 0, 5));
            assertFalse(array.compareAndSet(0, 0, 6));
            assertEquals(5, array.get(0));
            assertEquals(5, array.compareAndExchange(0, 4, 7));
            assertEquals(5, array.compareAndExchange(0, 5, 7));
            assertEquals(7, array.getAndAdd(0, 10));
            assertEquals(17, array.getAndSet(0, 20));
            assertEquals(20, array.getAndIncrement(0));
            assertEquals(22, array.incrementAndGet(0));
            assertEquals(22, array.getAndDecrement(0));
            assertEquals(20, array.decrementAndGet(0));
            array.set(0, Integer.MAX_VALUE);
            assertEquals(Integer.MIN_VALUE, array.incrementAndGet(0), "wraps around");
            assertEquals(Integer.MAX_VALUE, array.decrementAndGet(0));
        }
    }

    @Test
    void ofTakesAsManyWordsAsFitAndLeavesTheMemoryAlone() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(131, 64);
            FutexArray packed = FutexArray.of(memory, Spacing.PACKED, Futex.PRIVATE);
            FutexArray spaced = FutexArray.of(memory, Spacing.CACHE_LINE, Futex.SHARED);
            assertEquals(32, packed.length());
            assertEquals(2, spaced.length());
            packed.set(16, 42);
            assertEquals(42, spaced.get(1));
            packed.close();
            assertEquals(42, memory.get(ValueLayout.JAVA_INT, 64));
            assertSame(Futex.PRIVATE, packed.kind());
            assertSame(Futex.SHARED, spaced.kind());
        }
    }

    @Test
    void memoryThatCannotHoldFutexesIsRefused() {
        IllegalArgumentException heap = assertThrows(IllegalArgumentException.class,
                () -> FutexArray.of(MemorySegment.ofArray(new int[4]), Spacing.PACKED, Futex.PRIVATE));
        assertTrue(heap.getMessage().startsWith("futex words must lie in native memory; this is heap memory: "), heap.getMessage());
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(64, 64);
            IntStream.range(1, 4).forEach(offset -> assertThrows(IllegalArgumentException.class,
                    () -> FutexArray.of(memory.asSlice(offset), Spacing.PACKED, Futex.PRIVATE), "not aligned"));
            IllegalArgumentException tooSmall = assertThrows(IllegalArgumentException.class,
                    () -> FutexArray.of(memory.asSlice(0, 60), Spacing.CACHE_LINE, Futex.PRIVATE));
            assertEquals("a futex array has 1 word or more, not 0", tooSmall.getMessage());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
    void anArrayHasAWordOrMore(int length) {
        String message = "a futex array has 1 word or more, not " + length;
        assertEquals(message,
                assertThrows(IllegalArgumentException.class, () -> FutexArray.allocate(length, Spacing.PACKED)).getMessage());
        assertEquals(message,
                assertThrows(IllegalArgumentException.class, () -> FutexArray.memfd("x", length, Spacing.PACKED)).getMessage());
    }
}
