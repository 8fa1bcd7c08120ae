package org.latchwork.publish;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.latchwork.testing.Child;

/** A JVM that runs scenarios when it is told to, in the one thread that makes calls about files, with all its classes loaded before. */
final class ScenarioChild implements AutoCloseable {
    /** Where syncing costs nothing: what is on disk is nobody's business while the classes load. */
    private static final Path MEMORY = Path.of("/dev/shm");

    private final Child child;
    private final Path warmUp;
    private boolean ready;

    private ScenarioChild(Child child, Path warmUp) {
        this.child = child;
        this.warmUp = warmUp;
    }

    /** Starts one; it warms up by itself, until {@link #awaitReady}. */
    static ScenarioChild start(Path directory) throws IOException {
        Path warmUp = Files.createTempDirectory(Files.isWritable(MEMORY) ? MEMORY : directory, "latchwork-");
        return new ScenarioChild(Child.start(Map.of(), Child.jvmCommand(List.of("-Xmx64m"), Main.class, warmUp)), warmUp);
    }

    ScenarioChild awaitReady() {
        if (!ready) {
            String line = child.line();
            if (!line.equals("ready")) {
                throw new AssertionError(line);
            }
            ready = true;
        }
        return this;
    }

    Child process() {
        return child;
    }

    /** Tells it to run a scenario. */
    void tell(Scenario scenario, Path directory) {
        try {
            var writer = child.process().outputWriter();
            writer.write(scenario + " " + directory + "\n");
            writer.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@return what became of it: the outcome, or {@code failed:} and the exception} */
    String answer() {
        return child.line();
    }

    @Override
    public void close() throws IOException {
        child.close();
        child.exit();
        try (var files = Files.walk(warmUp)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    static final class Main {
        public static void main(String[] arguments) throws Exception {
            Path warmUp = Path.of(arguments[0]);
            for (Scenario scenario : Scenario.values()) {
                Path directory = warmUp.resolve(scenario.name());
                scenario.prepare(directory);
                scenario.run(directory);
            }
            // What a failure loads, too.
            result(() -> {
                throw new IOException("tried");
            });
            result(() -> String.valueOf(PublishStore.open(warmUp.resolve("no/such"))));
            System.out.println("ready");
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
            for (String line; (line = in.readLine()) != null; ) {
                String[] words = line.split(" ", 2);
                Scenario scenario = Scenario.valueOf(words[0]);
                Path directory = Path.of(words[1]);
                System.out.println(result(() -> scenario.run(directory)));
            }
        }

        private interface Run {
            String run() throws IOException;
        }

        private static String result(Run run) {
            try {
                return run.run();
            } catch (Exception e) {
                StringBuilder all = new StringBuilder("failed: ").append(e);
                for (Throwable suppressed : e.getSuppressed()) {
                    all.append(" | ").append(suppressed);
                }
                return all.toString().replace('\n', ' ');
            }
        }
    }
}
