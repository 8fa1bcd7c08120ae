package org.latchwork.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Who sleeps in a futex call, by {@code /proc/PID/task/TID/syscall} (proc_pid_syscall(5)): the proof that a wait is in the kernel. */
public final class FutexSleepers {
    /** futex, futex_waitv, futex_wait; and restart_syscall, which a stopped waiter goes on in, with the arguments it had. */
    private static final List<String> WAIT_CALLS = List.of("202", "449", "455", "219");

    private FutexSleepers() {}

    /** {@return how many threads of a process sleep in a futex call on this address} */
    public static long on(long pid, long address) {
        String word = "0x" + Long.toHexString(address);
        return count(pid, fields -> fields[1].equals(word));
    }

    /** {@return how many threads of a process sleep in a futex call between two addresses: anywhere in a mapping} */
    public static long between(long pid, long from, long to) {
        return count(pid, fields -> {
            long address = Long.parseUnsignedLong(fields[1].substring(2), 16);
            return address >= from && address < to;
        });
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

    private static long count(long pid, Predicate<String[]> matches) {
        return calls(pid).map(line -> line.split(" ")).filter(f -> WAIT_CALLS.contains(f[0]) && matches.test(f)).count();
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
