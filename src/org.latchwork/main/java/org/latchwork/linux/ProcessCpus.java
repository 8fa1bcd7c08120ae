package org.latchwork.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * How many CPUs the process may use.
 *
 * <p>{@link Runtime#availableProcessors} answers for the calling thread: 1, if that one is pinned (tried), as those threads are that care
 * most how they wait. So where it says 1, the process is asked too: the affinity of its first thread, which the java launcher leaves alone.
 */
public final class ProcessCpus {
    /** Asked once: a container that gets its CPUs changed meanwhile shows it in other ways. */
    public static final int COUNT = count();

    private static final String MASK = "Cpus_allowed:";

    private ProcessCpus() {}

    static int count() {
        int ofThread = Runtime.getRuntime().availableProcessors();
        if (ofThread > 1) {
            return ofThread;
        }
        int ofProcess = allowed("self");
        // Equal, and still 1: a container's quota.
        return allowed("thread-self") < ofProcess ? ofProcess : ofThread;
    }

    /** {@return how many bits the mask in {@code /proc/TASK/status} has; 1 where it cannot be read} */
    private static int allowed(String task) {
        try (Stream<String> lines = Files.lines(Path.of("/proc", task, "status"))) {
            return lines.filter(line -> line.startsWith(MASK)).mapToInt(line -> bits(line.substring(MASK.length()))).findFirst().orElse(1);
        } catch (IOException noProc) {
            return 1;
        }
    }

    /** Hexadecimal digits, with commas between (proc_pid_status(5)). */
    static int bits(String mask) {
        return mask.chars().filter(c -> Character.digit(c, 16) >= 0).map(c -> Integer.bitCount(Character.digit(c, 16))).sum();
    }
}
