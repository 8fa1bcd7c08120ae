package org.latchwork.testing;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A child process of a test: a JVM, a C program, a shell. Its stdout is read line by line, its stderr goes to the test's. */
public final class Child implements AutoCloseable {
    private final Process process;
    private final BufferedReader output;

    private Child(Process process) {
        this.process = process;
        this.output = process.inputReader();
    }

    /** Starts a command with further environment variables. */
    public static Child start(Map<String, String> environment, List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().putAll(environment);
        try {
            return new Child(builder.start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts a command. */
    public static Child start(String... command) {
        return start(Map.of(), List.of(command));
    }

    /**
     * With which every child's JVM starts. There are hundreds, and most have done what they are for before a compiler helps them: so it compiles what
     * runs ten times as often as it would otherwise ask for.
     */
    private static final List<String> OPTIONS = List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:CompileThresholdScaling=10", "-Xshare:auto",
            "--enable-native-access=ALL-UNNAMED");

    /** Starts a JVM like this one, with the project's classes and test classes on its class path. */
    public static Child jvm(Class<?> main, Object... arguments) {
        return start(Map.of(), jvmCommand(List.of(), main, arguments));
    }

    /** {@return the command for such a JVM, with further options} */
    public static List<String> jvmCommand(List<String> options, Class<?> main, Object... arguments) {
        ChildArchive archive = ChildArchive.get(OPTIONS);
        List<String> command = new ArrayList<>(List.of(java()));
        command.addAll(OPTIONS);
        command.addAll(archive.options);
        command.addAll(options); // the last of two that contradict each other counts
        command.addAll(List.of("-cp", archive.classPath, main.getName()));
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        return command;
    }

    /** {@return the java that runs this test} */
    public static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /** {@return the project's classes and test classes} */
    public static String classPath() {
        return System.getProperty("latchwork.classes") + File.pathSeparator + System.getProperty("latchwork.test.classes");
    }

    /** {@return the process id} */
    public long pid() {
        return process.pid();
    }

    /** {@return the process} */
    public Process process() {
        return process;
    }

    /** {@return the next line of its output; fails if it has ended} */
    public String line() {
        try {
            String line = output.readLine();
            if (line == null) {
                throw new AssertionError("the child has ended without a further line; exit status " + exit());
            }
            return line;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends a signal by name, such as {@code STOP}. */
    public void signal(String name) {
        int status = start("kill", "-" + name, String.valueOf(pid())).exit();
        if (status != 0) {
            throw new AssertionError("kill -" + name + " " + pid() + " failed: " + status);
        }
    }

    /** {@return the exit status, once it has ended; fails if it does not} */
    public int exit() {
        try {
            if (!process.waitFor(Conditions.HANG.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("the child does not end: " + process.info().commandLine().orElse("?"));
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Kills it if it is still there. */
    @Override
    public void close() {
        process.destroyForcibly();
    }
}
