package org.latchwork.wait;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.latchwork.futex.FutexArray;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.FutexQueue;
import org.latchwork.testing.Running;
import org.latchwork.testing.ThreadKind;

/** How long a wait looks before it blocks. */
@EngineTest
class WaitPolicyTest {
    private final FutexArray array = FutexArray.memfd("policy", 1, FutexArray.Spacing.PACKED);

    @AfterEach
    void close() {
        array.close();
    }

    @Test
    void theyTellWhatTheyDo() {
        assertEquals(0, WaitPolicy.block().spinNanos());
        assertEquals(Long.MAX_VALUE, WaitPolicy.spin().spinNanos());
        assertEquals(5_000, WaitPolicy.spinThenBlock(Duration.ofNanos(5_000)).spinNanos());
        assertEquals(0, WaitPolicy.spinThenBlock(Duration.ZERO).spinNanos());
        assertEquals(Long.MAX_VALUE, WaitPolicy.spinThenBlock(Duration.ofDays(1_000_000)).spinNanos());
        assertEquals("block spin adaptive", WaitPolicy.block() + " " + WaitPolicy.spin() + " " + WaitPolicy.adaptive());
        assertEquals("spin PT0.001S, then block", WaitPolicy.spinThenBlock(Duration.ofMillis(1)).toString());
        IllegalArgumentException negative = assertThrows(IllegalArgumentException.class,
                () -> WaitPolicy.spinThenBlock(Duration.ofNanos(-1)));
        assertEquals("spin PT-0.000000001S is negative; 0 blocks at once", negative.getMessage());
        assertThrows(NullPointerException.class, () -> WaitPolicy.spinThenBlock(null));
    }

    @ParameterizedTest
    @EnumSource
    void whoSpinsSeesAChangeWithoutAnyWake(ThreadKind kind) {
        for (int i = 0; i < 20; i++) {
            int expected = i;
            Running<WaitOutcome> waiter = kind.start(() -> array.await(0, expected, Deadline.NEVER, WaitPolicy.spin()));
            assertEquals(0, FutexQueue.length(array, 0), "it never blocks");
            array.set(0, i + 1);
            assertEquals(WaitOutcome.VALUE_DIFFERS, waiter.result());
        }
    }

    @ParameterizedTest
    @EnumSource
    void whoSpinsGivesUpAtTheDeadlineAndWhenTheArrayCloses(ThreadKind kind) {
        Deadline deadline = Deadline.after(Duration.ofMillis(5));
        assertEquals(WaitOutcome.TIMED_OUT, kind.start(() -> array.await(0, 0, deadline, WaitPolicy.spin())).result());
        assertTrue(System.nanoTime() >= deadline.nanos());
        FutexArray closing = FutexArray.memfd("closing", 2, FutexArray.Spacing.PACKED);
        Running<WaitOutcome> waiter = kind.start(() -> {
            closing.set(1, 1);
            return closing.await(0, 0, Deadline.NEVER, WaitPolicy.spin());
        });
        Conditions.await("it has begun", () -> closing.get(1) == 1);
        Conditions.await("it spins", () -> waiter.thread().getState() != Thread.State.NEW);
        try {
            closing.close();
            assertEquals(WaitOutcome.CLOSED, waiter.result());
        } catch (AssertionError closedBeforeItSpun) {
            assertEquals(IllegalStateException.class, closedBeforeItSpun.getCause().getClass());
        }
    }

    /** More spinners than there are CPUs: they give way to each other, and to who changes the word. */
    @ParameterizedTest
    @EnumSource
    void aCrowdOfSpinnersGivesWay(ThreadKind kind) {
        int crowd = 2 * Runtime.getRuntime().availableProcessors();
        @SuppressWarnings({"unchecked", "rawtypes"})
        Running<WaitOutcome>[] waiters = new Running[crowd];
        for (int i = 0; i < crowd; i++) {
            waiters[i] = kind.start(() -> array.await(0, 0, Deadline.NEVER, WaitPolicy.spin()));
        }
        Running<Boolean> changer = kind.start(() -> {
            array.set(0, 1);
            return true;
        });
        assertTrue(changer.result());
        for (Running<WaitOutcome> waiter : waiters) {
            assertEquals(WaitOutcome.VALUE_DIFFERS, waiter.result());
        }
    }

    @ParameterizedTest
    @EnumSource
    void whoSpinsForAWhileBlocksThen(ThreadKind kind) {
        WaitPolicy[] policies = {WaitPolicy.spinThenBlock(Duration.ofMillis(2)), WaitPolicy.adaptive(), WaitPolicy.block()};
        for (WaitPolicy policy : policies) {
            Running<WaitOutcome> waiter = kind.start(() -> array.await(0, 0, Deadline.NEVER, policy));
            FutexQueue.awaitLength(1, array, 0);
            array.wake(0, 1);
            assertEquals(WaitOutcome.WOKEN, waiter.result(), policy.toString());
        }
    }

    /** Each failure doubles the pause before the next attempt, up to 1024 waits; a success ends it. */
    @Test
    void adaptiveStopsSpinningWhereItFails() {
        WaitPolicy policy = WaitPolicy.adaptive();
        if (Runtime.getRuntime().availableProcessors() == 1) {
            assertEquals(0, policy.spinNanos(), "never on one CPU");
            return;
        }
        assertTrue(policy.spinNanos() > 0);
        assertTrue(policy.spinNanos() > 0, "asking changes nothing");
        for (int pause : new int[] {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1024, 1024}) {
            policy.learn(30_000, false);
            assertEquals(pause, pause(policy));
        }
        policy.learn(100, true);
        assertTrue(policy.spinNanos() > 0);
        policy.learn(30_000, false);
        assertEquals(1, pause(policy), "forgiven");
        assertTrue(WaitPolicy.adaptive().spinNanos() > 0, "each learns for itself");
    }

    private static int pause(WaitPolicy policy) {
        int pause = 0;
        while (policy.spinNanos() == 0) {
            pause++;
        }
        return pause;
    }

    @ParameterizedTest
    @EnumSource
    void waitsTeachAdaptive(ThreadKind kind) {
        WaitPolicy policy = WaitPolicy.adaptive();
        boolean spins = policy.spinNanos() > 0;
        // Each wait is in vain, so after some of them the policy must have blocked at once.
        int blockedAtOnce = 0;
        for (int i = 0; i < 20; i++) {
            assertEquals(WaitOutcome.TIMED_OUT, kind.start(() -> array.await(0, 0, Deadline.after(Duration.ofMillis(1)), policy)).result());
            blockedAtOnce += policy.spinNanos() == 0 ? 1 : 0;
        }
        assertTrue(blockedAtOnce > 0);
        assertFalse(spins && blockedAtOnce == 0);
    }
}
