package org.latchwork.jmh.recovery;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.latchwork.jmh.CFloor;
import org.latchwork.jmh.Jvm;

/** Who is killed with the mutexes held. */
public enum Owner {
    /** A program in C with the client of the native headers. */
    C("C"),
    /** A JVM that has nothing else to do. */
    JVM("JVM, idle"),
    /** A JVM with so much to give back: the kernel drops the locks after the memory. */
    JVM_4G("JVM, 4 GB touched");

    private static final long WANTED_MEGABYTES = 4096;
    private static final Path AVAILABLE = Path.of("/proc/meminfo");

    private final String label;

    Owner(String label) {
        this.label = label;
    }

    /** {@return its name in a table} */
    public String label() {
        return label;
    }

    /** {@return how many megabytes of heap it touches first: half of what the machine can give, if that is less than 4 GB} */
    long touchedMegabytes() throws IOException {
        if (this != JVM_4G) {
            return 0;
        }
        long available;
        try (var lines = Files.lines(AVAILABLE)) {
            available = lines.filter(line -> line.startsWith("MemAvailable:")).mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
                    .findFirst().orElse(0);
        }
        if (ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system) {
            available = Math.min(available, system.getTotalMemorySize() >> 20); // a container's limit, where there is one
        }
        return Math.min(WANTED_MEGABYTES, available / 2);
    }

    /**
     * {@return one to start} It answers a line when it holds all of them.
     *
     * @param c the C program
     * @param region the file
     * @param objects how many it holds
     * @param touchedMegabytes of heap
     */
    ProcessBuilder command(CFloor c, Path region, int objects, long touchedMegabytes) {
        String heap = touchedMegabytes + "m";
        return switch (this) {
            case C -> c.command("own", region, objects);
            case JVM -> Jvm.command(OwnerProgram.class, region.toString(), String.valueOf(objects));
            case JVM_4G -> Jvm.command(List.of("-Xms" + heap, "-Xmx" + heap, "-XX:+AlwaysPreTouch"), OwnerProgram.class, region.toString(),
                    String.valueOf(objects));
        };
    }
}
