package org.latchwork.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.latchwork.file.Durability;
import org.latchwork.publish.EvictionPolicy;
import org.latchwork.publish.StoreKey;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** {@code latchwork store}: a folder of files that many processes write and read at once. */
@Command(
        name = "store",
        description = "Keeps files that many processes publish and read at once: whole or not at all, without a lock.",
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        exitCodeOnInvalidInput = ExitStatus.FAILED,
        exitCodeOnExecutionException = ExitStatus.BROKEN,
        footer = {
            "",
            "A KEY is sha256: and 64 hexadecimal digits, or a name.",
            "Exit status: 0 done; 1 wrong use, no such key, a timeout, another content of that name, or a problem",
            "found; 2 broken environment."
        })
final class StoreCommand {
    private static final String STORE = "The store's folder; an empty or missing one becomes a store.";
    private static final String KEY = "sha256: and 64 hexadecimal digits, or a name.";

    private final StoreActions actions = new StoreActions(System.in, System.out, System.err);

    @Spec
    CommandSpec spec;

    @Option(names = "--json", scope = ScopeType.INHERIT, description = "Prints one JSON object a line.")
    boolean json;

    @Option(names = "--progress", scope = ScopeType.INHERIT, description = "Shows progress on stderr, also where that is no terminal.")
    boolean progress;

    @Command(description = "Puts files in and prints their keys.")
    int put(
            @Option(names = "--name", paramLabel = "NAME", description = "Publishes the one file under this name, not under its SHA-256.")
                    String name,
            @Option(
                            names = "--durability",
                            paramLabel = "WHAT",
                            description = "What is on disk at the end: none, content (default) or durable.")
                    String durability,
            @Parameters(paramLabel = "STORE", description = STORE) Path store,
            @Parameters(paramLabel = "FILE", arity = "0..*", description = "Files; without any, or for -, standard input.")
                    List<String> files) {
        return checked(() -> actions.put(store, files == null ? List.of("-") : files, name == null ? null : Arguments.name(name),
                durability == null ? Durability.CONTENT : Arguments.durability(durability), json));
    }

    @Command(description = "Prints a file's content.")
    int get(
            @Parameters(paramLabel = "STORE", description = STORE) Path store,
            @Parameters(paramLabel = "KEY", description = KEY) String key) {
        return checked(() -> actions.get(store, Arguments.key(key)));
    }

    @Command(description = "Waits until there is a file of that key, whoever publishes it.")
    int await(
            @Option(
                            names = "--timeout",
                            paramLabel = "TIME",
                            description = "How long at most: 500ms, 30s, 5m; 0s only looks. Without it, for ever.")
                    String timeout,
            @Parameters(paramLabel = "STORE", description = STORE) Path store,
            @Parameters(paramLabel = "KEY", description = KEY) String key) {
        return checked(() -> actions.await(store, Arguments.key(key),
                timeout == null ? null : Arguments.timeout("--timeout", timeout), json));
    }

    @Command(description = "Lists all keys.")
    int list(@Parameters(paramLabel = "STORE", description = STORE) Path store) {
        return checked(() -> actions.list(store, json));
    }

    @Command(description = "Reads files anew and tells what does not fit its key or should not be there.")
    int verify(
            @Parameters(paramLabel = "STORE", description = STORE) Path store,
            @Parameters(paramLabel = "KEY", arity = "0..*", description = "Which; without any, all of the store.") List<String> keys) {
        return checked(() -> {
            List<StoreKey> chosen = new ArrayList<>();
            for (String key : keys == null ? List.<String>of() : keys) {
                chosen.add(Arguments.key(key));
            }
            return actions.verify(store, chosen, json, progress);
        });
    }

    @Command(description = "Removes what crashed processes have left in private. Safe at any time.")
    int sweep(@Parameters(paramLabel = "STORE", description = STORE) Path store) {
        return checked(() -> actions.sweep(store, json));
    }

    @Command(description = "Removes files, those published longest ago first.")
    int evict(
            @Option(names = "--max-bytes", paramLabel = "SIZE", description = "How much may stay: bytes, or with K, M, G.") String maxBytes,
            @Option(names = "--max-age", paramLabel = "TIME", description = "How old a file may become: 90s, 30m, 12h, 7d.") String maxAge,
            @Option(names = "--keep", paramLabel = "TIME", description = "How old a file has to be to go at all (1h).") String keep,
            @Option(names = "--contents", description = "Only what was put without a name may go.") boolean contents,
            @Parameters(paramLabel = "STORE", description = STORE) Path store) {
        return checked(() -> {
            if (maxBytes == null && maxAge == null) {
                throw new WrongUse("name --max-bytes, --max-age or both");
            }
            EvictionPolicy policy = new EvictionPolicy(
                    maxBytes == null ? Long.MAX_VALUE : Arguments.size("--max-bytes", maxBytes),
                    maxAge == null ? null : Arguments.duration("--max-age", maxAge),
                    keep == null ? EvictionPolicy.DEFAULT_KEEP : Arguments.duration("--keep", keep));
            return actions.evict(store, policy, contents, json);
        });
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
