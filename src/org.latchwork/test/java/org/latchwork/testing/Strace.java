package org.latchwork.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * strace(1), attached to all threads of a running child: it shows system calls, and makes the n-th of a name fail or kill the process.
 * What it injects it counts by thread, from one when it attaches.
 */
public final class Strace implements AutoCloseable {
    private final Process process;
    private final Path log;

    private Strace(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    /** Skips the test, with the reason, where there is no strace. */
    public static void require() {
        try {
            Process version = new ProcessBuilder("strace", "-V").redirectErrorStream(true).start();
            version.getInputStream().readAllBytes();
            assumeTrue(version.waitFor() == 0, "skipped: strace -V fails");
        } catch (IOException e) {
            assumeTrue(false, "skipped: no strace on the PATH (Debian: apt-get install strace)");
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Attaches, and returns once every thread of the child is traced. */
    public static Strace attach(Child child, Path log, List<String> options) {
        return attach(child.pid(), List.of("-f"), () -> traced(child.pid()), log, options);
    }

    /** Attaches to one thread of a child, by its kernel id, and leaves the others alone. */
    public static Strace attachThread(long thread, Path log, List<String> options) {
        return attach(thread, List.of(), () -> isTraced(Path.of("/proc/" + thread)), log, options);
    }

    private static Strace attach(long id, List<String> which, BooleanSupplier traced, Path log, List<String> options) {
        List<String> command = new ArrayList<>(List.of("strace", "-qq", "-s", "256", "-o", log.toString()));
        command.addAll(which);
        command.addAll(options);
        command.addAll(List.of("-p", String.valueOf(id)));
        try {
            Files.deleteIfExists(log);
            Path says = log.resolveSibling("strace.err");
            Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(says.toFile()).start();
            Strace strace = new Strace(process, log);
            Conditions.await("strace is attached", () -> !process.isAlive() || traced.getAsBoolean());
            assumeTrue(process.isAlive(), () -> "skipped: strace cannot attach (kernel.yama.ptrace_scope?): " + read(says));
            return strace;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean traced(long pid) {
        try (Stream<Path> tasks = Files.list(Path.of("/proc/" + pid + "/task"))) {
            return tasks.allMatch(Strace::isTraced);
        } catch (IOException e) {
            return false;
        }
    }

    private static boolean isTraced(Path task) {
        return !read(task.resolve("status")).contains("TracerPid:\t0\n");
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return ""; // a thread that has ended
        }
    }

    /** Lets the child go, if it lives, and {@return the lines that strace wrote: thread id, call, result} */
    public List<String> detach() {
        process.destroy(); // SIGTERM: strace detaches and ends
        try {
            if (!process.waitFor(Conditions.HANG.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("strace does not end");
            }
            return Files.readAllLines(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        detach();
    }
}
