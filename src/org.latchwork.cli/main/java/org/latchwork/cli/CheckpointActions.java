package org.latchwork.cli;

import java.io.PrintStream;
import java.util.concurrent.TimeUnit;
import org.latchwork.checkpoint.Checkpoint;
import org.latchwork.checkpoint.CheckpointLayout;
import org.latchwork.wait.WaitOutcome;

/**
 * What both commands do at checkpoints. Each action answers with an {@link ExitStatus}; unless it is {@code DONE}, one line on stderr
 * says why.
 *
 * @param command the name that begins each message
 */
record CheckpointActions(String command, PrintStream out, PrintStream err) {

    /** Makes the file or attaches to it, and prints its name alone. */
    int init(CheckpointLayout layout, int mode) {
        try (Checkpoint checkpoints = Checkpoint.init(orEnvironment(layout), mode)) {
            out.println(checkpoints.path());
            return out.checkError() ? complain(ExitStatus.BROKEN, "standard output cannot be written to") : ExitStatus.DONE;
        } catch (RuntimeException e) {
            return broken(e);
        }
    }

    /** Waits. */
    int await(CheckpointLayout layout, int timeout, int id) {
        try (Checkpoint checkpoints = Checkpoint.reinit(orEnvironment(layout))) {
            if (id >= checkpoints.size()) {
                return badId(checkpoints, id);
            }
            return checkpoints.await(id, timeout, TimeUnit.MILLISECONDS) == WaitOutcome.WOKEN ? ExitStatus.DONE
                    : complain(ExitStatus.FAILED, "checkpoint " + id + ": nobody woke it within " + timeout + " ms");
        } catch (RuntimeException e) {
            return broken(e);
        }
    }

    /** Wakes exactly so many. */
    int wake(CheckpointLayout layout, int timeout, int id, int count) {
        try (Checkpoint checkpoints = Checkpoint.reinit(orEnvironment(layout))) {
            if (id >= checkpoints.size()) {
                return badId(checkpoints, id);
            }
            int woken = checkpoints.wake(id, count, timeout, TimeUnit.MILLISECONDS);
            return woken == count ? ExitStatus.DONE
                    : complain(ExitStatus.FAILED, "checkpoint " + id + ": woke " + woken + " of " + count + " within " + timeout + " ms");
        } catch (RuntimeException e) {
            return broken(e);
        }
    }

    private static CheckpointLayout orEnvironment(CheckpointLayout layout) {
        return layout != null ? layout : CheckpointLayout.fromEnvironment();
    }

    private int badId(Checkpoint checkpoints, int id) {
        return complain(ExitStatus.FAILED, "ID takes 0 to " + (checkpoints.size() - 1) + " in " + checkpoints.path() + ", not " + id);
    }

    /** The arguments were fine, so that whatever was thrown speaks of the environment. */
    int broken(RuntimeException e) {
        return complain(ExitStatus.BROKEN, e.getMessage() != null ? e.getMessage() : e.toString());
    }

    /** Prints one line, whatever is in the message: a file's name may hold anything. */
    int complain(int status, String message) {
        err.println(printable(command + ": " + message));
        return status;
    }

    static String printable(String text) {
        StringBuilder line = new StringBuilder(text);
        for (int i = 0; i < line.length(); i++) {
            if (Character.isISOControl(line.charAt(i))) {
                line.setCharAt(i, '?');
            }
        }
        return line.toString();
    }
}
