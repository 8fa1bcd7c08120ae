package org.latchwork.testing;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Threads that make a blocking call each, so that a test can see them asleep in the kernel and count those that came back.
 *
 * @param <T> what the call answers
 */
public final class Waiters<T> {
    private static final int SMALL_STACK = 256 * 1024;

    /** Answers, and what was thrown, in the order of return. */
    private final BlockingQueue<Object> ends = new LinkedBlockingQueue<>();

    private Waiters() {}

    /** Starts so many platform threads with this call. */
    public static <T> Waiters<T> start(int count, Callable<T> call) {
        Waiters<T> waiters = new Waiters<>();
        for (int i = 0; i < count; i++) {
            Thread thread = new Thread(null, () -> waiters.run(call), "waiter-" + i, SMALL_STACK);
            thread.setDaemon(true); // a failed test leaves sleepers behind
            thread.start();
        }
        return waiters;
    }

    private void run(Callable<T> call) {
        Object end;
        try {
            end = call.call();
        } catch (Throwable thrown) {
            end = new Failure(thrown);
        }
        ends.add(end);
    }

    private record Failure(Throwable thrown) {}

    /** Waits until exactly so many threads of this process sleep in a futex call on this word (or vector). */
    public static void awaitAsleep(int count, MemorySegment word) {
        long pid = ProcessHandle.current().pid();
        Conditions.await(count + " threads sleep on " + word, () -> FutexSleepers.on(pid, word.address()) == count);
    }

    /** {@return how many have come back and were not taken yet} */
    public int ended() {
        return ends.size();
    }

    /** {@return what the next so many came back with, once they have} */
    @SuppressWarnings("unchecked")
    public List<T> take(int count) {
        List<T> taken = new ArrayList<>();
        while (taken.size() < count) {
            Object end;
            try {
                end = ends.poll(Conditions.HANG.toSeconds(), TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            if (end == null) {
                throw new AssertionError("of " + count + " waiters only " + taken.size() + " came back");
            }
            if (end instanceof Failure failure) {
                throw new AssertionError("a waiter failed", failure.thrown());
            }
            taken.add((T) end);
        }
        return taken;
    }

    /** {@return what the one waiter came back with, once it has} */
    public T take() {
        return take(1).getFirst();
    }
}
