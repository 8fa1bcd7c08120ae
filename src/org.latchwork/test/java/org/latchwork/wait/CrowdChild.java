package org.latchwork.wait;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Scanner;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.latchwork.LinuxException;
import org.latchwork.futex.Futex;
import org.latchwork.futex.FutexArray;
import org.latchwork.testing.FutexSleepers;

/** The child JVM of a {@link Crowd}: arguments {@code FILE WORDS}. Answers each line of its stdin with one of its stdout. */
final class CrowdChild {
    private final FutexArray array;
    /** What the JVM's loggers write to stderr. */
    private final ByteArrayOutputStream log = new ByteArrayOutputStream();
    /** How the waits have ended, and how many in each way. */
    private final Map<String, LongAdder> ends = new ConcurrentHashMap<>();

    private CrowdChild(FutexArray array) {
        this.array = array;
    }

    public static void main(String[] arguments) throws IOException {
        FutexArray array = FutexArray.map(Path.of(arguments[0]), Integer.parseInt(arguments[1]), FutexArray.Spacing.PACKED);
        CrowdChild child = new CrowdChild(array);
        System.setErr(new PrintStream(child.log, true)); // before anybody logs
        try (Scanner lines = new Scanner(System.in)) {
            while (lines.hasNextLine()) {
                System.out.println(child.answer(lines.nextLine().split(" ")));
            }
        }
        System.exit(0); // with waiters asleep
    }

    private String answer(String[] words) throws IOException {
        return switch (words[0]) {
            case "engine" -> Futex.waitEngine().toString();
            case "wait" -> start(words[1], Integer.parseInt(words[2]), Integer.parseInt(words[3]), Integer.parseInt(words[4]));
            case "ends" -> ends.toString();
            case "log" -> log.toString().replace('\n', '|');
            case "rings" -> String.valueOf(ringDescriptors().size());
            case "asleep" -> String.valueOf(Futex.waitEngine() == WaitEngine.IO_URING ? inRing() - 1 : sleepers());
            case "pid" -> String.valueOf(ProcessHandle.current().pid());
            default -> throw new IllegalArgumentException(words[0]);
        };
    }

    /** So many waiters, each on a word of its own or all on the first. */
    private String start(String kind, int count, int first, int step) {
        IntFunction<WaitOutcome> wait = kind.endsWith("change") ? this::awaitChange : this::awaitWake;
        Thread.Builder builder = kind.startsWith("platform") ? Thread.ofPlatform().daemon().stackSize(256 * 1024) : Thread.ofVirtual();
        for (int i = 0; i < count; i++) {
            int index = first + i * step;
            builder.start(() -> count(wait, index));
        }
        return count + " started";
    }

    /** WOKEN says that the word has changed, whether by a wake or because the kernel has seen it first. */
    private WaitOutcome awaitChange(int index) {
        while (array.getAcquire(index) == 0) {
            WaitOutcome outcome = array.await(index, 0, Deadline.NEVER, WaitPolicy.block());
            if (outcome != WaitOutcome.WOKEN && outcome != WaitOutcome.VALUE_DIFFERS) {
                return outcome;
            }
        }
        return WaitOutcome.WOKEN;
    }

    private WaitOutcome awaitWake(int index) {
        return array.awaitWake(index, 0, 1, TimeUnit.DAYS);
    }

    private void count(IntFunction<WaitOutcome> wait, int index) {
        String end;
        try {
            end = wait.apply(index).toString();
        } catch (LinuxException failure) {
            end = failure.errnoName();
        } catch (RuntimeException | Error failure) {
            end = failure.toString();
        }
        ends.computeIfAbsent(end, name -> new LongAdder()).increment();
    }

    /** {@return how many threads sleep on words of the file} */
    private long sleepers() {
        long first = array.word(0).address();
        return FutexSleepers.between(ProcessHandle.current().pid(), first, first + (long) array.length() * Integer.BYTES);
    }

    /** {@return how many requests the ring's kernel side has taken and not completed: the bell's and those of the waits} */
    private static long inRing() throws IOException {
        for (Path ring : ringDescriptors()) {
            try {
                Map<String, Long> counters = counters(Path.of("/proc/self/fdinfo").resolve(ring.getFileName()));
                return counters.getOrDefault("CachedSqHead", 0L) - counters.getOrDefault("CachedCqTail", 0L);
            } catch (NoSuchFileException closed) {
                return 0; // it was the one that is made to see whether it works
            }
        }
        return 0; // not yet
    }

    private static Map<String, Long> counters(Path information) throws IOException {
        Map<String, Long> counters = new HashMap<>();
        for (String line : Files.readAllLines(information)) {
            if (line.matches("\\w+:\\s+\\d+")) {
                counters.put(line.substring(0, line.indexOf(':')), Long.parseLong(line.replaceAll(".*\\s", "")));
            }
        }
        return counters;
    }

    /** {@return the descriptors that are io_urings} */
    private static List<Path> ringDescriptors() throws IOException {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors.filter(CrowdChild::isRing).toList();
        }
    }

    private static boolean isRing(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString().equals("anon_inode:[io_uring]");
        } catch (IOException closed) {
            return false;
        }
    }
}
