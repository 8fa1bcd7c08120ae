package org.latchwork.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.latchwork.testing.NativeThread;

/** A thread that is pinned does not make the process one of a single CPU. */
class ProcessCpusTest {
    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {"1; 1", "3; 2", "ff; 8", "ffffffff,00000001; 33", "00000000,00000000; 0"})
    void bitsOfAMask(String mask, int bits) {
        assertEquals(bits, ProcessCpus.bits(mask));
    }

    @Test
    void aPinnedThreadCountsTheProcess() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/taskset")), "needs taskset (Debian: util-linux)");
        int free = ProcessCpus.count();
        NativeThread<Integer> pinned = NativeThread.start(() -> {
            String id = Files.readSymbolicLink(Path.of("/proc/thread-self")).getFileName().toString();
            assertEquals(0, new ProcessBuilder("taskset", "-cp", firstCpu(), id).start().waitFor());
            assertEquals(1, Runtime.getRuntime().availableProcessors());
            return ProcessCpus.count();
        });
        assertEquals(free, pinned.result());
    }

    private static String firstCpu() throws Exception {
        try (var lines = Files.lines(Path.of("/proc/self/status"))) {
            return lines.filter(line -> line.startsWith("Cpus_allowed_list:")).findFirst().orElseThrow().replaceAll("[^0-9]*([0-9]+).*",
                    "$1");
        }
    }
}
