package org.latchwork.wait;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.latchwork.futex.Futex;
import org.latchwork.futex.FutexArray;
import org.latchwork.futex.FutexVector;
import org.latchwork.futex.FutexWait;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.FutexQueue;
import org.latchwork.testing.Running;
import org.latchwork.testing.ThreadKind;

/** Waiting for many words, of one array or of many, mapped and private, on both kinds of threads. */
@EngineTest
class AwaitAnyTest {
    private static final int[] SIZES = {1, 2, 126, 127, 128};

    private final List<FutexArray> arrays = new ArrayList<>();

    @AfterEach
    void close() {
        arrays.forEach(FutexArray::close);
    }

    /** Each word in an array of its own, every other one private. */
    private FutexWait[] words(int count) {
        FutexWait[] words = new FutexWait[count];
        for (int i = 0; i < count; i++) {
            FutexArray array = i % 2 == 0 ? FutexArray.memfd("any", 2, FutexArray.Spacing.PACKED)
                    : FutexArray.allocate(2, FutexArray.Spacing.CACHE_LINE);
            arrays.add(array);
            words[i] = new FutexWait(array, 1, 0);
        }
        return words;
    }

    private static void awaitQueued(FutexWait... words) {
        Conditions.await("all words are waited for", () -> Arrays.stream(words)
                .allMatch(word -> FutexQueue.length(word.array(), word.index()) == 1));
    }

    private static void awaitEmpty(FutexWait... words) {
        Conditions.await("nobody waits any more", () -> Arrays.stream(words)
                .allMatch(word -> FutexQueue.length(word.array(), word.index()) == 0));
    }

    private static void change(FutexWait word) {
        word.array().set(word.index(), 1);
        assertEquals(1, word.array().wake(word.index(), 1));
    }

    @ParameterizedTest
    @EnumSource
    void theIndexOfTheWokenWordComesBack(ThreadKind kind) {
        for (int size : SIZES) {
            FutexWait[] words = words(size);
            for (int woken : new int[] {0, size / 2, size - 1}) {
                Running<FutexVector.Result> waiter = kind.start(() -> Futex.awaitAny(words));
                awaitQueued(words);
                assertEquals(1, words[woken].array().wake(1, 1));
                assertEquals(new FutexVector.Result(WaitOutcome.WOKEN, woken), waiter.result(), () -> "of " + size);
                awaitEmpty(words);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aChangedWordIsFound(ThreadKind kind) {
        for (int size : SIZES) {
            FutexWait[] words = words(size);
            int last = size - 1;
            Running<FutexVector.Result> waiter = kind.start(() -> Futex.awaitAnyUninterruptibly(Deadline.NEVER, words));
            awaitQueued(words);
            change(words[last]);
            FutexVector.Result result = waiter.result();
            assertEquals(last, result.index());
            assertTrue(result.outcome() == WaitOutcome.WOKEN || result.outcome() == WaitOutcome.VALUE_DIFFERS, result.toString());
            // And now it differs from the start.
            assertEquals(new FutexVector.Result(WaitOutcome.VALUE_DIFFERS, last), kind.start(() -> Futex.awaitAny(words)).result());
        }
    }

    @ParameterizedTest
    @EnumSource
    void aWordMayBeNamedTwice(ThreadKind kind) {
        FutexWait word = words(1)[0];
        Running<FutexVector.Result> waiter = kind.start(() -> Futex.awaitAny(word, word, word));
        FutexQueue.awaitLength(3, word.array(), 1);
        word.array().set(1, 1);
        int woken = word.array().wakeAll(1);
        assertTrue(woken >= 1 && woken <= 3, "it stands in the queue as often as it is named: " + woken);
        FutexVector.Result result = waiter.result();
        assertTrue(result.index() >= 0 && result.index() < 3, result.toString());
        assertTrue(result.outcome() == WaitOutcome.WOKEN || result.outcome() == WaitOutcome.VALUE_DIFFERS, result.toString());
    }

    @ParameterizedTest
    @EnumSource
    void differentExpectationsOfOneWordEndAtOnce(ThreadKind kind) {
        FutexArray array = words(1)[0].array();
        FutexVector.Result result = kind.start(() -> Futex.awaitAny(new FutexWait(array, 0, 0), new FutexWait(array, 0, 7))).result();
        assertEquals(new FutexVector.Result(WaitOutcome.VALUE_DIFFERS, 1), result);
    }

    @ParameterizedTest
    @EnumSource
    void aTimeoutIsNeverEarlyAndLeavesNobodyBehind(ThreadKind kind) {
        for (int size : SIZES) {
            FutexWait[] words = words(size);
            assertEquals("TIMED_OUT -1 in time", kind.start(() -> {
                Deadline deadline = Deadline.after(20, TimeUnit.MILLISECONDS);
                FutexVector.Result result = Futex.awaitAny(deadline, words);
                return result.outcome() + " " + result.index() + (System.nanoTime() < deadline.nanos() ? " early" : " in time");
            }).result());
            assertEquals("TIMED_OUT in time", kind.start(() -> {
                Instant until = Instant.now().plusMillis(20);
                WaitOutcome outcome = Futex.awaitAnyUninterruptibly(Deadline.at(until), words).outcome();
                return outcome + (Instant.now().isBefore(until) ? " early" : " in time");
            }).result());
            awaitEmpty(words);
        }
    }

    @ParameterizedTest
    @EnumSource
    void anInterruptEndsIt(ThreadKind kind) {
        for (int size : SIZES) {
            FutexWait[] words = words(size);
            Running<String> waiter = kind.start(() -> Futex.awaitAny(words).outcome() + " " + Thread.currentThread().isInterrupted());
            awaitQueued(words);
            waiter.thread().interrupt();
            assertEquals("INTERRUPTED true", waiter.result());
            awaitEmpty(words);
        }
    }

    @Test
    void noWordsAndTooManyAreRefused() {
        FutexWait word = words(1)[0];
        FutexWait[] tooMany = new FutexWait[129];
        Arrays.fill(tooMany, word);
        for (FutexWait[] words : new FutexWait[][] {{}, tooMany}) {
            IllegalArgumentException refusal = assertThrows(IllegalArgumentException.class, () -> Futex.awaitAny(words));
            assertEquals("awaitAny takes 1 to 128 words, not " + words.length, refusal.getMessage());
        }
        assertThrows(IndexOutOfBoundsException.class, () -> new FutexWait(word.array(), 2, 0));
        assertThrows(NullPointerException.class, () -> new FutexWait(null, 0, 0));
    }

    @ParameterizedTest
    @EnumSource
    void aClosedArrayIsRefusedAndTheOthersAreLeft(ThreadKind kind) {
        FutexWait[] words = words(3);
        words[2].array().close();
        assertThrows(IllegalStateException.class, () -> {
            try {
                kind.start(() -> Futex.awaitAny(words)).result();
            } catch (AssertionError thrown) {
                throw thrown.getCause();
            }
        });
        words[0].array().close(); // would hang if the wait had not left it
        words[1].array().close();
    }
}
