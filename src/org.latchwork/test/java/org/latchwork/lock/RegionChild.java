package org.latchwork.lock;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.latchwork.testing.Child;
import org.latchwork.wait.Deadline;

/**
 * A process, a JVM or one in C, that does with regions what it is told, one command a line, and answers with a line: what came of it, or {@code ! } and the exception.
 */
final class RegionChild implements AutoCloseable {
    private final Child child;
    private final Writer input;

    private RegionChild(Child child) {
        this.child = child;
        this.input = child.process().outputWriter();
    }

    /** Starts one, with further options for its JVM. */
    static RegionChild start(String... options) {
        return new RegionChild(Child.start(Map.of(), Child.jvmCommand(List.of(options), Program.class)));
    }

    /** Starts one by another command, such as setpriv(1). */
    static RegionChild startBy(List<String> prefix, String... options) {
        List<String> command = new java.util.ArrayList<>(prefix);
        command.addAll(Child.jvmCommand(List.of(options), Program.class));
        return new RegionChild(Child.start(Map.of(), command));
    }

    /**
     * Starts one that is written in C, {@code region_client.c}, and understands the same.
     *
     * @param fault at which step it is killed, as {@code NAME:N}; empty for none
     */
    static RegionChild startC(Path program, String fault) {
        return new RegionChild(Child.start(Map.of("LW_FAULT", fault), List.of(program.toString())));
    }

    /** Says something, and does not wait for the answer. */
    void tell(Object... words) {
        StringBuilder line = new StringBuilder();
        for (Object word : words) {
            line.append(line.isEmpty() ? "" : " ").append(word);
        }
        try {
            input.append(line).append('\n').flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@return the next answer} */
    String answer() {
        return child.line();
    }

    /** Says something, and {@return the answer}. */
    String ask(Object... words) {
        tell(words);
        return answer();
    }

    Child child() {
        return child;
    }

    long pid() {
        return child.pid();
    }

    /** Kills it, and waits for its end. */
    void kill() {
        child.signal("KILL");
        child.exit();
    }

    @Override
    public void close() {
        child.close();
    }

    /** What runs in the other JVM. */
    static final class Program {
        private static final Map<String, Held> HELD = new HashMap<>();
        private static SyncRegion region;

        private Program() {}

        public static void main(String[] arguments) throws IOException {
            BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
            for (String line = input.readLine(); line != null; line = input.readLine()) {
                String answer;
                try {
                    answer = answer(line.split(" "));
                } catch (Exception | Error e) {
                    answer = "! " + e;
                }
                System.out.println(answer.replace('\n', ' '));
            }
        }

        private static String answer(String[] words) throws Exception {
            switch (words[0]) {
                case "open" -> region = SyncRegion.open(Path.of(words[1]));
                case "reopen" -> region = SyncRegion.reopen(Long.parseLong(words[1]), Integer.parseInt(words[2]));
                case "close" -> region.close();
                case "delete" -> {
                    return String.valueOf(SyncRegion.delete(Path.of(words[1])));
                }
                case "inode" -> {
                    return Files.getAttribute(Path.of("/proc/self/fd/" + region.descriptor()), "unix:ino").toString();
                }
                case "mutex" -> region.mutex(words[1]);
                case "lock" -> {
                    Held held = region.mutex(words[1]).acquire();
                    HELD.put(words[1], held);
                    return String.valueOf(held.ownerDied());
                }
                case "try" -> {
                    return String.valueOf(region.mutex(words[1]).tryAcquire(Deadline.after(java.time.Duration.ofMillis(Long.parseLong(words[2])))).isPresent());
                }
                case "repair" -> HELD.get(words[1]).markConsistent();
                case "count" -> {
                    try (TwoPartCounter counter = new TwoPartCounter(Path.of(words[2]))) {
                        for (int n = Integer.parseInt(words[4]); n > 0; n--) {
                            counter.countUnder(region.mutex(words[1]), Integer.parseInt(words[3]));
                        }
                    }
                }
                case "permit" -> region.robustSemaphore(words[1], 1).acquire();
                case "unlock" -> HELD.remove(words[1]).close();
                case "pid" -> {
                    return String.valueOf(ProcessHandle.current().pid());
                }
                default -> throw new IllegalArgumentException(words[0]);
            }
            return "done";
        }
    }
}
