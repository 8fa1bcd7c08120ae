package org.latchwork.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code latchwork inspect} and {@code latchwork watch}: what a region of locks looks like. */
final class InspectCommand {
    private InspectCommand() {}

    /** Once. */
    @Command(
            name = "inspect",
            description = {"Shows a region of locks: who is attached, what there is, who holds it, who waits, and who waits for each other.",
                "It takes part in nothing, and needs permission to read alone."},
            mixinStandardHelpOptions = true,
            exitCodeOnInvalidInput = ExitStatus.FAILED,
            exitCodeOnExecutionException = ExitStatus.BROKEN)
    static final class Once implements Callable<Integer> {
        @Parameters(paramLabel = "FILE", description = "The region, such as /dev/shm/orders.")
        Path file;

        @Option(names = "--json", description = "Print one JSON document.")
        boolean json;

        @Override
        public Integer call() {
            return new InspectActions(System.out, System.err).inspect(file, json);
        }
    }

    /** Again and again. */
    @Command(
            name = "watch",
            description = "Shows a region of locks again and again, until it is interrupted or the file is gone.",
            mixinStandardHelpOptions = true,
            exitCodeOnInvalidInput = ExitStatus.FAILED,
            exitCodeOnExecutionException = ExitStatus.BROKEN)
    static final class Again implements Callable<Integer> {
        @Spec
        CommandSpec spec;

        @Parameters(paramLabel = "FILE", description = "The region, such as /dev/shm/orders.")
        Path file;

        @Option(names = "--interval", paramLabel = "SECONDS", defaultValue = "1", description = "Between two looks, ${DEFAULT-VALUE} s by default.")
        double seconds;

        @Option(names = "--count", paramLabel = "N", description = "Stop after so many looks.")
        long count = Long.MAX_VALUE;

        @Override
        public Integer call() {
            if (!(seconds > 0 && seconds <= 86_400)) {
                throw new CommandLine.ParameterException(spec.commandLine(), "--interval takes more than 0 seconds, up to a day, not " + seconds);
            }
            return new InspectActions(System.out, System.err).watch(file, Duration.ofNanos((long) (seconds * 1e9)), count);
        }
    }
}
