package org.latchwork.wait;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.latchwork.futex.FutexArray;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.ThreadKind;

/** {@code interrupt} and {@code join} of a thread in a wait, beside one in {@link LockSupport#park}: what can be observed is the same. */
@EngineTest
class ParkParityTest {
    /** Blocks until the flag is set or the thread is interrupted. */
    private interface Block {
        void block(AtomicBoolean released);
    }

    @ParameterizedTest
    @EnumSource
    void interruptAndJoinAreThoseOfPark(ThreadKind kind) throws Exception {
        try (FutexArray array = FutexArray.memfd("park", 1, FutexArray.Spacing.PACKED)) {
            Block park = released -> {
                while (!released.get() && !Thread.currentThread().isInterrupted()) {
                    LockSupport.park();
                }
            };
            Block await = released -> {
                while (!released.get() && !Thread.currentThread().isInterrupted()) {
                    array.await(0, 0);
                }
            };
            assertEquals(interrupted(kind, park), interrupted(kind, await));
            assertEquals(joined(kind, park, LockSupport::unpark), joined(kind, await, thread -> {
                array.set(0, 1);
                array.wakeAll(0);
            }));
        }
    }

    private interface Release {
        void release(Thread thread);
    }

    /** A thread that is interrupted while it blocks. */
    private static List<String> interrupted(ThreadKind kind, Block block) throws InterruptedException {
        List<String> seen = new ArrayList<>();
        Thread thread = kind.thread(() -> {
            block.block(new AtomicBoolean());
            seen.add("out, interrupted " + Thread.currentThread().isInterrupted());
            block.block(new AtomicBoolean());
            seen.add("not in again, interrupted " + Thread.interrupted() + ", then " + Thread.currentThread().isInterrupted());
        });
        thread.start();
        awaitBlocked(thread);
        boolean early = thread.join(Duration.ofMillis(1));
        thread.interrupt();
        boolean joined = thread.join(Conditions.HANG);
        seen.add("joined " + early + ", " + joined + "; alive " + thread.isAlive() + ", " + thread.getState()
                + ", interrupted " + thread.isInterrupted());
        return seen;
    }

    /** A thread that is released, and joined by another which is interrupted once before. */
    private static List<String> joined(ThreadKind kind, Block block, Release release) throws InterruptedException {
        List<String> seen = new ArrayList<>();
        AtomicBoolean released = new AtomicBoolean();
        Thread thread = kind.thread(() -> block.block(released));
        thread.start();
        awaitBlocked(thread);
        Thread joiner = kind.thread(() -> {
            try {
                thread.join();
            } catch (InterruptedException e) {
                seen.add("the joiner was interrupted, the thread is alive " + thread.isAlive());
            }
            try {
                thread.join();
                seen.add("joined, alive " + thread.isAlive());
            } catch (InterruptedException e) {
                seen.add("interrupted twice");
            }
        });
        joiner.start();
        awaitBlocked(joiner);
        joiner.interrupt();
        Conditions.await("the joiner was interrupted", () -> !joiner.isInterrupted());
        released.set(true);
        release.release(thread);
        assertTrue(joiner.join(Conditions.HANG));
        seen.add(thread.getState() + ", " + joiner.getState());
        return seen;
    }

    /** By the state that the JVM tells, which for a thread in the kernel is RUNNABLE: then by the time it takes. */
    private static void awaitBlocked(Thread thread) {
        long start = System.nanoTime();
        Conditions.await("the thread blocks", () -> thread.getState() == Thread.State.WAITING
                || thread.getState() == Thread.State.RUNNABLE && System.nanoTime() - start > 20_000_000);
    }
}
