package org.latchwork.jmh.wake;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.latchwork.jmh.CFloor;
import org.latchwork.jmh.EngineProbe;
import org.latchwork.jmh.Peer;

/** Measures every mechanism in every place, one after the other, each in processes of its own. */
public final class WakeBenchmark {
    private static final String ONE_CORE = "left out: a spinner on the waker's own core only keeps the waker from running";

    private static final String ONE_JVM = "left out: virtual threads are woken by another process, or the waker's JVM would be theirs";

    private final Settings settings;
    private final Cpus cpus;
    private final Path directory;
    private final CFloor floor;
    private final PrintStream progress;

    /**
     * How long, and what.
     *
     * @param mechanisms which
     * @param scopes between whom
     * @param placements on which cores
     * @param warmUpMillis before each series
     * @param measureMillis of each series
     * @param maxWakes after so many a series ends before that
     */
    public record Settings(List<Mechanism> mechanisms, List<Scope> scopes, List<Placement> placements, int warmUpMillis, int measureMillis,
            int maxWakes) {
    }

    /**
     * Prepares a run.
     *
     * @param settings how long, and what
     * @param directory for files
     * @param floor the C program, or {@code null}
     * @param progress where to say what is going on
     */
    public WakeBenchmark(Settings settings, Path directory, CFloor floor, PrintStream progress) {
        this.settings = settings;
        this.cpus = Cpus.choose();
        this.directory = directory;
        this.floor = floor;
        this.progress = progress;
    }

    /** {@return the figures} */
    public WakeResults run() throws IOException, InterruptedException {
        List<Plan> plans = new ArrayList<>();
        List<WakeResults.LeftOut> leftOut = new ArrayList<>();
        for (Scope scope : settings.scopes()) {
            for (Placement placement : settings.placements()) {
                for (Mechanism mechanism : settings.mechanisms()) {
                    String reason = reasonToLeaveOut(mechanism, scope, placement);
                    if (reason == null && mechanism.kind() == Mechanism.Kind.FLOOR && floor == null) {
                        reason = CFloor.NO_COMPILER;
                    }
                    if (reason == null) {
                        plans.add(plan(mechanism, scope, placement, plans.size()));
                    } else {
                        leftOut.add(new WakeResults.LeftOut(mechanism, scope, placement, reason));
                    }
                }
            }
        }
        List<Series> series = new ArrayList<>();
        for (Plan plan : plans) {
            progress.printf(Locale.ROOT, "[%2d/%d] %-27s %-11s %-26s ", series.size() + 1, plans.size(),
                    plan.scope().label(), plan.placement().label(), plan.mechanism().label());
            progress.flush();
            Series measured = measure(plan);
            progress.printf(Locale.ROOT, "p50 %9.2f us  p99.9 %9.2f us  %s%n", measured.micros(50), measured.micros(99.9),
                    measured.proof());
            series.add(measured);
        }
        return new WakeResults(series, leftOut);
    }

    /** {@return why a mechanism cannot be measured, or {@code null}} */
    public static String reasonToLeaveOut(Mechanism mechanism, Scope scope, Placement placement) throws IOException {
        if (placement == Placement.OTHER_CORE && Cpus.choose().other() < 0) {
            return Cpus.NO_OTHER_CORE;
        }
        if (mechanism.isVirtual() && scope == Scope.THREADS) {
            return ONE_JVM;
        }
        if (mechanism.parks() && EngineProbe.reasonToLeaveOut(mechanism.engine()) != null) {
            return EngineProbe.reasonToLeaveOut(mechanism.engine());
        }
        if (placement == Placement.SAME_CORE && mechanism.spins()) {
            return ONE_CORE;
        }
        return null;
    }

    private Plan plan(Mechanism mechanism, Scope scope, Placement placement, int number) throws IOException {
        Path own = Files.createDirectory(directory.resolve("series-" + number));
        return new Plan(mechanism, scope, placement, cpus.first(), cpus.waiter(placement), settings.warmUpMillis(),
                settings.measureMillis(), settings.maxWakes(), own.toString());
    }

    private Series measure(Plan plan) throws IOException, InterruptedException {
        boolean c = plan.mechanism().kind() == Mechanism.Kind.FLOOR;
        try (Peer peer = c ? Peer.start(command(plan)) : SeriesProgram.start(plan.mechanism())) {
            return Series.measure(plan, peer);
        }
    }

    /** The C program's, which needs not be told anything else. */
    private ProcessBuilder command(Plan plan) {
        return floor.command("wake", plan.mechanism().spins() ? "spin" : "block", plan.scope().name().toLowerCase(Locale.ROOT),
                plan.wakerCpu(), plan.waiterCpu(), plan.warmUpMillis(), plan.measureMillis(), plan.maxWakes(),
                        plan.mechanism().pauseNanos());
    }
}
