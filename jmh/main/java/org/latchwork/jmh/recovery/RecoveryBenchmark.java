package org.latchwork.jmh.recovery;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.latchwork.jmh.CFloor;
import org.latchwork.jmh.Jvm;
import org.latchwork.jmh.Peer;
import org.latchwork.lock.RegionOptions;

/**
 * How long it takes until a lock can be acquired whose owner was killed: an owner that holds all objects, a JVM that waits for them, and an observer that
 * kills. {@code recovery_floor.c} says how the observer knows when the kernel has dropped the owner's locks.
 *
 * <p>Every owner is a process of its own. The waiter's JVM stays for a row, and there is no warm-up: it is the first recovery that a real process makes,
 * so it counts as any other, and is told beside them.
 */
public final class RecoveryBenchmark {
    private static final int SIGNIFICANT_DIGITS = 3;
    /** The kill comes so long after all is ready, at any moment of two of the sentinel's periods: an owner that has lived for one is known to it. */
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final int PAUSE_SPREAD_NANOS = (int) TimeUnit.MILLISECONDS.toNanos(20);
    private static final int START_MILLIS = 60_000;

    private final Settings settings;
    private final Path directory;
    private final CFloor c;
    private final PrintStream progress;
    private final Random random = new Random(20_240_607);

    /**
     * How many, and of what.
     *
     * @param kills of each row
     * @param objects how many are held, each a row; the default region has room for 1024
     * @param owners who is killed
     */
    public record Settings(int kills, List<Integer> objects, List<Owner> owners) {
        /** Checks them. */
        public Settings {
            if (kills < 1) {
                throw new IllegalArgumentException(kills + " kills: 1 or more are needed");
            }
            for (int count : objects) {
                if (count < 1 || count > RegionOptions.DEFAULT.objects()) {
                    throw new IllegalArgumentException(count + " objects: an owner holds 1 to " + RegionOptions.DEFAULT.objects());
                }
            }
        }
    }

    /**
     * What comes out.
     *
     * @param rows what was measured
     * @param leftOut what was not
     */
    public record Result(List<RecoveryRow> rows, List<RecoveryRow.LeftOut> leftOut) {
        /** Nothing. */
        public static final Result NONE = new Result(List.of(), List.of());
    }

    private RecoveryBenchmark(Settings settings, Path directory, CFloor c, PrintStream progress) {
        this.settings = settings;
        this.directory = directory;
        this.c = c;
        this.progress = progress;
    }

    /**
     * {@return the figures}
     *
     * @throws IllegalStateException if a waiter was not told that the owner had died, or was told of another process
     */
    public static Result run(Settings settings, Path directory, PrintStream progress) throws IOException, InterruptedException {
        List<RecoveryRow> rows = new ArrayList<>();
        List<RecoveryRow.LeftOut> leftOut = new ArrayList<>();
        try (CFloor c = CFloor.compile("recovery_floor", CFloor.C, "latchwork.h", "latchwork_client.h")) {
            RecoveryBenchmark benchmark = new RecoveryBenchmark(settings, directory, c, progress);
            for (Owner owner : settings.owners) {
                for (int objects : settings.objects) {
                    if (c == null) {
                        leftOut.add(new RecoveryRow.LeftOut(owner, objects, CFloor.NO_COMPILER));
                    } else {
                        rows.addAll(benchmark.measure(owner, objects));
                    }
                }
            }
        }
        return new Result(List.copyOf(rows), List.copyOf(leftOut));
    }

    private List<RecoveryRow> measure(Owner owner, int objects) throws IOException, InterruptedException {
        Path region = Files.createDirectory(directory.resolve("recovery-" + owner + "-" + objects)).resolve("region");
        long megabytes = owner.touchedMegabytes();
        Map<Step, Histogram> histograms = new EnumMap<>(Step.class);
        Map<Step, Long> firsts = new EnumMap<>(Step.class);
        try (Peer waiter = Peer.start(Jvm.command(WaiterProgram.class, region.toString(), String.valueOf(objects)))) {
            waiter.await("ready");
            try (Peer observer = Peer.start(c.command("observe", region))) {
                for (int i = 0; i < settings.kills; i++) {
                    Map<Step, Long> times;
                    try (Peer dying = Peer.start(owner.command(c, region, objects, megabytes))) {
                        times = kill(dying, waiter, observer);
                    }
                    times.forEach((step, nanos) -> {
                        if (objects > 1 || !step.isOfSeveral()) {
                            histograms.computeIfAbsent(step, s -> new Histogram(SIGNIFICANT_DIGITS)).recordValue(nanos);
                            firsts.putIfAbsent(step, nanos);
                        }
                    });
                }
            }
        }
        List<RecoveryRow> rows = new ArrayList<>();
        histograms.forEach((step, histogram) -> {
            RecoveryRow row = new RecoveryRow(owner, megabytes, objects, step, histogram, firsts.get(step));
            rows.add(row);
            progress.printf(Locale.ROOT, "[%s] %-28s %,d kills  p50 %,9.1f us  p99 %,9.1f us  max %,9.1f us  first %,9.1f us  %s%n", row.setting(),
                    step.label(), histogram.getTotalCount(), histogram.getValueAtPercentile(50) / 1e3, histogram.getValueAtPercentile(99) / 1e3,
                    histogram.getMaxValue() / 1e3, row.first() / 1e3, row.verdict());
        });
        return rows;
    }

    private Map<Step, Long> kill(Peer owner, Peer waiter, Peer observer) throws IOException, InterruptedException {
        owner.ask("hold", START_MILLIS);
        waiter.ask(String.valueOf(owner.pid()), 0);
        TimeUnit.NANOSECONDS.sleep(PAUSE_NANOS + random.nextInt(PAUSE_SPREAD_NANOS));
        long[] seen = numbers(observer.ask(String.valueOf(owner.pid()), START_MILLIS));
        long[] acquired = numbers(waiter.ask("acquired?", 0));
        if (acquired[2] != 0) {
            throw new IllegalStateException("of " + acquired[2] + " objects it was not said that process " + owner.pid() + " died with them");
        }
        long killed = seen[0];
        // The observer can be later than the waiter, but the drop cannot.
        long dropped = Math.min(seen[1], Math.min(acquired[0], acquired[1]));
        return new EnumMap<>(Map.of(
                Step.KILL_TO_DROP, dropped - killed,
                Step.DROP_TO_FIRST, acquired[0] - dropped,
                Step.DROP_TO_LAST, acquired[1] - dropped,
                Step.KILL_TO_FIRST, acquired[0] - killed,
                Step.KILL_TO_LAST, acquired[1] - killed,
                Step.OBSERVER, seen[2]));
    }

    private static long[] numbers(String answer) {
        return Arrays.stream(answer.split(" ")).mapToLong(Long::parseLong).toArray();
    }
}
