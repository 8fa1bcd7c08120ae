package org.latchwork.jmh.ratio;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.latchwork.jmh.CFloor;
import org.latchwork.jmh.Jvm;
import org.latchwork.jmh.wake.Cpus;

/** The same operation in Java and in C by turns. */
public final class RatioBenchmark implements AutoCloseable {
    /** One operation: the C program's command, where {@code %d} is how many batches, and how many operations are in one. */
    private record Operation(String name, double goal, String command, int batch, double nanosAbout) {
    }

    private static final String TITLE = "Java against C";
    private static final String METHOD = "The same operation in Java and in C, between two processes. A run's figure is its median batch.";
    private static final int WARM_UP_TURNS = 3;

    private final Settings settings;
    private final CFloor floor;
    private final PrintStream progress;
    private final Cpus cpus = Cpus.choose();
    private final Process java;
    private final PrintStream commands;
    private final BufferedReader answers;

    /**
     * How long.
     *
     * @param warmUpMillis of each operation in Java, about
     * @param pairs of runs, 6 or more
     * @param runMillis of each run, about
     */
    public record Settings(int warmUpMillis, int pairs, int runMillis) {
    }

    /** Starts the two JVMs and lets them warm up. */
    private RatioBenchmark(Settings settings, Path directory, CFloor floor, PrintStream progress) throws IOException {
        this.settings = settings;
        this.floor = floor;
        this.progress = progress;
        this.java = Jvm.command(RoundTripProgram.class, "ping", directory.resolve("round-trip").toString()).start();
        this.commands = new PrintStream(java.getOutputStream(), true);
        this.answers = java.inputReader();
    }

    /** {@return the ratios; without a C program, the reason} */
    public static RatioTable run(Settings settings, Path directory, CFloor floor, PrintStream progress) throws IOException {
        if (floor == null) {
            return new RatioTable(TITLE, METHOD, List.of(), List.of(new RatioTable.LeftOut("all", CFloor.NO_COMPILER)));
        }
        try (RatioBenchmark benchmark = new RatioBenchmark(settings, directory, floor, progress)) {
            return benchmark.run();
        }
    }

    private List<Operation> operations() {
        int first = cpus.first();
        List<Operation> operations = new ArrayList<>();
        operations.add(new Operation("round trip, same core, sleeping", 1.25, "round-trip block " + first + " " + first + " %d 10", 10,
                5_000));
        if (cpus.other() >= 0) {
            operations.add(new Operation(
                    "round trip, other core, spinning", 1.2, "round-trip spin " + first + " " + cpus.other() + " %d 100", 100, 500));
            operations.add(new Operation(
                    "round trip, other core, sleeping", 1.05, "round-trip block " + first + " " + cpus.other() + " %d 1", 1, 80_000));
        }
        operations.add(new Operation("wake, nobody waiting", 1.1, "empty-wake " + first + " %d 100", 100, 200));
        return operations;
    }

    private RatioTable run() throws IOException {
        warmUp();
        RatioTable.Builder table = new RatioTable.Builder(TITLE, METHOD, progress);
        for (Operation operation : operations()) {
            int batches = batches(operation, settings.runMillis());
            table.add(Ratio.ofPairs(operation.name(), operation.goal(), settings.pairs(),
                    new Side("Java", () -> runJava(operation, batches)), new Side("C", () -> runC(operation, batches))));
        }
        if (cpus.other() < 0) {
            table.leaveOut("round trip, other core", Cpus.NO_OTHER_CORE);
        }
        return table.build();
    }

    private interface Measurement {
        double run() throws IOException;
    }

    private record Side(String label, Measurement measurement) implements Contender {
        @Override
        public double measure() throws IOException {
            return measurement.run();
        }
    }

    /** Operations of all kinds, by turns, so that C2 compiles what they call for all of them. */
    private void warmUp() throws IOException {
        for (int i = 0; i < WARM_UP_TURNS; i++) {
            for (Operation operation : operations()) {
                runJava(operation, batches(operation, settings.warmUpMillis() / WARM_UP_TURNS));
            }
        }
    }

    private static int batches(Operation operation, int millis) {
        return Math.max(10, (int) (millis * 1e6 / operation.nanosAbout() / operation.batch()));
    }

    private double runJava(Operation operation, int batches) throws IOException {
        commands.println(operation.command().formatted(batches));
        return median(answers, operation);
    }

    private double runC(Operation operation, int batches) throws IOException {
        Process c = floor.command((Object[]) operation.command().formatted(batches).split(" ")).start();
        try (BufferedReader output = c.inputReader()) {
            return median(output, operation);
        } finally {
            c.destroyForcibly();
        }
    }

    /** The time of one operation in the median batch. */
    private static double median(BufferedReader output, Operation operation) throws IOException {
        List<Long> batches = new ArrayList<>();
        String line;
        while ((line = output.readLine()) != null && !line.equals(RoundTripProgram.END)) {
            batches.add(Long.parseLong(line));
        }
        if (batches.isEmpty()) {
            throw new IllegalStateException(operation.name() + ": the measuring process has ended without a figure");
        }
        return MedianInterval.median(batches.stream().mapToDouble(Long::doubleValue).toArray()) / operation.batch();
    }

    @Override
    public void close() {
        java.destroyForcibly();
    }
}
