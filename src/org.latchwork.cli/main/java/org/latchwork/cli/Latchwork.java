package org.latchwork.cli;

import java.io.PrintWriter;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code latchwork}: Latchwork's parts, from a shell. */
@Command(
        name = Latchwork.NAME,
        description = "Synchronization between processes, from a shell.",
        mixinStandardHelpOptions = true,
        versionProvider = Latchwork.Version.class,
        subcommands = {CheckpointCommand.class, StoreCommand.class, BuildIdCommand.class, InspectCommand.Once.class, InspectCommand.Again.class},
        exitCodeOnInvalidInput = ExitStatus.FAILED,
        exitCodeOnExecutionException = ExitStatus.BROKEN)
final class Latchwork {
    static final String NAME = "latchwork";

    @Spec
    CommandSpec spec;

    /** The command. */
    public static void main(String[] args) {
        int status = run(args);
        StartupCache.tend();
        if (status != ExitStatus.DONE) {
            System.exit(status);
        }
    }

    static int run(String... args) {
        return commandLine().execute(args);
    }

    private static CommandLine commandLine() {
        // stdout may be a file or a pipe, and then colours are noise: picocli looks.
        return new CommandLine(new Latchwork());
    }

    @Command(
            description = "Prints a script that teaches bash to complete this command: source <(latchwork completion)",
            mixinStandardHelpOptions = true,
            exitCodeOnInvalidInput = ExitStatus.FAILED)
    int completion() {
        PrintWriter out = spec.commandLine().getOut();
        out.print(AutoComplete.bash(NAME, commandLine()));
        out.flush();
        return ExitStatus.DONE;
    }

    /** What the jar's manifest says, so that Maven's version is the one source. */
    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Latchwork.class.getPackage().getImplementationVersion();
            return new String[] {NAME + " " + (version != null ? version : "(not packaged)")};
        }
    }
}
