package org.latchwork.jmh.report;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.latchwork.jmh.CFloor;
import org.latchwork.jmh.Jvm;
import org.latchwork.jmh.WorkDirectory;
import org.latchwork.jmh.wake.Cpus;

/** What the figures depend on besides the code: read before the run and after it. */
public final class Environment {
    private static final Path CPU = Path.of("/sys/devices/system/cpu");

    private final Map<String, String> facts = new LinkedHashMap<>();
    private final CpuTimes before;

    private Environment(WorkDirectory directory) throws IOException, InterruptedException {
        Cpus cpus = Cpus.choose();
        facts.put("started", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        facts.put("kernel", read("/proc/sys/kernel/ostype") + " " + read("/proc/sys/kernel/osrelease") + " "
                + read("/proc/sys/kernel/version"));
        facts.put("CPU", cpuInfo("model name") + (cpuInfo("flags").contains("hypervisor") ? ", in a virtual machine" : ""));
        facts.put("CPUs online", read(CPU.resolve("online")));
        facts.put("idle driver, governor", read(CPU.resolve("cpuidle/current_driver")) + ", "
                + read(CPU.resolve("cpuidle/current_governor")));
        facts.put("frequency governor", read(CPU.resolve("cpu" + cpus.first() + "/cpufreq/scaling_governor")));
        facts.put("clock source", read("/sys/devices/system/clocksource/clocksource0/current_clocksource"));
        facts.put("placement", "waker on CPU " + cpus.first() + "; waiter on CPU " + cpus.first() + " (same core)"
                + (cpus.other() < 0 ? "; there is no other core" : " or CPU " + cpus.other() + " (other core)"));
        facts.put("file system", directory.fileSystem());
        facts.put("JDK", System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version") + ", "
                + System.getProperty("java.vendor"));
        facts.put("JVM flags of what is measured", String.join(" ", Jvm.FLAGS));
        String flags = String.join(" ", ManagementFactory.getRuntimeMXBean().getInputArguments());
        facts.put("JVM flags of the driver", flags.isEmpty() ? "none" : flags);
        String compiler = CFloor.compilerVersion();
        facts.put("C compiler", compiler != null ? compiler : "none");
        facts.put("load average before", read("/proc/loadavg"));
        before = CpuTimes.read();
    }

    /** {@return the facts at the start of a run} */
    public static Environment before(WorkDirectory directory) throws IOException, InterruptedException {
        return new Environment(directory);
    }

    /** {@return all the facts, at its end} */
    public Map<String, String> after() throws IOException {
        facts.put("load average after", read("/proc/loadavg"));
        CpuTimes after = CpuTimes.read();
        facts.put("steal", String.format(Locale.ROOT, "%.2f %% of the CPU time of the run (/proc/stat: %d to %d ticks)",
                100.0 * (after.steal() - before.steal()) / Math.max(1, after.total() - before.total()), before.steal(), after.steal()));
        facts.put("ended", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        return facts;
    }

    /** The first line of /proc/stat (proc_stat(5)), in clock ticks. */
    private record CpuTimes(long total, long steal) {
        private static final int USER = 1;
        private static final int STEAL = 8;

        static CpuTimes read() throws IOException {
            try (var lines = Files.lines(Path.of("/proc/stat"))) {
                String[] fields = lines.findFirst().orElseThrow().split(" +");
                long total = 0;
                for (int i = USER; i <= STEAL; i++) { // what follows, guests' time, is in user already
                    total += Long.parseLong(fields[i]);
                }
                return new CpuTimes(total, Long.parseLong(fields[STEAL]));
            }
        }
    }

    private static String cpuInfo(String key) throws IOException {
        try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.filter(line -> line.startsWith(key)).findFirst().map(line -> line.substring(line.indexOf(':') + 1))
                    .orElse("unknown").strip();
        }
    }

    private static String read(String file) {
        return read(Path.of(file));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            return "none";
        }
    }
}
