package org.latchwork.jcstress;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.latchwork.futex.FutexArray;
import org.latchwork.wait.WaitOutcome;

/**
 * A waiter that counts wakes ({@link FutexArray#awaitWake}) in a thread of its own, for whose end two actors race. A wake that the kernel
 * has counted is told, whatever else came: otherwise a checkpoint, or a semaphore, has lost one.
 */
public abstract class WakeRace {
    private final FutexArray array;
    private final int word;
    private final CompletableFuture<WaitOutcome> outcome = new CompletableFuture<>();
    private volatile Thread waiter;
    private volatile boolean ended;

    /** For a word that starts with 0 and stays so. */
    protected WakeRace(FutexArray array, int word) {
        this.array = array;
        this.word = word;
    }

    /** The words of a race. */
    protected final FutexArray array() {
        return array;
    }

    /** The word of a race. */
    protected final int word() {
        return word;
    }

    /** Where the waiter runs. */
    protected abstract Executor executor();

    /** The first actor begins by this: starts the waiter, and returns when it is about to wait. */
    protected final void start(long timeout, TimeUnit unit) {
        executor().execute(() -> {
            waiter = Thread.currentThread();
            try {
                outcome.complete(array.awaitWake(word, 0, timeout, unit));
            } catch (IllegalStateException late) {
                outcome.complete(WaitOutcome.CLOSED); // before it could begin
            } catch (Throwable failure) {
                outcome.completeExceptionally(failure);
            }
            // The thread may be used again, and must take no interrupt with it.
            Pauses.until(() -> ended);
            Thread.interrupted();
        });
        awaitStart();
    }

    /** The second actor begins by this. */
    protected final void awaitStart() {
        if (!Pauses.until(() -> waiter != null)) {
            throw new IllegalStateException("the waiter does not start");
        }
    }

    /** The waiter, once it is started. */
    protected final Thread waiter() {
        return waiter;
    }

    /** The first actor ends by this, when nothing can happen to the waiter any more that it does by itself. */
    protected final WaitOutcome end() {
        WaitOutcome end = outcome.orTimeout(3 * Pauses.HANG_SECONDS, TimeUnit.SECONDS).join();
        ended = true;
        return end;
    }
}
