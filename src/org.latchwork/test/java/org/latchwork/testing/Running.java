package org.latchwork.testing;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A call that a thread of its own makes.
 *
 * @param <T> what it answers
 */
public final class Running<T> {
    private final FutureTask<T> work;
    private final Thread thread;

    private Running(ThreadKind kind, Callable<T> call) {
        this.work = new FutureTask<>(call);
        this.thread = kind.thread(work);
    }

    static <T> Running<T> start(ThreadKind kind, Callable<T> call) {
        Running<T> running = new Running<>(kind, call);
        running.thread.start();
        return running;
    }

    /** {@return the thread, to interrupt it} */
    public Thread thread() {
        return thread;
    }

    /** {@return whether the call has returned} */
    public boolean isDone() {
        return work.isDone();
    }

    /** {@return what the call answered; fails if it threw or does not end} */
    public T result() {
        try {
            return work.get(Conditions.HANG.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new AssertionError("the call threw", e.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError("the call does not end", e);
        }
    }
}
