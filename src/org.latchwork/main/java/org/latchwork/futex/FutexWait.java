package org.latchwork.futex;

import java.util.Objects;
import org.latchwork.linux.WaitVector;
import org.latchwork.wait.Deadline;
import org.latchwork.wait.WaitOutcome;
import org.latchwork.wait.engine.Target;
import org.latchwork.wait.engine.Waits;

/**
 * One word to wait for among others, and the value at which to block: what {@code struct futex_waitv} is to the kernel.
 *
 * @param array where the word lies
 * @param index which
 * @param expected the value at which to block
 */
public record FutexWait(FutexArray array, int index, int expected) {
    /** Checks the index. */
    public FutexWait {
        Objects.requireNonNull(array, "array");
        Objects.checkIndex(index, array.length());
    }

    static FutexVector.Result awaitAny(FutexWait[] words, Deadline deadline, boolean interruptible) {
        if (words.length < 1 || words.length > WaitVector.maxSize()) {
            throw new IllegalArgumentException("awaitAny takes 1 to " + WaitVector.maxSize() + " words, not " + words.length);
        }
        Target[] targets = new Target[words.length];
        for (int i = 0; i < targets.length; i++) {
            targets[i] = words[i].array.target(words[i].index, words[i].expected);
        }
        int entered = 0;
        try {
            for (FutexWait word : words) {
                word.array.enter();
                entered++;
            }
            return result(words, Waits.awaitAny(targets, deadline.nanos(), deadline.isRealtime(), interruptible));
        } finally {
            for (int i = 0; i < entered; i++) {
                words[i].array.leave();
            }
        }
    }

    private static FutexVector.Result result(FutexWait[] words, long result) {
        WaitOutcome outcome = outcome(words, result);
        return switch (outcome) {
            case WOKEN -> new FutexVector.Result(outcome, (int) result);
            case VALUE_DIFFERS -> new FutexVector.Result(outcome, different(words));
            default -> new FutexVector.Result(outcome, -1);
        };
    }

    /** Failures and timeouts have to be held against the files: any of them may have lost its pages. */
    private static WaitOutcome outcome(FutexWait[] words, long result) {
        for (FutexWait word : words) {
            word.array.requireWholeAfter(result);
        }
        return Futex.endOfWait(result, words[0].array.word(words[0].index).address());
    }

    private static int different(FutexWait[] words) {
        for (int i = 0; i < words.length; i++) {
            if (words[i].array.get(words[i].index) != words[i].expected) {
                return i;
            }
        }
        return -1;
    }
}
