package org.latchwork.wait;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.latchwork.file.MappedFile;
import org.latchwork.file.SharedFile;
import org.latchwork.futex.Futex;
import org.latchwork.futex.FutexArray;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.FutexQueue;
import org.latchwork.testing.Running;
import org.latchwork.testing.StressTime;
import org.latchwork.testing.ThreadKind;

/**
 * A wake against whatever else ends a wait, at the same moment. Nobody changes the word, so there is nothing but the wake itself to go by:
 * every wake that the kernel counted has to come out as one waiter's WOKEN, and no WOKEN may come from nowhere.
 */
@EngineTest
class RaceTest {
    /** As far as the time goes: where waits look in slices, a round takes tens of milliseconds. */
    private static final int MANY = 100_000;

    /** Where a thread notices its interrupt or its closing at the end of a slice of 20 ms only, a round takes that long. */
    private static int rounds(boolean sliced) {
        return sliced && EngineUnderTest.looksInSlices() ? 30 : 500;
    }

    @ParameterizedTest
    @EnumSource
    void timeoutAgainstWake(ThreadKind kind) {
        timeoutAgainstWake(kind, rounds(false), StressTime.endless());
    }

    @Tag("stress")
    @ParameterizedTest
    @EnumSource
    void timeoutAgainstWakeManyTimes(ThreadKind kind) {
        timeoutAgainstWake(kind, MANY, StressTime.start());
    }

    private static void timeoutAgainstWake(ThreadKind kind, int rounds, StressTime time) {
        try (FutexArray array = FutexArray.memfd("race", 1, FutexArray.Spacing.PACKED)) {
            Race race = new Race(false);
            AtomicLong deadline = new AtomicLong();
            try (Stage stage = new Stage(kind, () -> {
                // A wait and a look at the clock, of which the one that comes first is the waker's aim.
                deadline.set(System.nanoTime() + 60_000);
                return array.awaitWake(0, 0, 60_000, TimeUnit.NANOSECONDS);
            })) {
                for (int i = 0; i < rounds && !time.isOver(); i++) {
                    deadline.set(0);
                    stage.begin();
                    while (deadline.get() == 0) {
                        Thread.onSpinWait();
                    }
                    race.collideAt(deadline.get(), () -> array.wake(0, 1));
                    race.ended(stage.end());
                }
            }
            assertFair("timeout", kind, race, WaitOutcome.TIMED_OUT);
        }
    }

    @ParameterizedTest
    @EnumSource
    void interruptAgainstWake(ThreadKind kind) {
        interruptAgainstWake(kind, rounds(true), StressTime.endless());
    }

    @Tag("stress")
    @ParameterizedTest
    @EnumSource
    void interruptAgainstWakeManyTimes(ThreadKind kind) {
        interruptAgainstWake(kind, MANY, StressTime.start());
    }

    private static void interruptAgainstWake(ThreadKind kind, int rounds, StressTime time) {
        try (FutexArray array = FutexArray.memfd("race", 1, FutexArray.Spacing.PACKED)) {
            Race race = new Race(EngineUnderTest.looksInSlices());
            try (Stage stage = new Stage(kind, () -> {
                Thread.interrupted(); // the one of the last round, which lost
                return array.awaitWake(0, 0, Conditions.HANG.toSeconds(), TimeUnit.SECONDS);
            })) {
                for (int i = 0; i < rounds && !time.isOver(); i++) {
                    stage.begin();
                    awaitQueued(array, 0, 1);
                    race.collide(() -> {
                        long now = System.nanoTime();
                        stage.thread().interrupt();
                        return now;
                    }, () -> array.wake(0, 1));
                    race.ended(stage.end());
                }
            }
            assertFair("interrupt", kind, race, WaitOutcome.INTERRUPTED);
        }
    }

    @ParameterizedTest
    @EnumSource
    void closeAgainstWake(ThreadKind kind) {
        closeAgainstWake(kind, rounds(true), StressTime.endless());
    }

    @Tag("stress")
    @ParameterizedTest
    @EnumSource
    void closeAgainstWakeManyTimes(ThreadKind kind) {
        closeAgainstWake(kind, MANY, StressTime.start());
    }

    /** The arrays lie over memory of the test's own, so that the waker can still reach the word while an array closes. */
    private static void closeAgainstWake(ThreadKind kind, int rounds, StressTime time) {
        try (MappedFile memory = SharedFile.memfd("race", 4096).map(4096);
                ExecutorService closer = Executors.newSingleThreadExecutor()) {
            Race race = new Race(EngineUnderTest.looksInSlices());
            FutexArray[] array = new FutexArray[1];
            Supplier<FutexArray> fresh = () -> FutexArray.of(memory.segment(), FutexArray.Spacing.PACKED, Futex.SHARED);
            try (Stage stage = new Stage(kind, () -> array[0].awaitWake(0, 0, Conditions.HANG.toSeconds(), TimeUnit.SECONDS))) {
                for (int i = 0; i < rounds && !time.isOver(); i++) {
                    FutexArray closing = fresh.get();
                    array[0] = closing; // read after begin()
                    stage.begin();
                    awaitQueued(closing, 0, 1);
                    race.collide(() -> {
                        long now = System.nanoTime();
                        closer.execute(closing::close);
                        return now;
                    }, () -> Futex.SHARED.wake(memory.segment(), 1));
                    race.ended(stage.end());
                }
            }
            assertFair("close", kind, race, WaitOutcome.CLOSED);
        }
    }

    @Test
    void cancelAgainstWake() {
        cancelAgainstWake(rounds(true), StressTime.endless());
    }

    @Tag("stress")
    @Test
    void cancelAgainstWakeManyTimes() {
        cancelAgainstWake(MANY, StressTime.start());
    }

    /**
     * A second waiter stands behind the future: if the future is cancelled after all, the wake is his, whether the kernel gave it to him or
     * the future's wait has passed it on. Nobody wakes him else, so a wake that is lost hangs the test. As every waker should, this one
     * changes the word first.
     */
    private static void cancelAgainstWake(int rounds, StressTime time) {
        // A word for each round: what a round passes on late must not end a wait of the next one.
        int words = 4096;
        try (FutexArray array = FutexArray.memfd("race", words, FutexArray.Spacing.PACKED)) {
            Race race = new Race(EngineUnderTest.looksInSlices());
            AtomicInteger word = new AtomicInteger();
            try (Stage behind = new Stage(ThreadKind.PLATFORM,
                    () -> array.awaitWake(word.get(), array.get(word.get()), Conditions.HANG.toSeconds(), TimeUnit.SECONDS))) {
                for (int i = 0; i < rounds && !time.isOver(); i++) {
                    int index = i % words;
                    int value = array.get(index);
                    CompletableFuture<WaitOutcome> future = array.awaitAsync(index, value);
                    awaitQueued(array, index, 1);
                    word.set(index);
                    behind.begin();
                    awaitQueued(array, index, 2);
                    race.collide(() -> {
                        long now = System.nanoTime();
                        future.cancel(false);
                        return now;
                    }, () -> {
                        array.set(index, value + 1);
                        return array.wake(index, 1);
                    });
                    boolean told = outcome(future) != null;
                    if (told) {
                        array.wake(index, 1); // the first wake is the future's, whatever it was told
                    }
                    WaitOutcome his = behind.end();
                    // An engine that is just arming the future anew can be counted for both; then he has come late, and has seen the change.
                    assertTrue(his == WaitOutcome.WOKEN || his == WaitOutcome.VALUE_DIFFERS, () -> "the second waiter's wait ended " + his);
                    // INTERRUPTED stands for a cancelled future, which has no outcome.
                    race.ended(told ? WaitOutcome.WOKEN : WaitOutcome.INTERRUPTED);
                }
            }
            System.out.println("cancel against wake, " + Futex.waitEngine() + ": " + race);
            assertTrue(race.count(WaitOutcome.WOKEN) > 0 && race.count(WaitOutcome.INTERRUPTED) > 0, () -> "they never collided: " + race);
        }
    }

    private static WaitOutcome outcome(CompletableFuture<WaitOutcome> future) {
        try {
            return future.orTimeout(Conditions.HANG.toSeconds(), TimeUnit.SECONDS).join();
        } catch (CancellationException cancelled) {
            return null;
        } catch (CompletionException hung) {
            throw new AssertionError(hung.getCause());
        }
    }

    /** Without the millisecond's pause of {@link Conditions}, which a round of some 50 µs would mostly consist of. */
    private static void awaitQueued(FutexArray array, int index, int length) {
        long hang = System.nanoTime() + Conditions.HANG.toNanos();
        while (FutexQueue.length(array, index) != length) {
            assertTrue(System.nanoTime() < hang, () -> "not " + length + " waiters, but " + FutexQueue.length(array, index));
            Thread.yield();
        }
    }

    private static void assertFair(String what, Object who, Race race, WaitOutcome other) {
        System.out.println(what + " against wake, " + who + ", " + Futex.waitEngine() + ": " + race);
        assertEquals(race.wakes(), race.count(WaitOutcome.WOKEN), "wakes in, wakes out");
        assertTrue(race.count(WaitOutcome.WOKEN) > 0 && race.count(other) > 0, () -> "they never collided: " + race);
    }

    /** One waiter, one wait after the other, each when it is told to. */
    private static final class Stage implements AutoCloseable {
        private final Running<Integer> running;
        private volatile int begun; // written by the test's thread alone
        private volatile int ended;
        private volatile WaitOutcome outcome;

        Stage(ThreadKind kind, Supplier<WaitOutcome> wait) {
            this.running = kind.start(() -> perform(wait));
        }

        private int perform(Supplier<WaitOutcome> wait) {
            for (int round = 1;; round++) {
                while (begun < round) {
                    if (begun < 0) {
                        return round;
                    }
                    Thread.yield();
                }
                outcome = wait.get();
                ended = round;
            }
        }

        Thread thread() {
            return running.thread();
        }

        void begin() {
            begun = begun + 1;
        }

        WaitOutcome end() {
            long hang = System.nanoTime() + Conditions.HANG.toNanos();
            while (ended < begun) {
                if (running.isDone()) {
                    running.result(); // throws what it threw
                }
                assertTrue(System.nanoTime() < hang, "the wait does not end: a wake was lost");
                Thread.yield();
            }
            return outcome;
        }

        @Override
        public void close() {
            begun = -1;
            running.result();
        }
    }
}
