package org.latchwork.jmh.publish;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.latchwork.jmh.CFloor;
import org.latchwork.jmh.ratio.MedianInterval;
import org.latchwork.jmh.ratio.RatioTable;

/**
 * Throughput of publishing: every peer at the same work, by turns, so that what changes on the machine meanwhile meets all.
 *
 * <p>A batch is timed from the line that asks for it to the last answer, for all processes of a peer together.
 */
public final class PublishBenchmark {
    /** All files of all peers and rounds have to fit into memory, where /dev/shm is measured: in so much of it. */
    private static final int PART_OF_MEMORY = 4;
    /** For folders, caches and whatever has no code to compile. */
    private static final int WARM_UP_ROUNDS = 3;

    private final Settings settings;
    /** The C program, or {@code null} without a compiler. */
    private final CFloor floor;
    private final PrintStream progress;

    /**
     * What and how much.
     *
     * @param peers whom
     * @param places folders on the file systems to measure
     * @param sizes of the files, in bytes
     * @param processes how many publish at once
     * @param batch files in a batch, but fewer where memory has no room for all of the run
     * @param warmUp files that what is Java publishes elsewhere first, so that its code is compiled
     * @param rounds batches that count, of each peer by turns; 6 or more
     */
    public record Settings(
            List<Peer> peers, List<Path> places, List<Integer> sizes, List<Integer> processes, int batch, int warmUp, int rounds) {
    }

    /**
     * What comes out.
     *
     * @param rows the figures, in the order of the settings
     * @param goals what they are held to
     */
    public record Result(List<PublishRow> rows, RatioTable goals) {
    }

    private PublishBenchmark(Settings settings, CFloor floor, PrintStream progress) {
        this.settings = settings;
        this.floor = floor;
        this.progress = progress;
    }

    /** {@return the figures} */
    public static Result run(Settings settings, PrintStream progress) throws IOException, InterruptedException {
        try (CFloor floor = CFloor.compile("publish_floor", CFloor.C)) {
            return new PublishBenchmark(settings, floor, progress).run();
        }
    }

    private Result run() throws IOException, InterruptedException {
        List<PublishRow> rows = new ArrayList<>();
        PublishGoals goals = new PublishGoals(progress);
        for (Path place : settings.places) {
            for (int size : settings.sizes) {
                for (int processes : settings.processes) {
                    Path directory = Files.createTempDirectory(place, "latchwork-publish-");
                    try {
                        new Turn(directory, place, size, processes).measure(rows, goals);
                    } finally {
                        delete(directory);
                    }
                }
            }
        }
        return new Result(List.copyOf(rows), goals.table());
    }

    static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** All peers in one place with one size. */
    private final class Turn {
        private final Path directory;
        private final Path place;
        private final int size;
        private final int processes;
        /** In a batch of one process. */
        private final int files;
        private final Map<Peer, List<Publishing>> running = new EnumMap<>(Peer.class);
        private final Map<Peer, String> missing = new EnumMap<>(Peer.class);

        Turn(Path directory, Path place, int size, int processes) {
            this.directory = directory;
            this.place = place;
            this.size = size;
            this.processes = processes;
            this.files = Math.clamp(bytes() / PART_OF_MEMORY / size / processes / settings.peers.size() / (WARM_UP_ROUNDS + settings.rounds),
                    1, settings.batch);
        }

        private static long bytes() {
            return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
        }

        void measure(List<PublishRow> rows, PublishGoals goals) throws IOException, InterruptedException {
            try {
                for (Peer peer : settings.peers) {
                    start(peer);
                }
                Map<Peer, double[][]> nanos = new EnumMap<>(Peer.class);
                for (Peer peer : running.keySet()) {
                    nanos.put(peer, new double[Publishing.Work.values().length][settings.rounds]);
                }
                for (int round = -WARM_UP_ROUNDS; round < settings.rounds; round++) {
                    List<Peer> order = List.copyOf(running.keySet());
                    // The order changes, too: whoever comes after a heavy writer finds the disk busy.
                    for (Peer peer : round % 2 == 0 ? order : order.reversed()) {
                        measure(peer, Math.max(round, 0), nanos.get(peer));
                    }
                }
                String setting = new PublishRow(null, place.toString(), size, processes, null, 0, null).setting();
                progress.printf(Locale.ROOT, "[%s] batches of %,d files%n", setting, files);
                rows(nanos, rows);
                goals.add(setting, nanos);
            } finally {
                running.values().forEach(all -> all.forEach(Publishing::close));
            }
        }

        private void measure(Peer peer, int round, double[][] nanos) throws IOException, InterruptedException {
            settle();
            for (Publishing.Work work : Publishing.Work.values()) {
                if (peer.reasonToLeaveOut(work) == null) {
                    nanos[work.ordinal()][round] = batch(running.get(peer), work) / ((double) files * processes);
                }
            }
        }

        /** Has the disk finish with the last peer's files: the kernel holds up whoever writes when much is to be written, and that is the next one. */
        private void settle() throws IOException, InterruptedException {
            Process sync = new ProcessBuilder("sync", "-f", directory.toString()).inheritIO().start();
            if (sync.waitFor() != 0) {
                throw new IOException("sync -f " + directory + " failed with " + sync.exitValue());
            }
        }

        private long batch(List<Publishing> all, Publishing.Work work) throws IOException {
            for (Publishing one : all) {
                one.prepare(work, files);
            }
            long begin = System.nanoTime();
            for (Publishing one : all) {
                one.begin(work, files);
            }
            for (Publishing one : all) {
                one.await();
            }
            return System.nanoTime() - begin;
        }

        private void rows(Map<Peer, double[][]> nanos, List<PublishRow> rows) {
            for (Publishing.Work work : Publishing.Work.values()) {
                for (Peer peer : settings.peers) {
                    String why = missing.containsKey(peer) ? missing.get(peer) : peer.reasonToLeaveOut(work);
                    double median = why != null ? 0 : MedianInterval.median(nanos.get(peer)[work.ordinal()]);
                    PublishRow row = new PublishRow(peer, place.toString(), size, processes, work, median, why);
                    rows.add(row);
                    progress.printf(Locale.ROOT, "[%s] %-5s  %-36s %s%n", row.setting(), work.word(), peer.label(),
                            why != null ? why : String.format(Locale.ROOT, "%9.2f us a file", median / 1e3));
                }
            }
        }

        private void start(Peer peer) throws IOException, InterruptedException {
            Path own = Files.createDirectory(directory.resolve(peer.name()));
            List<Publishing> all = new ArrayList<>();
            running.put(peer, all); // closed also if one of them does not start
            for (int i = 0; i < processes; i++) {
                String why = PublishStart.start(peer, own, size, i + 1, settings.warmUp, floor, all);
                if (why != null) {
                    missing.put(peer, why);
                    running.remove(peer).forEach(Publishing::close);
                    return;
                }
            }
        }
    }
}
