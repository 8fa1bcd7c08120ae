package org.latchwork.wait;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.latchwork.futex.Futex;
import org.latchwork.futex.FutexArray;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.FutexQueue;
import org.latchwork.testing.Running;
import org.latchwork.testing.ThreadKind;

/** One waiter more than an engine can have is refused, with the reason and the remedy; the others do not notice. */
@EngineTest
class EngineLimitTest {
    private final FutexArray array = FutexArray.memfd("limit", 1, FutexArray.Spacing.PACKED);

    @AfterEach
    void close() {
        array.close();
    }

    @Test
    void oneMoreIsRefusedByName() {
        List<CompletableFuture<WaitOutcome>> inside = new ArrayList<>();
        int limit = switch (Futex.waitEngine()) {
            case IO_URING -> 20_000; // none: so many that another engine would have refused
            case FUTEX_WAITV -> 10_000;
            case FUTEX -> 500;
        };
        for (int i = 0; i < limit; i++) {
            inside.add(array.awaitAsync(0, 0));
        }
        FutexQueue.awaitLength(limit, array, 0);
        switch (Futex.waitEngine()) {
            case IO_URING -> inside.add(array.awaitAsync(0, 0));
            case FUTEX_WAITV -> assertRefused("no more than 10000 words can be waited for on engine futex_waitv");
            case FUTEX -> assertRefused("no more than 500 waits can have a thread each, on engine futex");
        }
        FutexQueue.awaitLength(inside.size(), array, 0);
        array.set(0, 1);
        array.wakeAll(0);
        inside.forEach(future -> {
            WaitOutcome outcome = future.orTimeout(Conditions.HANG.toSeconds(), TimeUnit.SECONDS).join();
            assertEquals(true, outcome == WaitOutcome.WOKEN || outcome == WaitOutcome.VALUE_DIFFERS, outcome.toString());
        });

        // There is room again.
        Running<WaitOutcome> next = ThreadKind.VIRTUAL.start(() -> array.await(0, 1));
        FutexQueue.awaitLength(1, array, 0);
        array.wakeAll(0);
        assertEquals(WaitOutcome.WOKEN, next.result());
    }

    private void assertRefused(String reason) {
        String message = reason + "; an io_uring (Linux 6.7) has no such limit: see org.latchwork.wait.WaitEngine";
        assertEquals(message, assertThrows(RejectedExecutionException.class, () -> array.awaitAsync(0, 0)).getMessage());
        Throwable thrown = assertThrows(AssertionError.class, () -> ThreadKind.VIRTUAL.start(() -> array.await(0, 0)).result()).getCause();
        assertEquals(RejectedExecutionException.class, thrown.getClass());
        assertEquals(message, thrown.getMessage());
        // A platform thread needs no engine.
        assertEquals(WaitOutcome.TIMED_OUT, array.await(0, 0, 1, TimeUnit.MILLISECONDS));
    }

    /** Where wakes are counted, and there is no io_uring, each wait has a thread. */
    @Test
    void waitsThatCountWakesHaveTheirOwnLimit() {
        int limit = Futex.waitEngine() == WaitEngine.IO_URING ? 2_000 : 500;
        List<Running<WaitOutcome>> inside = new ArrayList<>();
        for (int i = 0; i < limit; i++) {
            inside.add(ThreadKind.VIRTUAL.start(this::awaitWake));
        }
        FutexQueue.awaitLength(limit, array, 0);
        if (Futex.waitEngine() != WaitEngine.IO_URING) {
            Throwable thrown = assertThrows(AssertionError.class, () -> ThreadKind.VIRTUAL.start(this::awaitWake).result()).getCause();
            assertEquals("no more than 500 waits can have a thread each, on engine " + Futex.waitEngine()
                    + "; an io_uring (Linux 6.7) has no such limit: see org.latchwork.wait.WaitEngine", thrown.getMessage());
        }
        assertEquals(limit, array.wakeAll(0));
        inside.forEach(waiter -> assertEquals(WaitOutcome.WOKEN, waiter.result()));
    }

    private WaitOutcome awaitWake() {
        return array.awaitWake(0, 0, Conditions.HANG.toSeconds(), TimeUnit.SECONDS);
    }

    /** As many as there may be, who all come back for the next wait at once: who is out does not count any more. */
    @Test
    void aFullHouseMayComeBackAtOnce() {
        int limit = Futex.waitEngine() == WaitEngine.FUTEX ? 500 : 2_000;
        int rounds = 20;
        List<Running<Integer>> waiters = new ArrayList<>();
        for (int i = 0; i < limit; i++) {
            waiters.add(ThreadKind.VIRTUAL.start(() -> {
                int value = 0;
                while (value < rounds) {
                    array.await(0, value, Deadline.NEVER, WaitPolicy.block());
                    value = array.get(0);
                }
                return value;
            }));
        }
        for (int i = 0; i < rounds; i++) {
            FutexQueue.awaitLength(limit, array, 0);
            array.set(0, i + 1);
            array.wakeAll(0);
        }
        waiters.forEach(waiter -> assertEquals(rounds, waiter.result()));
    }
}
