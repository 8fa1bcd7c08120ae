package org.latchwork.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.latchwork.testing.Conditions;

/** Runs the packaged commands as a user does, with an environment that holds nothing of the tester's own. */
final class Command {
    /** What {@code mvn package} leaves. */
    static final Path FOLDER = Path.of(System.getProperty("latchwork.folder"));
    /** A cache that all tests of this run share; those that test the cache itself take their own. */
    private static final Path CACHE = FOLDER.resolveSibling("test-cache");

    private final Map<String, String> environment = new LinkedHashMap<>();
    private final Path folder;

    private Command(Path folder) {
        this.folder = folder;
        environment.put("PATH", "/usr/local/bin:/usr/bin:/bin");
        environment.put("JAVA_HOME", System.getProperty("java.home"));
        environment.put("LATCHWORK_CACHE", CACHE.toString());
    }

    /** The commands of {@link #FOLDER}. */
    static Command packaged() {
        return new Command(FOLDER);
    }

    /** The commands of a copy of it. */
    static Command in(Path folder) {
        return new Command(folder);
    }

    /** Sets a variable, or takes it away with {@code null}. */
    Command with(String variable, Object value) {
        if (value == null) {
            environment.remove(variable);
        } else {
            environment.put(variable, value.toString());
        }
        return this;
    }

    Map<String, String> environment() {
        return environment;
    }

    /** How it ended. */
    record Result(int status, String out, String err) {
        /** Asserts all three. */
        void is(int status, String out, String err) {
            assertEquals(new Result(status, out, err), this);
        }
    }

    Result tstCheckpoint(String... arguments) {
        return run(start("tst_checkpoint", arguments));
    }

    Result latchwork(String... arguments) {
        return run(start("latchwork", arguments));
    }

    /** Any program in this environment. */
    Result program(String... command) {
        return run(startProgram(List.of(command)));
    }

    Process start(String command, String... arguments) {
        List<String> all = new ArrayList<>(List.of(folder.resolve("bin").resolve(command).toString()));
        all.addAll(List.of(arguments));
        return startProgram(all);
    }

    Process startProgram(List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().clear();
        builder.environment().putAll(environment);
        try {
            return builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits for the end. A command says little, so that neither pipe fills. */
    static Result run(Process process) {
        try {
            if (!process.waitFor(Conditions.HANG.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("the command does not end: " + process.info().commandLine().orElse("?"));
            }
            return new Result(process.exitValue(), text(process.getInputStream()), text(process.getErrorStream()));
        } catch (InterruptedException | IOException e) {
            throw new AssertionError(e);
        }
    }

    private static String text(InputStream stream) throws IOException {
        return new String(stream.readAllBytes());
    }

    /** Copies the packaged folder. */
    static Path copyTo(Path target) throws IOException {
        try (Stream<Path> files = Files.walk(FOLDER)) {
            for (Path file : files.toList()) {
                Files.copy(file, target.resolve(FOLDER.relativize(file).toString()), StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
        return target;
    }
}
