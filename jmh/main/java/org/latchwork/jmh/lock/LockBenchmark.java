package org.latchwork.jmh.lock;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.latchwork.jmh.CFloor;
import org.latchwork.jmh.ratio.MedianInterval;
import org.latchwork.jmh.ratio.Ratio;
import org.latchwork.jmh.ratio.RatioTable;

/** Locks against those of others, by turns: nobody else wants them; several threads or processes do. */
public final class LockBenchmark {
    /** How long the work inside and outside of a section is, in steps of about two nanoseconds. */
    private static final int SHORT = 10;
    private static final int LONG = 1500;

    private final Settings settings;
    private final Path directory;
    private final CFloor c;
    private final CFloor boost;
    private final RatioTable.Builder table;
    private final PrintStream progress;

    /**
     * How long.
     *
     * @param warmUpMillis for each process
     * @param pairs of runs, 6 or more
     * @param runMillis of each run
     * @param crowds how many want one lock at a time
     */
    public record Settings(int warmUpMillis, int pairs, int runMillis, List<Integer> crowds) {}

    private LockBenchmark(Settings settings, Path directory, CFloor c, CFloor boost, PrintStream progress) {
        this.settings = settings;
        this.directory = directory;
        this.c = c;
        this.boost = boost;
        this.progress = progress;
        this.table = new RatioTable.Builder("Locks", "One lock and unlock, and the work between them and after them. A run's figure is its time"
                + " divided by how often all have had the lock.", progress);
    }

    /** {@return the ratios} */
    public static RatioTable run(Settings settings, Path directory, PrintStream progress) throws IOException, InterruptedException {
        try (CFloor c = CFloor.compile("lock_floor", CFloor.C);
                CFloor boost = CFloor.compile("lock_floor", List.of("c++", "-x", "c++", "-DBOOST", "-O2", "-pthread"))) {
            LockBenchmark benchmark = new LockBenchmark(settings, directory, c, boost, progress);
            if (c == null) {
                benchmark.table.leaveOut("all", CFloor.NO_COMPILER);
            } else {
                benchmark.run();
            }
            return benchmark.table.build();
        }
    }

    private void run() throws IOException, InterruptedException {
        uncontended(LockKind.MUTEX, LockKind.REENTRANT_LOCK, 1.0);
        uncontended(LockKind.MUTEX, LockKind.PTHREAD_MUTEX, 1.0);
        uncontended(LockKind.MUTEX, LockKind.PTHREAD_ROBUST, 0.75);
        uncontended(LockKind.RW_LOCK_READ, LockKind.PTHREAD_RWLOCK_READ, 1.0);
        uncontended(LockKind.SEMAPHORE, LockKind.SEM_T, 1.0);
        uncontended(LockKind.ROBUST_SEMAPHORE, LockKind.SEM_T, 1.5);
        List<Double> logs = new ArrayList<>();
        for (int inside : new int[] {SHORT, LONG}) {
            for (int crowd : settings.crowds) {
                logs.add(contended(LockKind.PTHREAD_MUTEX, crowd, false, inside, 1.25));
                logs.add(contended(LockKind.PTHREAD_MUTEX, crowd, true, inside, 1.25));
                contended(LockKind.REENTRANT_LOCK, crowd, false, inside, null);
                if (boost != null) {
                    contended(LockKind.BOOST, crowd, true, inside, null);
                }
                contended(LockKind.FILE_LOCK, crowd, true, inside, null);
            }
        }
        if (boost == null) {
            table.leaveOut(LockKind.BOOST.label(), "not measured: no Boost.Interprocess (Debian: apt-get install g++ libboost-dev)");
        }
        readersScale();
        progress.printf(Locale.ROOT, "contended, geometric mean over %d rows of Mutex : pthread_mutex, time: %.3f (goal 1.0)%n", logs.size(),
                Math.exp(logs.stream().mapToDouble(Double::doubleValue).average().orElse(0)));
    }

    private LockPeer peer(LockKind kind, int processes) throws IOException, InterruptedException {
        return new LockPeer(kind, directory, kind == LockKind.BOOST ? boost : c, processes);
    }

    private void uncontended(LockKind measured, LockKind reference, double goal) throws IOException, InterruptedException {
        compare("nobody else, " + measured.label() + " : " + reference.label(), measured, reference, 1, 1, 0, goal);
    }

    /** {@return the logarithm of the ratio} */
    private double contended(LockKind reference, int crowd, boolean processes, int inside, Double goal) throws IOException, InterruptedException {
        String name = crowd + (processes ? " processes, " : " threads, ") + (inside == SHORT ? "short" : "long") + ", Mutex : " + reference.label();
        return Math.log(compare(name, LockKind.MUTEX, reference, processes ? crowd : 1, processes ? 1 : crowd, inside, goal));
    }

    private double compare(String name, LockKind measured, LockKind reference, int processes, int threads, int inside, Double goal)
            throws IOException, InterruptedException {
        try (LockPeer one = peer(measured, processes); LockPeer other = peer(reference, processes)) {
            warmUp(one, processes, threads, inside);
            warmUp(other, processes, threads, inside);
            double[] ones = new double[settings.pairs];
            double[] others = new double[settings.pairs];
            double[] waits = new double[settings.pairs];
            double[] otherWaits = new double[settings.pairs];
            for (int i = 0; i < settings.pairs; i++) {
                LockPeer.Figures first = i % 2 == 0 ? one.run(processes, threads, settings.runMillis, inside) : null;
                LockPeer.Figures second = other.run(processes, threads, settings.runMillis, inside);
                if (first == null) {
                    first = one.run(processes, threads, settings.runMillis, inside);
                }
                ones[i] = nanos(first);
                others[i] = nanos(second);
                waits[i] = first.p999();
                otherWaits[i] = second.p999();
            }
            Ratio ratio = Ratio.of(name, goal, measured.label(), ones, reference.label(), others);
            table.add(ratio);
            if (processes * threads > 1) {
                progress.printf(Locale.ROOT, "           p99.9 of the wait: %s %,.0f ns, %s %,.0f ns%n", measured.label(), MedianInterval.median(waits),
                        reference.label(), MedianInterval.median(otherWaits));
            }
            return ratio.ratio().median();
        }
    }

    /** For longer with many JVMs, each of which compiles its code, and all on the same CPUs: of eight, half of that would still be in the figures. */
    private void warmUp(LockPeer peer, int processes, int threads, int inside) throws IOException {
        peer.run(processes, threads, settings.warmUpMillis * processes, inside);
    }

    /** Two readers against one: twice as many readings in the same time are a ratio of 0.5. */
    private void readersScale() throws IOException, InterruptedException {
        try (LockPeer peer = peer(LockKind.RW_LOCK_READ, 2)) {
            warmUp(peer, 2, 1, 0);
            double[] two = new double[settings.pairs];
            double[] one = new double[settings.pairs];
            for (int i = 0; i < settings.pairs; i++) {
                two[i] = nanos(peer.run(2, 1, settings.runMillis, 0));
                one[i] = nanos(peer.run(1, 1, settings.runMillis, 0));
            }
            table.add(Ratio.of("RwLock, two reading processes : one", 1 / 1.8, "two", two, "one", one));
        }
    }

    private double nanos(LockPeer.Figures figures) {
        return settings.runMillis * 1e6 / Math.max(1, figures.operations());
    }
}
