package org.latchwork.jmh.publish;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.latchwork.jmh.CFloor;
import org.latchwork.jmh.Jvm;

/**
 * Throughput of publishing: every peer at the same work, by turns, so that what changes on the machine meanwhile meets all.
 *
 * <p>A batch is timed from the line that asks for it to the last answer, for all processes of a peer together.
 */
public final class PublishBenchmark {
    private final Settings settings;
    private final PrintStream progress;

    /**
     * What and how much.
     *
     * @param peers whom
     * @param places folders on the file systems to measure
     * @param sizes of the files, in bytes
     * @param processes how many publish at once
     * @param batch files in a batch
     * @param warmUp batches before the clock counts
     * @param rounds batches that count, of each peer by turns
     */
    public record Settings(
            List<Peer> peers, List<Path> places, List<Integer> sizes, List<Integer> processes, int batch, int warmUp, int rounds) {
    }

    /**
     * One figure, or why there is none.
     *
     * @param peer who
     * @param place the folder
     * @param size bytes of a file
     * @param processes how many at once
     * @param work {@code new}, {@code again} or {@code find}
     * @param micros the median over the rounds of the time that passes between two files, of all processes together
     * @param missing why there is no figure, or {@code null}
     */
    public record Row(Peer peer, Path place, int size, int processes, String work, double micros, String missing) {
    }

    /** Measures nothing yet. */
    public PublishBenchmark(Settings settings, PrintStream progress) {
        this.settings = settings;
        this.progress = progress;
    }

    /** {@return the rows, in the order of the settings} */
    public List<Row> run() throws IOException, InterruptedException {
        List<Row> rows = new ArrayList<>();
        for (Path place : settings.places) {
            for (int size : settings.sizes) {
                for (int processes : settings.processes) {
                    Path directory = Files.createTempDirectory(place, "latchwork-publish-");
                    try {
                        List<Row> measured = new Turn(directory, place, size, processes).measure();
                        measured.forEach(row -> progress.println(text(row)));
                        rows.addAll(measured);
                    } finally {
                        delete(directory);
                    }
                }
            }
        }
        return rows;
    }

    /** {@return a row as a line} */
    public static String text(Row row) {
        return "%-16s %6d bytes %d at once  %-5s  %-36s ".formatted(row.place, row.size, row.processes, row.work, row.peer.label())
                + (row.missing != null ? row.missing
                : String.format(Locale.ROOT, "%9.2f us a file  %9.0f files/s", row.micros, 1e6 / row.micros));
    }

    private static void delete(Path directory) throws IOException {
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
        private final Map<Peer, List<Publishing>> running = new EnumMap<>(Peer.class);
        private final Map<Peer, String> missing = new EnumMap<>(Peer.class);

        Turn(Path directory, Path place, int size, int processes) {
            this.directory = directory;
            this.place = place;
            this.size = size;
            this.processes = processes;
        }

        List<Row> measure() throws IOException, InterruptedException {
            try {
                for (Peer peer : settings.peers) {
                    start(peer);
                }
                Map<Peer, double[][]> nanos = new EnumMap<>(Peer.class);
                for (int round = -settings.warmUp; round < settings.rounds; round++) {
                    for (Peer peer : List.copyOf(running.keySet())) {
                        double[][] all = nanos.computeIfAbsent(peer, any -> new double[Publishing.Work.values().length][settings.rounds]);
                        for (Publishing.Work work : Publishing.Work.values()) {
                            if (work == Publishing.Work.FIND && !finds(peer)) {
                                continue;
                            }
                            double one = batch(running.get(peer), work) / ((double) settings.batch * processes);
                            if (round >= 0) {
                                all[work.ordinal()][round] = one;
                            }
                        }
                    }
                }
                return rows(nanos);
            } finally {
                running.values().forEach(all -> all.forEach(Publishing::close));
            }
        }

        private boolean finds(Peer peer) {
            return peer != Peer.GIT && peer != Peer.GIT_STORED;
        }

        private long batch(List<Publishing> all, Publishing.Work work) throws IOException {
            for (Publishing one : all) {
                one.prepare(work, settings.batch);
            }
            long begin = System.nanoTime();
            for (Publishing one : all) {
                one.begin(work, settings.batch);
            }
            for (Publishing one : all) {
                one.await();
            }
            return System.nanoTime() - begin;
        }

        private List<Row> rows(Map<Peer, double[][]> nanos) {
            List<Row> rows = new ArrayList<>();
            for (Publishing.Work work : Publishing.Work.values()) {
                for (Peer peer : settings.peers) {
                    String why = work == Publishing.Work.FIND && !finds(peer) ? "left out: git has no such command that stays"
                            : missing.get(peer);
                    double micros = why != null ? Double.NaN : median(nanos.get(peer)[work.ordinal()]) / 1e3;
                    rows.add(new Row(peer, place, size, processes, work.word(), micros, why));
                }
            }
            return rows;
        }

        private void start(Peer peer) throws IOException, InterruptedException {
            Path own = Files.createDirectory(directory.resolve(peer.name()));
            List<Publishing> all = new ArrayList<>();
            running.put(peer, all); // closed also if one of them does not start
            for (int i = 0; i < processes; i++) {
                String why = start(peer, own, i + 1, all);
                if (why != null) {
                    missing.put(peer, why);
                    running.remove(peer);
                    return;
                }
            }
        }

        /** {@return why it cannot be measured, or {@code null}} */
        private String start(Peer peer, Path own, int seed, List<Publishing> all) throws IOException, InterruptedException {
            switch (peer) {
                case C -> {
                    if (CFloor.compilerVersion() == null) {
                        return CFloor.NO_COMPILER;
                    }
                    all.add(new PublishingProcess(new ProcessBuilder(compiled(own).toString(), own.toString(), "" + size, "" + seed)));
                }
                case GIT, GIT_STORED -> {
                    if (!starts("git", "--version")) {
                        return "not measured: no git on the PATH";
                    }
                    all.add(new GitProcess(own, size, seed, peer == Peer.GIT ? "core.bare=true" : "core.looseCompression=0"));
                }
                case CACACHE -> {
                    Path program = resource(own, "publish_cacache.js");
                    if (!starts("node", "-e", "const p=require('path');try{require('cacache')}catch(e){require(p.join("
                            + "require('child_process').execSync('npm root -g').toString().trim(),'npm/node_modules/cacache'))}")) {
                        return "not measured: no node with npm, whose part cacache is, on the PATH";
                    }
                    all.add(new PublishingProcess(
                            new ProcessBuilder("node", program.toString(), own.resolve("cache").toString(), "" + size, "" + seed)));
                }
                default -> {
                    ProcessBuilder java = Jvm.command(PublishProgram.class, peer.name(), own.toString(), "" + size, "" + seed);
                    java.command().add(1, "-Dorg.latchwork.file.stage=" + (peer == Peer.PUT_NAMED ? "named" : "unnamed"));
                    all.add(new PublishingProcess(java));
                }
            }
            return null;
        }
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }

    private static boolean starts(String... command) throws InterruptedException {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getInputStream().readAllBytes();
            return process.waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    private static Path resource(Path directory, String name) throws IOException {
        Path file = directory.resolveSibling(name);
        if (!Files.exists(file)) {
            try (InputStream resource = CFloor.class.getResourceAsStream("c/" + name)) {
                Files.copy(resource, file);
            }
        }
        return file;
    }

    /** Not on /dev/shm, from where containers often let nothing be executed. */
    private static Path compiled(Path directory) throws IOException, InterruptedException {
        Path program = Path.of(System.getProperty("java.io.tmpdir"), "latchwork-publish-floor-" + ProcessHandle.current().pid());
        if (!Files.exists(program)) {
            program.toFile().deleteOnExit();
            Path source = resource(directory, "publish_floor.c");
            if (!starts("cc", "-std=gnu11", "-O2", "-o", program.toString(), source.toString())) {
                throw new IllegalStateException("cc does not compile publish_floor.c");
            }
        }
        return program;
    }
}
