package org.latchwork.jcstress;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.latchwork.futex.Futex;
import org.latchwork.futex.FutexArray;
import org.latchwork.futex.FutexArray.Spacing;
import org.latchwork.wait.WaitOutcome;

/**
 * Rounds in which closing ends the wait, of an array of its own each; and closing returns. The arrays lie over one memory, which is not
 * given back: the waits do not touch it.
 */
public abstract class CloseRounds extends Rounds {
    private static final MemorySegment MEMORY = Arena.global().allocate(Spacing.CACHE_LINE.bytes(), Spacing.CACHE_LINE.bytes());

    private volatile FutexArray array = fresh();
    private volatile int closed;

    private static FutexArray fresh() {
        return FutexArray.of(MEMORY, Spacing.CACHE_LINE, Futex.PRIVATE);
    }

    /**
     * Waits while word 0 holds 0.
     *
     * @throws IllegalStateException if the array was closed before
     */
    protected abstract WaitOutcome await(FutexArray words);

    @Override
    protected final void await(int round) {
        WaitOutcome outcome;
        try {
            outcome = await(array);
        } catch (IllegalStateException late) {
            outcome = WaitOutcome.CLOSED;
        }
        if (outcome != WaitOutcome.CLOSED) {
            throw new IllegalStateException("only closing ends it, but it ended with " + outcome);
        }
        if (!Pauses.until(() -> closed >= round)) {
            throw new IllegalStateException("close() does not return");
        }
        array = fresh();
    }

    @Override
    protected final void wake(int round) {
        FutexArray words = array;
        // By another thread: if closing never returned, jcstress would wait for it for ever.
        Thread.ofPlatform().daemon().start(() -> {
            words.close();
            closed = round;
        });
    }
}
