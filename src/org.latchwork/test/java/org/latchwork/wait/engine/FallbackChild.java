package org.latchwork.wait.engine;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.latchwork.futex.Futex;
import org.latchwork.futex.FutexArray;
import org.latchwork.futex.FutexVector;
import org.latchwork.futex.FutexWait;
import org.latchwork.linux.Errno;
import org.latchwork.linux.FutexCalls;
import org.latchwork.linux.UringCalls;
import org.latchwork.testing.Conditions;
import org.latchwork.wait.Deadline;
import org.latchwork.wait.WaitOutcome;

/**
 * A child JVM that tells what the kernel answers to the calls that the engines need, which engine it has chosen, and how each kind of
 * wait ends.
 */
final class FallbackChild {
    private static final int SAMPLES = 20;

    private FallbackChild() {}

    public static void main(String[] arguments) throws Exception {
        System.out.println("io_uring_setup " + answer(UringCalls.setup(0, MemorySegment.NULL)));
        try (Arena arena = Arena.ofConfined()) {
            System.out.println("io_uring_enter " + answer(UringCalls.enter(-1, 0, 0, 0, arena.allocate(8))));
        }
        System.out.println("futex_waitv " + answer(FutexCalls.waitv(0, 0, 0, FutexCalls.FOREVER, FutexCalls.clock(false))));
        try {
            System.out.println("engine " + Futex.waitEngine());
        } catch (IllegalStateException refused) {
            System.out.println("engine " + refused.getMessage());
            return;
        }
        for (boolean virtual : new boolean[] {false, true}) {
            String kind = virtual ? "virtual " : "platform ";
            System.out.println(kind + "woken " + woken(virtual));
            System.out.println(kind + "any " + any(virtual));
            System.out.println(kind + "interrupted " + interrupted(virtual));
            System.out.println(kind + "closed " + closed(virtual));
            System.out.println(kind + "timed " + timed(virtual));
        }
        System.out.println("async " + async());
    }

    private static String answer(long result) {
        return result < 0 ? Errno.name((int) -result) : "works";
    }

    private static <T> FutureTask<T> start(boolean virtual, Callable<T> wait, List<Thread> threads) {
        FutureTask<T> task = new FutureTask<>(wait);
        Thread.Builder builder = virtual ? Thread.ofVirtual() : Thread.ofPlatform().daemon();
        threads.add(builder.start(task));
        return task;
    }

    private static WaitOutcome woken(boolean virtual) throws Exception {
        try (FutexArray array = FutexArray.allocate(1, FutexArray.Spacing.PACKED)) {
            FutureTask<WaitOutcome> task = start(virtual, () -> array.awaitWake(0, 0, 1, TimeUnit.DAYS), new ArrayList<>());
            Conditions.await("one waits", () -> array.wakeAll(0) == 1);
            return task.get();
        }
    }

    /** One of 100 words, which is more than a thread can wait for without {@code futex_waitv}. */
    private static FutexVector.Result any(boolean virtual) throws Exception {
        try (FutexArray array = FutexArray.allocate(100, FutexArray.Spacing.PACKED)) {
            FutexWait[] words = new FutexWait[array.length()];
            Arrays.setAll(words, i -> new FutexWait(array, i, 0));
            FutureTask<FutexVector.Result> task = start(virtual, () -> Futex.awaitAny(words), new ArrayList<>());
            Conditions.await("one waits", () -> array.wakeAll(42) == 1);
            return task.get();
        }
    }

    /** With the longest time that an interrupt took to be noticed, in milliseconds. */
    private static String interrupted(boolean virtual) throws Exception {
        try (FutexArray array = FutexArray.allocate(2, FutexArray.Spacing.PACKED)) {
            WaitOutcome outcome = null;
            long worst = 0;
            for (int i = 0; i < SAMPLES; i++) {
                List<Thread> threads = new ArrayList<>();
                FutureTask<WaitOutcome> task = start(virtual, () -> {
                    WaitOutcome first = array.awaitWake(0, 0, 1, TimeUnit.DAYS);
                    return first == WaitOutcome.WOKEN ? array.awaitWake(1, 0, 1, TimeUnit.DAYS) : first;
                }, threads);
                Conditions.await("one waits", () -> array.wakeAll(0) == 1); // so it is on its way to the second wait, or there
                long start = System.nanoTime();
                threads.getFirst().interrupt();
                outcome = task.get();
                worst = Math.max(worst, System.nanoTime() - start);
            }
            return outcome + " within " + TimeUnit.NANOSECONDS.toMicros(worst) + " µs";
        }
    }

    private static WaitOutcome closed(boolean virtual) throws Exception {
        FutexArray array = FutexArray.allocate(1, FutexArray.Spacing.PACKED);
        FutureTask<WaitOutcome> task = start(virtual, () -> {
            WaitOutcome outcome;
            do {
                outcome = array.awaitWake(0, 0, 1, TimeUnit.DAYS);
            } while (outcome == WaitOutcome.WOKEN);
            return outcome;
        }, new ArrayList<>());
        Conditions.await("one waits", () -> array.wakeAll(0) == 1);
        Conditions.await("and again", () -> array.wakeAll(0) == 1);
        array.close(); // on its way to the next wait, or there
        try {
            return task.get();
        } catch (ExecutionException e) {
            return closedBefore(e);
        }
    }

    /** A wait that begins after the close is misuse, and says so. */
    private static WaitOutcome closedBefore(ExecutionException e) {
        if (e.getCause() instanceof IllegalStateException && e.getCause().getMessage().contains("closed")) {
            return WaitOutcome.CLOSED;
        }
        throw new AssertionError(e);
    }

    private static WaitOutcome timed(boolean virtual) throws Exception {
        try (FutexArray array = FutexArray.allocate(1, FutexArray.Spacing.PACKED)) {
            return start(virtual, () -> array.awaitWake(0, 0, 30, TimeUnit.MILLISECONDS), new ArrayList<>()).get();
        }
    }

    private static String async() throws Exception {
        FutexArray array = FutexArray.allocate(3, FutexArray.Spacing.PACKED);
        CompletableFuture<WaitOutcome> woken = array.awaitAsync(0, 0);
        Conditions.await("one waits", () -> array.wakeAll(0) == 1);
        CompletableFuture<WaitOutcome> timed = array.awaitAsync(1, 0, Deadline.after(30, TimeUnit.MILLISECONDS));
        CompletableFuture<WaitOutcome> closed = array.awaitAsync(2, 0);
        String both = woken.get() + " " + timed.get();
        array.close();
        return both + " " + closed.get();
    }
}
