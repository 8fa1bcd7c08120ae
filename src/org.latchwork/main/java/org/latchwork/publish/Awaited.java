package org.latchwork.publish;

import java.util.Objects;
import java.util.Optional;
import org.latchwork.wait.WaitOutcome;

/**
 * How waiting for a file has ended.
 *
 * @param file the file; empty if it did not come
 * @param outcome with a file, VALUE_DIFFERS if it was there at the first look, and WOKEN if it came meanwhile; without one TIMED_OUT
 *     (never early), INTERRUPTED (the thread's interrupt status stays set), or CLOSED: the store was closed, by this process
 */
public record Awaited(Optional<StoredFile> file, WaitOutcome outcome) {
    /** Checks that both say the same. */
    public Awaited {
        Objects.requireNonNull(outcome, "outcome");
        if (file.isPresent() != (outcome == WaitOutcome.WOKEN || outcome == WaitOutcome.VALUE_DIFFERS)) {
            throw new IllegalArgumentException(outcome + (file.isPresent() ? " with a file" : " without a file"));
        }
    }

    /**
     * Turns INTERRUPTED into the exception that blocking methods of the JDK throw, and clears the thread's interrupt status, as they do.
     *
     * @return this, if it is another
     * @throws InterruptedException if it is INTERRUPTED
     */
    public Awaited throwIfInterrupted() throws InterruptedException {
        outcome.throwIfInterrupted();
        return this;
    }
}
