package org.latchwork.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import org.latchwork.checkpoint.Checkpoint;
import org.latchwork.checkpoint.CheckpointLayout;

/**
 * {@code tst_checkpoint init | wait TIMEOUT ID | wake TIMEOUT ID NR_WAKE}: checkpoints for scripts.
 *
 * <p>Scripts call it often, so it starts fast: it parses its few arguments itself, and what it loads is little.
 */
final class TstCheckpoint {
    static final String NAME = "tst_checkpoint";

    private static final String USAGE = """
            Usage: tst_checkpoint init [--mode MODE]
               or: tst_checkpoint wait TIMEOUT ID
               or: tst_checkpoint wake TIMEOUT ID NR_WAKE
            Arguments:
              TIMEOUT        how long at most, in milliseconds; 0 does not wait
              ID             the checkpoint's number, from 0
              NR_WAKE        how many waiters to wake, exactly
              --mode MODE    octal permissions of a new file, whatever the umask (0600)
              --layout NAME  where the words lie: patch, plain, ltp-20250930, ltp-20260529 or an offset
                             (LATCHWORK_CHECKPOINT_LAYOUT, else patch)
            Environment: LTP_IPC_PATH names the file; init prints it and makes one in a fresh directory if it is not set.
            Exit status: 0 done; 1 wrong use, timeout or bad id; 2 broken environment.
            """;

    private final CheckpointActions actions;
    private final List<String> operands = new ArrayList<>();
    private CheckpointLayout layout;
    /** Negative: not given. */
    private int mode = -1;

    private TstCheckpoint(PrintStream out, PrintStream err) {
        this.actions = new CheckpointActions(NAME, out, err);
    }

    /** The command. */
    public static void main(String[] args) {
        int status = run(args, System.out, System.err);
        StartupCache.tend();
        // Since JDK 21 System.exit asks for a logger first, which costs 10 ms; a main that returns does not.
        if (status != ExitStatus.DONE) {
            System.exit(status);
        }
    }

    static int run(String[] args, PrintStream out, PrintStream err) {
        return new TstCheckpoint(out, err).run(args);
    }

    private int run(String[] args) {
        if (args.length == 0) {
            return usage(ExitStatus.FAILED);
        }
        if (args[0].equals("--help") || args[0].equals("-h")) {
            return usage(ExitStatus.DONE);
        }
        try {
            parse(args);
            return perform(args[0]);
        } catch (WrongUse e) {
            usage(ExitStatus.FAILED);
            return actions.complain(ExitStatus.FAILED, e.getMessage());
        }
    }

    private int usage(int status) {
        actions.out().print(USAGE);
        actions.out().flush();
        return status;
    }

    private void parse(String[] args) throws WrongUse {
        for (int i = 1; i < args.length; i++) {
            String arg = args[i];
            if (!arg.startsWith("--")) {
                operands.add(arg);
                continue;
            }
            int equals = arg.indexOf('=');
            String option = equals < 0 ? arg : arg.substring(0, equals);
            if (!option.equals("--layout") && !(option.equals("--mode") && args[0].equals("init"))) {
                throw new WrongUse("unknown option '" + arg + "'");
            }
            if (equals < 0 && i + 1 == args.length) {
                throw new WrongUse(option + " takes a value");
            }
            String value = equals < 0 ? args[++i] : arg.substring(equals + 1);
            if (option.equals("--mode")) {
                mode = Arguments.mode(value);
            } else {
                layout = Arguments.layout(value);
            }
        }
    }

    private int perform(String action) throws WrongUse {
        if (action.equals("wake")) {
            requireOperands(action, 3);
            return actions.wake(layout, timeout(), id(), Arguments.number("NR_WAKE", operands.get(2)));
        }
        if (action.equals("wait")) {
            requireOperands(action, 2);
            return actions.await(layout, timeout(), id());
        }
        if (action.equals("init")) {
            requireOperands(action, 0);
            return actions.init(layout, mode >= 0 ? mode : Checkpoint.DEFAULT_MODE);
        }
        throw new WrongUse("there is no '" + action + "'; it takes init, wait or wake");
    }

    private void requireOperands(String action, int count) throws WrongUse {
        if (operands.size() != count) {
            throw new WrongUse(action + " takes " + count + " arguments, not " + operands.size());
        }
    }

    private int timeout() throws WrongUse {
        return Arguments.number("TIMEOUT", operands.get(0));
    }

    private int id() throws WrongUse {
        return Arguments.number("ID", operands.get(1));
    }
}
