package org.latchwork.jmh.wake;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.latchwork.jmh.Os;

/**
 * The CPUs to measure on: the first that this process may use, and one of another core, never its hardware twin.
 *
 * @param first of the waker, and of the waiter on the same core
 * @param other of the waiter on the other core; −1 where there is no other core
 */
public record Cpus(int first, int other) {
    /** Why what needs two cores is left out. */
    public static final String NO_OTHER_CORE = "left out: this process may use one core only";

    /** {@return a choice among those that sched_getaffinity(2) allows} */
    public static Cpus choose() {
        int[] allowed = Os.allowedCpus();
        int first = allowed[0];
        int other = IntStream.of(allowed).filter(cpu -> !core(cpu).equals(core(first))).findFirst().orElse(-1);
        return new Cpus(first, other);
    }

    private static String core(int cpu) {
        try {
            return Files.readString(Path.of("/sys/devices/system/cpu/cpu" + cpu + "/topology/thread_siblings_list")).strip();
        } catch (IOException e) {
            return String.valueOf(cpu); // no topology: every CPU is a core
        }
    }

    /** {@return the waiter's CPU} */
    public int waiter(Placement placement) {
        return placement == Placement.SAME_CORE ? first : other;
    }
}
