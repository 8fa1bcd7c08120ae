package org.latchwork.wait;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * What this process occupies: heap after a collection, resident memory, which the heap is a part of, the threads of the engines,
 * descriptors, mappings (proc_pid_status(5), proc_pid_fd(5), proc_pid_maps(5)); and what the whole machine's kernel has allocated for good
 * (proc_meminfo(5)).
 */
record Footprint(long heap, long resident, long kernel, int engineThreads, int descriptors, int mappings) {
    static Footprint now() {
        return new Footprint(heapInUse(), kilobytes("/proc/self/status", "VmRSS:"), kilobytes("/proc/meminfo", "SUnreclaim:"),
                EngineForcedTest.engineThreads().size(), openDescriptors(), currentMappings());
    }

    /** The least of some looks: what is garbage is not always found at once. */
    private static long heapInUse() {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 3; i++) {
            System.gc();
            Runtime runtime = Runtime.getRuntime();
            least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
        }
        return least;
    }

    private static long kilobytes(String file, String name) {
        return lines(file).stream().filter(line -> line.startsWith(name))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024).sum();
    }

    private static int openDescriptors() {
        try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
            return (int) all.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static int currentMappings() {
        return lines("/proc/self/maps").size();
    }

    private static List<String> lines(String file) {
        try {
            return Files.readAllLines(Path.of(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String toString() {
        return "heap %,d KB, resident %,d KB, kernel %,d KB, %d engine threads, %d descriptors, %d mappings".formatted(
                heap >> 10, resident >> 10, kernel >> 10, engineThreads, descriptors, mappings);
    }
}
