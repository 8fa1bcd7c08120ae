package org.latchwork.jmh;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** Child JVMs: the same java, the same class path. */
public final class Jvm {
    /** Further flags for all of them: for a test, which measures nothing and wants them to start fast. */
    private static final String FURTHER = "latchwork.jvm.flags";
    /** What they are started with; part of every result. */
    public static final List<String> FLAGS = flags();

    private Jvm() {}

    private static List<String> flags() {
        List<String> flags = new ArrayList<>(List.of("--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC", "-Xms64m", "-Xmx64m"));
        String further = System.getProperty(FURTHER);
        if (further != null) {
            flags.addAll(List.of(further.split(" ")));
            flags.add("-D" + FURTHER + "=" + further); // their own children, too
        }
        return List.copyOf(flags);
    }

    /** {@return a JVM to start, whose stderr is ours} */
    public static ProcessBuilder command(Class<?> main, String... arguments) {
        return command(List.of(), main, arguments);
    }

    /** {@return the same with flags of its own, which come after the others and so prevail} */
    public static ProcessBuilder command(List<String> flags, Class<?> main, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(FLAGS);
        command.addAll(flags);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    }

    /**
     * {@return the lines that the parent of this child writes, as they come} A child whose parent has gone ends too, whatever it is doing:
     * its stdin is the parent's pipe.
     */
    public static BlockingQueue<String> linesFromParent() {
        BlockingQueue<String> lines = new LinkedBlockingQueue<>();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        Thread.ofPlatform().daemon().name("latchwork-parent-watch").start(() -> {
            try {
                for (String line = in.readLine(); line != null; line = in.readLine()) {
                    lines.add(line);
                }
            } catch (IOException e) {
                // as good as its end
            }
            Runtime.getRuntime().halt(1);
        });
        return lines;
    }
}
