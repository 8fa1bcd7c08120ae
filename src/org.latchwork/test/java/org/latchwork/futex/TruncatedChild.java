package org.latchwork.futex;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.ToIntFunction;
import org.latchwork.futex.FutexArray.Spacing;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.FutexSleepers;
import org.latchwork.testing.Waiters;

/**
 * A JVM under whose arrays files are cut: arguments {@code DIRECTORY WARMUP}. For each operation a line {@code NAME SIZE END}, where
 * SIZE is the file's size after the cut by fstat and END what the operation on a lost word came to.
 */
final class TruncatedChild {
    private static final int WORDS = 2048;
    private static final int PAGE = 4096;
    /** On the second of two pages. */
    private static final int LOST = 1500;
    private static final Map<String, ToIntFunction<FutexArray>> OPERATIONS = new LinkedHashMap<>();

    static {
        OPERATIONS.put("getPlain", array -> array.getPlain(LOST));
        OPERATIONS.put("getOpaque", array -> array.getOpaque(LOST));
        OPERATIONS.put("getAcquire", array -> array.getAcquire(LOST));
        OPERATIONS.put("get", array -> array.get(LOST));
        OPERATIONS.put("setPlain", array -> {
            array.setPlain(LOST, 0);
            return 0;
        });
        OPERATIONS.put("setRelease", array -> {
            array.setRelease(LOST, 0);
            return 0;
        });
        OPERATIONS.put("set", array -> {
            array.set(LOST, 0);
            return 0;
        });
        OPERATIONS.put("compareAndSet", array -> array.compareAndSet(LOST, 0, 0) ? 1 : 0);
        OPERATIONS.put("compareAndSetDiffering", array -> array.compareAndSet(LOST, 7, 0) ? 1 : 0);
        OPERATIONS.put("getAndAdd", array -> array.getAndAdd(LOST, 0));
        OPERATIONS.put("getAndSet", array -> array.getAndSet(LOST, 0));
        OPERATIONS.put("wake", array -> array.wake(LOST, 1));
        OPERATIONS.put("requeueFrom", array -> array.requeue(LOST, 0, 1, 1, 0));
        OPERATIONS.put("requeueTo", array -> array.requeue(0, 0, 1, 1, LOST));
        OPERATIONS.put("await", array -> array.await(LOST, 1, Memory.hang()).ordinal());
        OPERATIONS.put("awaitEqual", array -> array.await(LOST, 0, Duration.ZERO).ordinal());
    }

    private TruncatedChild() {}

    public static void main(String[] arguments) throws Exception {
        int warmup = Integer.parseInt(arguments[1]);
        for (Map.Entry<String, ToIntFunction<FutexArray>> operation : OPERATIONS.entrySet()) {
            Path file = Files.write(Path.of(arguments[0], operation.getKey()), new byte[2 * PAGE]);
            FutexArray array = FutexArray.map(file, WORDS, Spacing.PACKED);
            int sum = 0;
            for (int i = 0; i < warmup; i++) {
                sum += operation.getValue().applyAsInt(array);
            }
            cut(file);
            long size = array.file().orElseThrow().file().size();
            System.out.println(operation.getKey() + " " + size + " " + end(operation.getValue(), array, sum));
            array.close();
        }
        System.out.println("asleep " + PAGE + " " + whileAsleep(Path.of(arguments[0], "asleep")));
    }

    private static void cut(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(PAGE);
        }
    }

    private static String end(ToIntFunction<FutexArray> operation, FutexArray array, int sum) {
        try {
            int value = operation.applyAsInt(array) + sum;
            Thread.yield(); // a safepoint, at which compiled code throws what it owes
            return "no exception, value " + value;
        } catch (RuntimeException | InternalError thrown) {
            return thrown.toString();
        }
    }

    /**
     * The file is cut under a thread that sleeps already. On a busy machine the wait can end before the cut: then a longer one is tried.
     */
    private static String whileAsleep(Path file) throws IOException {
        long pid = ProcessHandle.current().pid();
        for (Duration timeout = Duration.ofMillis(200); ; timeout = timeout.multipliedBy(4)) {
            Duration limit = timeout;
            Files.write(file, new byte[2 * PAGE]);
            FutexArray array = FutexArray.map(file, WORDS, Spacing.PACKED);
            Waiters<String> waiter = Waiters.start(1, () -> end(a -> a.await(LOST, 0, limit).ordinal(), array, 0));
            Conditions.await("a waiter sleeps, or was too fast to be seen",
                    () -> FutexSleepers.on(pid, array.word(LOST).address()) == 1 || waiter.ended() == 1);
            cut(file);
            String end = waiter.take();
            array.close();
            if (!end.startsWith("no exception") || timeout.toSeconds() > 2) {
                return end;
            }
        }
    }
}
