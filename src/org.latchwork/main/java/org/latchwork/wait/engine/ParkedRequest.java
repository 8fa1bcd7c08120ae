package org.latchwork.wait.engine;

import static org.latchwork.linux.abi.Linux.EAGAIN;
import static org.latchwork.linux.abi.Linux.ECANCELED;
import static org.latchwork.linux.abi.Linux.EINTR;
import static org.latchwork.linux.abi.Linux.ETIMEDOUT;

import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;

/** A request whose thread is parked meanwhile: a virtual one, or one that waits for more words than a call takes. */
final class ParkedRequest extends Request {
    private final Thread owner = Thread.currentThread();

    private ParkedRequest(Target[] targets, long deadline, boolean realtime, boolean exact) {
        super(targets, deadline, realtime, exact);
    }

    @Override
    protected void completed() {
        LockSupport.unpark(owner);
    }

    /** Waits for one of these words. The caller is inside their gates. */
    static long await(Target[] targets, long deadline, boolean realtime, boolean exact, boolean interruptible) {
        if (interruptible && Thread.currentThread().isInterrupted()) {
            return -EINTR();
        }
        ParkedRequest[] parts = parts(targets, deadline, realtime, exact);
        submit(parts);
        boolean interrupted = awaitEnd(parts, interruptible);
        if (interrupted) {
            Thread.currentThread().interrupt(); // the status stays set, as LockSupport.park leaves it
        }
        return result(parts, interrupted && interruptible);
    }

    /** One request, or several where there are more words than one request can have. */
    private static ParkedRequest[] parts(Target[] targets, long deadline, boolean realtime, boolean exact) {
        int most = Engines.maxTargets();
        if (targets.length <= most) {
            return new ParkedRequest[] {new ParkedRequest(targets, deadline, realtime, exact)};
        }
        ParkedRequest[] parts = new ParkedRequest[(targets.length + most - 1) / most];
        for (int i = 0; i < parts.length; i++) {
            Target[] some = Arrays.copyOfRange(targets, i * most, Math.min(targets.length, (i + 1) * most));
            parts[i] = new ParkedRequest(some, deadline, realtime, exact);
        }
        return parts;
    }

    private static void submit(ParkedRequest[] parts) {
        int submitted = 0;
        try {
            while (submitted < parts.length) {
                Engines.submit(parts[submitted]);
                submitted++;
            }
        } catch (RuntimeException | Error refusal) {
            ParkedRequest[] others = Arrays.copyOf(parts, submitted);
            cancel(others);
            if (awaitEnd(others, false)) {
                Thread.currentThread().interrupt();
            }
            throw refusal;
        }
    }

    private static void cancel(ParkedRequest[] parts) {
        for (ParkedRequest part : parts) {
            if (!part.isCompleted()) {
                part.cancel();
            }
        }
    }

    /**
     * Parks until all parts are completed. When one is, or at an interrupt, the others are cancelled.
     *
     * @return whether the thread was interrupted meanwhile
     */
    private static boolean awaitEnd(ParkedRequest[] parts, boolean interruptible) {
        boolean interrupted = false;
        boolean ending = false;
        while (true) {
            int completed = 0;
            for (ParkedRequest part : parts) {
                completed += part.isCompleted() ? 1 : 0;
            }
            if (completed == parts.length) {
                return interrupted;
            }
            if (!ending && (completed > 0 || interrupted && interruptible)) {
                ending = true;
                cancel(parts);
            }
            LockSupport.park(parts[0]);
            interrupted |= Thread.interrupted(); // or park would not block
        }
    }

    /** A wake before everything else, then what the word said, then why it was given up. */
    private static long result(ParkedRequest[] parts, boolean interrupted) {
        long best = -ECANCELED();
        int first = 0;
        for (ParkedRequest part : parts) {
            long result = part.result();
            if (result >= 0) {
                best = first + result;
            } else if (best < 0 && rank(result) > rank(best)) {
                best = result;
            }
            first += part.targets().length;
        }
        return best == -ECANCELED() && interrupted ? -EINTR() : best;
    }

    private static int rank(long result) {
        return result == -ECANCELED() ? 0 : result == -ETIMEDOUT() ? 1 : result == -EAGAIN() ? 2 : 3;
    }
}
