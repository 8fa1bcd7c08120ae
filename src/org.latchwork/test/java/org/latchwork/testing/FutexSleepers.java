package org.latchwork.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.function.LongPredicate;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** Who sleeps in a futex call, by {@code /proc/PID/task/TID/syscall} (proc_pid_syscall(5)): the proof that a wait is in the kernel. */
public final class FutexSleepers {
    /** futex, futex_wait; and restart_syscall, which a stopped waiter goes on in, with the arguments it had. */
    private static final List<String> WAIT_CALLS = List.of("202", "455", "219");
    private static final String FUTEX_WAITV = "449";
    private static final int WAITV_BYTES = 24;

    private FutexSleepers() {}

    /** {@return how many threads of a process sleep in a futex call on the word, or with the vector, at this address} */
    public static long on(long pid, long address) {
        return count(pid, word -> word == address);
    }

    /** {@return how many threads of a process sleep in a futex call between two addresses: anywhere in a mapping} */
    public static long between(long pid, long from, long to) {
        return count(pid, word -> word >= from && word < to);
    }

    /** {@return how many threads of a process sleep in a futex call on the word at this offset of a file that it has mapped (proc_pid_maps(5))} */
    public static long in(long pid, Path file, long offset) {
        try (Stream<String> mappings = Files.lines(Path.of("/proc/" + pid + "/maps"))) {
            return mappings.filter(line -> line.endsWith(" " + file)).toList().stream()
                    .mapToLong(line -> Long.parseUnsignedLong(line.substring(0, line.indexOf('-')), 16))
                    .map(start -> on(pid, start + offset)).sum();
        } catch (IOException | UncheckedIOException e) {
            return 0; // the process has ended
        }
    }

    /** {@return how many threads of a process sleep in a call of this number} */
    public static long inCall(long pid, int number) {
        return calls(pid).filter(line -> line.startsWith(number + " ")).count();
    }

    private static long count(long pid, LongPredicate matches) {
        return calls(pid).map(line -> line.split(" ")).filter(fields -> words(pid, fields).anyMatch(matches)).count();
    }

    /** {@return what a thread sleeps on: the call's own argument, and of futex_waitv also the words of the vector (proc_pid_mem(5))} */
    private static LongStream words(long pid, String[] fields) {
        if (WAIT_CALLS.contains(fields[0])) {
            return LongStream.of(hex(fields[1]));
        }
        if (!fields[0].equals(FUTEX_WAITV)) {
            return LongStream.empty();
        }
        ByteBuffer vector = ByteBuffer.allocate((int) hex(fields[2]) * WAITV_BYTES).order(ByteOrder.nativeOrder());
        try (FileChannel memory = FileChannel.open(Path.of("/proc/" + pid + "/mem"), StandardOpenOption.READ)) {
            memory.read(vector, hex(fields[1]));
        } catch (IOException e) {
            return LongStream.empty(); // the process has ended
        }
        LongStream words = IntStream.range(0, vector.position() / WAITV_BYTES).mapToLong(i -> vector.getLong(i * WAITV_BYTES + Long.BYTES));
        return LongStream.concat(LongStream.of(hex(fields[1])), words);
    }

    private static long hex(String argument) {
        return Long.parseUnsignedLong(argument.substring(2), 16);
    }

    private static Stream<String> calls(long pid) {
        try (Stream<Path> tasks = Files.list(Path.of("/proc/" + pid + "/task"))) {
            return tasks.map(FutexSleepers::call).toList().stream();
        } catch (NoSuchFileException e) {
            return Stream.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String call(Path task) {
        try {
            return Files.readString(task.resolve("syscall")).strip();
        } catch (IOException e) {
            return "gone"; // the thread ended meanwhile
        }
    }
}
