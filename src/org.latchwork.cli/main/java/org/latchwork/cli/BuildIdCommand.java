package org.latchwork.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.latchwork.file.Durability;
import org.latchwork.file.InvalidFileException;
import org.latchwork.file.PublishOutcome;
import org.latchwork.publish.BuildIdCache;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;

/** {@code latchwork build-id}: perf's cache of objects, beside perf. */
@Command(
        name = "build-id",
        description = "Files objects by build id, as perf does.",
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        exitCodeOnInvalidInput = ExitStatus.FAILED,
        exitCodeOnExecutionException = ExitStatus.BROKEN,
        footer = {
            "",
            "Exit status: 0 done; 1 wrong use, no build id, or another content of that path and id; 2 broken environment."
        })
final class BuildIdCommand {
    private static final String COMMAND = "latchwork build-id";

    private final PrintStream out = System.out;
    private final PrintStream err = System.err;

    @Command(description = "Adds ELF files and prints their build ids.")
    int add(
            @Option(names = "--dir", paramLabel = "FOLDER", description = "The cache (~/.debug).") Path folder,
            @Option(names = "--json", description = "Prints one JSON object a line.") boolean json,
            @Parameters(paramLabel = "FILE", arity = "1..*", description = "Programs, libraries, kernel modules.") List<Path> files) {
        int status = ExitStatus.DONE;
        try (BuildIdCache cache = BuildIdCache.open(folder != null ? folder : Path.of(System.getProperty("user.home"), ".debug"))) {
            for (Path file : files) {
                status = Math.max(status, add(cache, file, json));
            }
            return out.checkError() ? complain(ExitStatus.BROKEN, "standard output cannot be written to") : status;
        } catch (RuntimeException e) {
            return complain(ExitStatus.BROKEN, e.getMessage() != null ? e.getMessage() : e.toString());
        }
    }

    private int add(BuildIdCache cache, Path file, boolean json) {
        try {
            BuildIdCache.Added added = cache.add(file, Durability.CONTENT);
            out.println(json ? new Json().put("file", file).put("buildId", added.buildId()).put("folder", added.folder())
                    .put("outcome", added.outcome()) : added.buildId());
            return added.outcome() != PublishOutcome.COLLISION ? ExitStatus.DONE
                    : complain(ExitStatus.FAILED, added.folder() + " holds another content than " + file + "; it was left as it is");
        } catch (InvalidFileException e) {
            return complain(ExitStatus.FAILED, e.getMessage());
        } catch (NoSuchFileException e) {
            return complain(ExitStatus.BROKEN, file + " does not exist");
        } catch (IOException e) {
            return complain(ExitStatus.BROKEN, e.toString());
        }
    }

    private int complain(int status, String message) {
        err.println(CheckpointActions.printable(COMMAND + ": " + message));
        return status;
    }
}
