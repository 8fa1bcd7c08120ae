package org.latchwork.cli;

import java.nio.file.Path;
import org.latchwork.checkpoint.Checkpoint;
import org.latchwork.checkpoint.CheckpointLayout;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** {@code latchwork checkpoint}: what {@code tst_checkpoint} does, with help, and a look at who waits. */
@Command(
        name = "checkpoint",
        description = "Meets other processes at the numbered checkpoints of a file.",
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        exitCodeOnInvalidInput = ExitStatus.FAILED,
        exitCodeOnExecutionException = ExitStatus.BROKEN,
        footer = {
            "",
            "Environment: LTP_IPC_PATH names the file, LATCHWORK_CHECKPOINT_LAYOUT the layout.",
            "Exit status: 0 done; 1 wrong use, timeout or bad id; 2 broken environment."
        })
final class CheckpointCommand {
    private static final String TIMEOUT = "How long at most, in milliseconds; 0 does not wait.";
    private static final String ID = "The checkpoint's number, from 0.";

    private final CheckpointActions actions = new CheckpointActions("latchwork checkpoint", System.out, System.err);

    @Spec
    CommandSpec spec;

    @Option(
            names = "--layout",
            paramLabel = "NAME",
            scope = ScopeType.INHERIT,
            description = "Where the words lie: patch (default), plain, ltp-20250930, ltp-20260529 or an offset.")
    String layout;

    @Command(description = "Makes the file or attaches to it, and prints its name.")
    int init(
            @Option(names = "--mode", paramLabel = "MODE", description = "Octal permissions of a new file, whatever the umask (0600).")
                    String mode) {
        return checked(() -> actions.init(layout(), mode != null ? Arguments.mode(mode) : Checkpoint.DEFAULT_MODE));
    }

    @Command(name = "wait", description = "Waits at a checkpoint until somebody wakes it.")
    int await(
            @Parameters(paramLabel = "TIMEOUT", description = TIMEOUT) String timeout,
            @Parameters(paramLabel = "ID", description = ID) String id) {
        return checked(() -> actions.await(layout(), Arguments.number("TIMEOUT", timeout), Arguments.number("ID", id)));
    }

    @Command(description = "Wakes exactly so many waiters, those that are there and those still to come.")
    int wake(
            @Parameters(paramLabel = "TIMEOUT", description = TIMEOUT) String timeout,
            @Parameters(paramLabel = "ID", description = ID) String id,
            @Parameters(paramLabel = "NR_WAKE", description = "How many waiters to wake, exactly.") String count) {
        return checked(() -> actions.wake(
                layout(), Arguments.number("TIMEOUT", timeout), Arguments.number("ID", id), Arguments.number("NR_WAKE", count)));
    }

    @Command(description = "Lists the checkpoints that have a value or waiters.")
    int list(@Parameters(paramLabel = "FILE", description = "The file; it is only read.") Path file) {
        return checked(() -> {
            CheckpointLayout chosen = layout();
            try {
                return CheckpointListing.print(file, chosen != null ? chosen : CheckpointLayout.fromEnvironment(), actions);
            } catch (RuntimeException e) {
                return actions.broken(e);
            }
        });
    }

    private CheckpointLayout layout() throws WrongUse {
        return layout != null ? Arguments.layout(layout) : null;
    }

    private interface Action {
        int perform() throws WrongUse;
    }

    private int checked(Action action) {
        try {
            return action.perform();
        } catch (WrongUse e) {
            throw new ParameterException(spec.commandLine().getParseResult().subcommand().commandSpec().commandLine(), e.getMessage());
        }
    }
}
