package org.latchwork.jcstress;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.latchwork.futex.Futex;
import org.latchwork.wait.WaitEngine;
import org.openjdk.jcstress.infra.runners.TestList;

/**
 * Runs all tests within a time, on each engine: {@code mvn -Pstress verify -Dlatchwork.stress.seconds=N}. One test, or other options of
 * jcstress, is the business of its own main class, which is that of the jar.
 *
 * <p>The engine is chosen once in each JVM, so each engine is a run of its own. The first runs everything; another has only what it does
 * in another way: those of virtual threads and without a thread, and with {@link WaitEngine#FUTEX} those of platform threads, too.
 * What does not fit into the time is left out, each time something else.
 */
public final class Stress {
    private static final String ALL = ".";
    private static final String ENGINES = "^org\\.latchwork\\.jcstress\\.engine\\.";
    private static final String WAITS = "^org\\.latchwork\\.jcstress\\.(engine|thread)\\.";

    /** What jcstress takes to find out about CPUs and JVMs, before the first test. Measured: 5 to 6 s. */
    private static final double SECONDS_A_RUN = 6;
    /** What a JVM for one test takes besides the test: its start, warming up, finding the right stride. Measured: 1.0 to 1.5 s. */
    private static final double SECONDS_A_FORK = 1.2;
    private static final int LEAST_MILLIS = 100;
    /** Criterion: enough that both sides are compiled by C2. From here on the time goes into more JVMs, each compiled in another way. */
    private static final int LONG_MILLIS = 2000;
    /** Interpreter, C1, C2 for each of two actors. */
    private static final int COMPILATIONS = 9;

    private Stress() {}

    /** One test on one engine: one JVM, or one for each way of compiling it. */
    private record Run(WaitEngine engine, String test) {}

    /** Arguments: the seconds, and a folder for the results. Ends with status 1 if a forbidden outcome was seen. */
    public static void main(String[] args) throws IOException, InterruptedException {
        if (args.length == 1 && args[0].equals("engine")) {
            System.out.println(Futex.waitEngine()); // or it throws, and says why
            return;
        }
        if (args.length != 2) {
            System.err.println("usage: Stress <seconds> <folder for the results>");
            System.exit(2);
        }
        System.exit(run(Double.parseDouble(args[0]), Path.of(args[1])));
    }

    private static int run(double seconds, Path results) throws IOException, InterruptedException {
        Files.createDirectories(results);
        List<Run> all = new ArrayList<>();
        for (WaitEngine engine : WaitEngine.values()) {
            if (java(results, property(engine), Stress.class.getName(), "engine") != 0) {
                System.out.println("Engine " + engine + " does not work here, see above: its tests are left out.");
                continue;
            }
            tests(all.isEmpty() ? ALL : engine == WaitEngine.FUTEX ? WAITS : ENGINES).forEach(test -> all.add(new Run(engine, test)));
        }
        double left = (seconds - engines(all).size() * SECONDS_A_RUN) * atATime();
        int fit = Math.clamp((long) (left / (SECONDS_A_FORK + LEAST_MILLIS / 1000.0)), 1, all.size());
        Collections.shuffle(all); // so that short runs have all of them in the long run
        List<Run> runs = all.subList(0, fit);
        double each = left / fit - SECONDS_A_FORK;
        boolean split = each * 1000 > LONG_MILLIS * COMPILATIONS;
        int millis = Math.max(LEAST_MILLIS, (int) (1000 * (split ? left / fit / COMPILATIONS - SECONDS_A_FORK : each)));
        System.out.printf("%d tests of %d, for %d ms each%s%n", fit, all.size(), millis, split ? ", compiled in every way" : "");
        for (Run out : all.subList(fit, all.size())) {
            System.out.println("No time for " + out.test + " on " + out.engine);
        }

        List<WaitEngine> failed = new ArrayList<>();
        for (WaitEngine engine : engines(runs)) {
            List<String> tests = runs.stream().filter(run -> run.engine == engine).map(Run::test).toList();
            if (run(engine, tests, split, millis, results.resolve(engine.toString())) != 0) {
                failed.add(engine);
            }
        }
        System.out.println(failed.isEmpty() ? "No forbidden outcome was seen."
                : "FAILED on " + failed + ": see " + results.toAbsolutePath());
        return failed.isEmpty() ? 0 : 1;
    }

    private static int run(WaitEngine engine, List<String> tests, boolean split, int millis, Path results)
            throws IOException, InterruptedException {
        Files.createDirectories(results);
        System.out.println("Engine " + engine + ": " + tests.size() + " tests");
        return java(results, org.openjdk.jcstress.Main.class.getName(),
                "-t", tests.stream().map(Pattern::quote).collect(Collectors.joining("|", "^(", ")$")),
                "-f", "1", "-iters", "1", "-time", Integer.toString(millis), "-sc", Boolean.toString(split),
                // Finding the stride takes thirty times what a stride takes: a short one, for tests that block.
                "-strideSize", engine == WaitEngine.FUTEX ? "4" : "32", "-strideCount", engine == WaitEngine.FUTEX ? "1" : "8",
                "-pth", "false", "-af", "NONE", "-r", "report",
                "-jvmArgs", "--enable-native-access=ALL-UNNAMED " + property(engine));
    }

    /** {@return the tests of these names for which there are CPUs enough} */
    private static List<String> tests(String names) {
        Pattern pattern = Pattern.compile(names);
        return TestList.tests().stream().filter(pattern.asPredicate()).filter(test -> {
            boolean fits = TestList.getInfo(test).threads() <= Runtime.getRuntime().availableProcessors();
            if (!fits) {
                System.out.println("Too few CPUs for " + test);
            }
            return fits;
        }).toList();
    }

    /** {@return how many tests of two actors jcstress runs at a time} */
    private static int atATime() {
        return Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    }

    private static Set<WaitEngine> engines(List<Run> runs) {
        return runs.stream().map(Run::engine).collect(Collectors.toCollection(() -> EnumSet.noneOf(WaitEngine.class)));
    }

    private static String property(WaitEngine engine) {
        return "-D" + WaitEngine.PROPERTY + "=" + engine;
    }

    /** The JVM that runs this, again. */
    private static int java(Path folder, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED", "-cp", Path.of(System.getProperty("java.class.path")).toAbsolutePath().toString()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).directory(folder.toFile()).inheritIO().start().waitFor();
    }
}
