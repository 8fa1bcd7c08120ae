package org.latchwork.jmh;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.latchwork.jmh.lock.LockBenchmark;
import org.latchwork.jmh.policy.PolicyBenchmark;
import org.latchwork.jmh.publish.Peer;
import org.latchwork.jmh.publish.PublishBenchmark;
import org.latchwork.jmh.ratio.RatioBenchmark;
import org.latchwork.jmh.recovery.Owner;
import org.latchwork.jmh.recovery.RecoveryBenchmark;
import org.latchwork.jmh.scale.ScaleBenchmark;
import org.latchwork.jmh.waiting.WaitingBenchmark;
import org.latchwork.jmh.wake.Mechanism;
import org.latchwork.jmh.wake.Placement;
import org.latchwork.jmh.wake.Scope;
import org.latchwork.jmh.wake.WakeBenchmark;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The entry of benchmarks.jar: its own commands; everything else is JMH's. */
@Command(name = "java -jar benchmarks.jar", subcommands = {Benchmarks.Quick.class, Benchmarks.Wake.class, Benchmarks.Ratios.class,
        Benchmarks.Waiting.class, Benchmarks.PolicySweep.class, Benchmarks.Crowds.class, Benchmarks.Locks.class, Benchmarks.Recovery.class,
        Benchmarks.Publish.class},
        description = "Measures waiting, waking, locks and publishing: futexes, virtual threads, dead owners, files by link(2), and C to compare with.",
        footer = {"", "Each command has its own --help. Everything else goes to JMH, which runs the benchmarks of single operations:", ""})
public final class Benchmarks {
    // The quick set is to take two to three minutes.
    private static final int QUICK_MILLIS = 800;
    private static final int QUICK_WARM_UP_MILLIS = 500;
    private static final int QUICK_PAIRS = 9;
    private static final int QUICK_RUN_MILLIS = 50;
    private static final int QUICK_TURNS = 6;
    private static final int QUICK_TURN_MILLIS = 15;
    private static final List<Integer> QUICK_CROWDS = List.of(100, 10_000, 100_000);
    private static final int QUICK_CROWD_MILLIS = 300;
    private static final int QUICK_DEADLINE_MILLIS = 4000;
    private static final int QUICK_BATCH = 200;
    /** So many that C2 has compiled all that a publication needs. */
    private static final int PUBLISH_WARM_UP = 20_000;
    private static final int QUICK_KILLS = 10;
    private static final int RATIO_WARM_UP_MILLIS = 900;
    private static final int WARM_UP_MILLIS = 2000;
    /** Room for every latency of a series: 8 MB. */
    private static final int MAX_WAKES = 1 << 20;

    private Benchmarks() {}

    /** As {@code java -jar benchmarks.jar -h} explains. */
    public static void main(String[] args) throws Exception {
        CommandLine own = new CommandLine(new Benchmarks()).setCaseInsensitiveEnumValuesAllowed(true);
        if (args.length > 0 && own.getSubcommands().containsKey(args[0])) {
            System.exit(own.execute(args));
        }
        if (args.length > 0 && List.of("-h", "--help").contains(args[0])) {
            own.usage(System.out);
            args[0] = "-h";
        }
        org.openjdk.jmh.Main.main(args);
    }

    @Command(name = "quick", mixinStandardHelpOptions = true,
            description = "a short run of all that the other commands measure: two to three minutes")
    static final class Quick implements Callable<Integer> {
        @Mixin
        private Run run;

        @Override
        public Integer call() throws Exception {
            run.measure(
                    Run.wake(new WakeBenchmark.Settings(List.of(Mechanism.values()), List.of(Scope.values()), List.of(Placement.values()),
                            QUICK_WARM_UP_MILLIS, QUICK_MILLIS, MAX_WAKES)),
                    Run.ratios(new RatioBenchmark.Settings(RATIO_WARM_UP_MILLIS, QUICK_PAIRS, QUICK_RUN_MILLIS)),
                    Run.waiting(new WaitingBenchmark.Settings(List.of(Placement.values()), QUICK_WARM_UP_MILLIS, QUICK_PAIRS,
                            QUICK_RUN_MILLIS, MAX_WAKES)),
                    Run.policy(new PolicyBenchmark.Settings(QUICK_WARM_UP_MILLIS, QUICK_TURNS, QUICK_TURN_MILLIS)),
                    Run.crowds(new ScaleBenchmark.Settings(QUICK_CROWDS, QUICK_CROWD_MILLIS, QUICK_CROWD_MILLIS, MAX_WAKES,
                            QUICK_DEADLINE_MILLIS)),
                    Run.recovery(new RecoveryBenchmark.Settings(QUICK_KILLS, List.of(1, 1000), List.of(Owner.C, Owner.JVM))),
                    Run.publish(new PublishBenchmark.Settings(
                            List.of(Peer.PUBLISH, Peer.C, Peer.PUT, Peer.FLOCK, Peer.JGIT_STORED, Peer.SHA256),
                            List.of(Path.of("/dev/shm")), List.of(4096), List.of(1), QUICK_BATCH, PUBLISH_WARM_UP, QUICK_TURNS)));
            return 0;
        }
    }

    @Command(name = "wake", mixinStandardHelpOptions = true, description = "wake latency, one way")
    static final class Wake implements Callable<Integer> {
        @Mixin
        private Run run;

        @Option(names = "--mechanism", split = ",", paramLabel = "NAME", defaultValue =
                "FUTEX_BLOCK,FUTEX_PLAIN,FUTEX_SPIN,CHECKPOINT,VIRTUAL_IO_URING,VIRTUAL_FUTEX_WAITV,VIRTUAL_FUTEX,VIRTUAL_NAIVE,"
                + "NAME_SPIN,NAME_SLEEP,NAME_INOTIFY,STORE_BOARD,STORE_INOTIFY,LOCK_SPIN,LOCK_SLEEP,C_BLOCK,C_SPIN",
                description = "which, with commas between: ${COMPLETION-CANDIDATES} (default: all)")
        private List<Mechanism> mechanisms;

        @Option(names = "--scope", split = ",", paramLabel = "NAME", defaultValue = "PROCESSES,THREADS",
                description = "between whom: ${COMPLETION-CANDIDATES} (default: both)")
        private List<Scope> scopes;

        @Option(names = "--placement", split = ",", paramLabel = "NAME", defaultValue = "OTHER_CORE,SAME_CORE",
                description = "on which cores: ${COMPLETION-CANDIDATES} (default: both)")
        private List<Placement> placements;

        @Option(names = "--warm-up", paramLabel = "MS", defaultValue = "" + WARM_UP_MILLIS,
                description = "milliseconds before each series (default: ${DEFAULT-VALUE})")
        private int warmUpMillis;

        @Option(names = "--time", paramLabel = "MS", defaultValue = "10000",
                description = "milliseconds of each series (default: ${DEFAULT-VALUE})")
        private int measureMillis;

        @Option(names = "--wakes", paramLabel = "N", defaultValue = "" + MAX_WAKES,
                description = "a series ends after so many, if its time is not over (default: ${DEFAULT-VALUE})")
        private int maxWakes;

        @Override
        public Integer call() throws Exception {
            run.measure(Run.wake(new WakeBenchmark.Settings(mechanisms, scopes, placements, warmUpMillis, measureMillis, maxWakes)));
            return 0;
        }
    }

    @Command(name = "publish", mixinStandardHelpOptions = true,
            description = "throughput of publishing files, against C, a file lock, JGit, git and cacache")
    static final class Publish implements Callable<Integer> {
        @Mixin
        private Run run;

        @Option(names = "--peer", split = ",", paramLabel = "NAME", defaultValue =
                "PUBLISH,C,PUT,PUT_NAMED,FLOCK,JGIT,JGIT_STORED,GIT,GIT_STORED,CACACHE,SHA256,SHA1,DEFLATE",
                description = "whom, with commas between: ${COMPLETION-CANDIDATES} (default: all)")
        private List<Peer> peers;

        @Option(names = "--place", split = ",", paramLabel = "DIR", defaultValue = "/dev/shm,/tmp",
                description = "folders on the file systems to measure (default: ${DEFAULT-VALUE})")
        private List<Path> places;

        @Option(names = "--size", split = ",", paramLabel = "BYTES", defaultValue = "4096,65536",
                description = "of a file (default: ${DEFAULT-VALUE})")
        private List<Integer> sizes;

        @Option(names = "--processes", split = ",", paramLabel = "N", defaultValue = "1,4",
                description = "how many publish at once (default: ${DEFAULT-VALUE})")
        private List<Integer> processes;

        @Option(names = "--batch", paramLabel = "N", defaultValue = "1000",
                description = "files in a batch, fewer where memory has no room for all of the run (default: ${DEFAULT-VALUE})")
        private int batch;

        @Option(names = "--warm-up", paramLabel = "N", defaultValue = "" + PUBLISH_WARM_UP,
                description = "files that what is Java publishes elsewhere first (default: ${DEFAULT-VALUE})")
        private int warmUp;

        @Option(names = "--rounds", paramLabel = "N", defaultValue = "15",
                description = "batches that count, of each peer by turns, 6 or more (default: ${DEFAULT-VALUE})")
        private int rounds;

        @Override
        public Integer call() throws Exception {
            run.measure(Run.publish(new PublishBenchmark.Settings(peers, places, sizes, processes, batch, warmUp, rounds)));
            return 0;
        }
    }

    @Command(name = "ratios", mixinStandardHelpOptions = true,
            description = "the same operation in Java and in C by turns, with a 95 %% interval")
    static final class Ratios implements Callable<Integer> {
        @Mixin
        private Run run;

        @Mixin
        private Pairs pairs;

        @Override
        public Integer call() throws Exception {
            run.measure(Run.ratios(new RatioBenchmark.Settings(RATIO_WARM_UP_MILLIS, pairs.count, pairs.runMillis)));
            return 0;
        }
    }

    @Command(name = "waiting", mixinStandardHelpOptions = true,
            description = "interruptible waits against plain ones, virtual threads against platform threads, by turns")
    static final class Waiting implements Callable<Integer> {
        @Mixin
        private Run run;

        @Mixin
        private Pairs pairs;

        @Option(names = "--placement", split = ",", paramLabel = "NAME", defaultValue = "OTHER_CORE,SAME_CORE",
                description = "on which cores: ${COMPLETION-CANDIDATES} (default: both)")
        private List<Placement> placements;

        @Override
        public Integer call() throws Exception {
            run.measure(Run.waiting(new WaitingBenchmark.Settings(placements, WARM_UP_MILLIS, pairs.count, pairs.runMillis, MAX_WAKES)));
            return 0;
        }
    }

    @Command(name = "locks", mixinStandardHelpOptions = true,
            description = "locks against those of java.util.concurrent, glibc, Boost and of files, by turns")
    static final class Locks implements Callable<Integer> {
        @Mixin
        private Run run;

        @Mixin
        private Pairs pairs;

        @Option(names = "--crowd", split = ",", paramLabel = "N", defaultValue = "2,4,8", description = "how many want one lock (default: ${DEFAULT-VALUE})")
        private List<Integer> crowds;

        @Override
        public Integer call() throws Exception {
            run.measure(Run.locks(new LockBenchmark.Settings(WARM_UP_MILLIS, pairs.count, pairs.runMillis, crowds)));
            return 0;
        }
    }

    @Command(name = "recovery", mixinStandardHelpOptions = true,
            description = "how long it takes until a mutex can be acquired whose owner was killed")
    static final class Recovery implements Callable<Integer> {
        @Mixin
        private Run run;

        @Option(names = "--kills", paramLabel = "N", defaultValue = "1000", description = "of each row (default: ${DEFAULT-VALUE})")
        private int kills;

        @Option(names = "--objects", split = ",", paramLabel = "N", defaultValue = "1,100,1000",
                description = "how many the owner holds, up to 1024 (default: ${DEFAULT-VALUE})")
        private List<Integer> objects;

        @Option(names = "--owner", split = ",", paramLabel = "NAME", defaultValue = "C,JVM,JVM_4G",
                description = "who is killed: ${COMPLETION-CANDIDATES} (default: all)")
        private List<Owner> owners;

        @Override
        public Integer call() throws Exception {
            run.measure(Run.recovery(new RecoveryBenchmark.Settings(kills, objects, owners)));
            return 0;
        }
    }

    @Command(name = "policy", mixinStandardHelpOptions = true,
            description = "what a wait costs by each policy, wherever its partner runs and however long that takes")
    static final class PolicySweep implements Callable<Integer> {
        @Mixin
        private Run run;

        @Option(names = "--turns", paramLabel = "N", defaultValue = "21",
                description = "runs of each policy in each place, 6 or more (default: ${DEFAULT-VALUE})")
        private int turns;

        @Option(names = "--time", paramLabel = "MS", defaultValue = "200",
                description = "milliseconds of each run (default: ${DEFAULT-VALUE})")
        private int runMillis;

        @Override
        public Integer call() throws Exception {
            run.measure(Run.policy(new PolicyBenchmark.Settings(WARM_UP_MILLIS, turns, runMillis)));
            return 0;
        }
    }

    @Command(name = "crowds", mixinStandardHelpOptions = true,
            description = "many waiters at once, platform and virtual threads, by each engine")
    static final class Crowds implements Callable<Integer> {
        @Mixin
        private Run run;

        @Option(names = "--waiters", split = ",", paramLabel = "N", defaultValue = "100,10000,100000",
                description = "how many, with commas between (default: ${DEFAULT-VALUE})")
        private List<Integer> crowds;

        @Option(names = "--warm-up", paramLabel = "MS", defaultValue = "" + WARM_UP_MILLIS,
                description = "milliseconds before each row (default: ${DEFAULT-VALUE})")
        private int warmUpMillis;

        @Option(names = "--time", paramLabel = "MS", defaultValue = "10000",
                description = "milliseconds of each row, but three rounds at least (default: ${DEFAULT-VALUE})")
        private int measureMillis;

        @Option(names = "--deadline", paramLabel = "MS", defaultValue = "30000",
                description = "a row is stalled if after so many not all wait, or not all are back (default: ${DEFAULT-VALUE})")
        private int deadlineMillis;

        @Override
        public Integer call() throws Exception {
            run.measure(Run.crowds(new ScaleBenchmark.Settings(crowds, warmUpMillis, measureMillis, MAX_WAKES, deadlineMillis)));
            return 0;
        }
    }

    /** Runs by turns. */
    static final class Pairs {
        @Option(names = "--pairs", paramLabel = "N", defaultValue = "21",
                description = "pairs of runs, 6 or more (default: ${DEFAULT-VALUE})")
        private int count;

        @Option(names = "--time", paramLabel = "MS", defaultValue = "500",
                description = "milliseconds of each run, about (default: ${DEFAULT-VALUE})")
        private int runMillis;
    }
}
