package org.latchwork.cli;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.latchwork.checkpoint.Checkpoint;

/**
 * Makes a {@link StartupCache} in the background: lets a JVM rehearse the command and write down what it loaded, in a folder beside the
 * cache, and gives the result its name in one step. At any moment it may be killed, or not be alone.
 */
final class CacheMaker {
    static final File NULL = new File("/dev/null");
    /** A JDK of 25 or later makes an AOT cache in one go; the launcher asks older ones for an archive. */
    private static final String AOT = ".aot";
    private static final long LIMIT_SECONDS = 120;

    private final Path cache;
    private final Path folder;

    private CacheMaker(Path cache) {
        this.cache = cache;
        this.folder = cache.resolveSibling(cache.getFileName() + ".making");
    }

    /** Makes the cache with this path, unless another process is at it or has just been. */
    public static void main(String[] args) throws IOException, InterruptedException {
        Path cache = Path.of(args[0]);
        try (CacheLock lock = CacheLock.tryAcquire(cache)) {
            if (lock != null && !isCurrent(cache)) {
                new CacheMaker(cache).make();
            }
        }
    }

    /** As the launcher judges it. */
    private static boolean isCurrent(Path cache) throws IOException {
        if (!Files.exists(cache)) {
            return false;
        }
        FileTime made = Files.getLastModifiedTime(cache);
        for (String jar : System.getProperty("java.class.path").split(File.pathSeparator)) {
            if (Files.getLastModifiedTime(Path.of(jar)).compareTo(made) > 0) {
                return false;
            }
        }
        return true;
    }

    /** {@return this JVM's program, options and class path} */
    static List<String> jvm() {
        List<String> jvm = new ArrayList<>();
        jvm.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        jvm.addAll(List.of(System.getProperty(StartupCache.FLAGS).split(" ")));
        jvm.add("-D" + StartupCache.FLAGS + "=" + System.getProperty(StartupCache.FLAGS));
        jvm.addAll(List.of("-cp", System.getProperty("java.class.path")));
        return jvm;
    }

    private void make() throws IOException, InterruptedException {
        deleteTree(folder); // of one that was killed
        Files.createDirectory(folder);
        Path made = folder.resolve("cache");
        Path output = folder.resolve("output");
        if (record(made, output) && Files.exists(made)) {
            Files.move(made, cache, StandardCopyOption.ATOMIC_MOVE);
            deletePredecessors();
        } else {
            // The launcher asks no more while this is here. It holds what the JVM said.
            Files.move(output, cache.resolveSibling(cache.getFileName() + ".failed"), StandardCopyOption.ATOMIC_MOVE);
        }
        deleteTree(folder);
    }

    private boolean record(Path made, Path output) throws IOException, InterruptedException {
        if (cache.toString().endsWith(AOT)) {
            return run(output, List.of("-XX:AOTCacheOutput=" + made), rehearsal());
        }
        Path list = folder.resolve("classes");
        return run(output, List.of("-XX:DumpLoadedClassList=" + list), rehearsal())
                && run(output, List.of("-Xshare:dump", "-XX:SharedClassListFile=" + list, "-XX:SharedArchiveFile=" + made), List.of());
    }

    /** The cache's name begins with the command's. */
    private String command() {
        String name = cache.getFileName().toString();
        return name.substring(0, name.indexOf('-'));
    }

    private List<String> rehearsal() {
        return List.of(Rehearsal.class.getName(), command());
    }

    private boolean run(Path output, List<String> options, List<String> program) throws IOException, InterruptedException {
        List<String> command = jvm();
        command.addAll(1, options);
        command.addAll(program);
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(NULL))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()));
        Map<String, String> environment = builder.environment();
        environment.put(Checkpoint.PATH_VARIABLE, folder.resolve("checkpoints").toString());
        environment.remove(Checkpoint.LAYOUT_VARIABLE);
        Process process = builder.start();
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            return false;
        }
        return process.exitValue() == 0;
    }

    /** Caches of this command, JDK folder and place, for jars or a JDK build that have been replaced since. */
    private void deletePredecessors() throws IOException {
        try (Stream<Path> files = Files.list(cache.getParent())) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString();
                if (name.startsWith(command() + "-") && !name.startsWith(cache.getFileName().toString())) {
                    deleteTree(file);
                }
            }
        }
    }

    private static void deleteTree(Path tree) throws IOException {
        if (Files.notExists(tree)) {
            return;
        }
        try (Stream<Path> files = Files.walk(tree)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
