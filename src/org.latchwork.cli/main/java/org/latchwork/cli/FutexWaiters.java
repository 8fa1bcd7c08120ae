package org.latchwork.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Who sleeps in a futex call on the words of a file, as {@code /proc} tells (proc_pid_maps(5), proc_pid_syscall(5)): processes that map
 * the file, and of them the threads whose system call has a word of it as its argument. Requests in an io_uring cannot be seen there.
 */
final class FutexWaiters {
    // System call numbers of x86-64: the runtime's own are not exported.
    private static final long FUTEX = 202;
    private static final long FUTEX_WAITV = 449;
    private static final long FUTEX_WAIT = 455;
    private static final int WAITV_MAX = 128;
    /** {@code struct futex_waitv}: u64 val, u64 uaddr, u32 flags, u32 reserved. */
    private static final int WAITV_BYTES = 24;

    /** One thread. */
    record Waiter(String pid, String tid, String command) {
        /** Stands in a row without one. */
        static final Waiter NOBODY = new Waiter("-", "-", "-");
    }

    /** A part of a process's memory that shows the file. */
    private record Mapping(long start, long end, long offset) {}

    private final Map<Integer, List<Waiter>> byWord = new TreeMap<>();
    private final long firstWord;
    private final int words;
    private final String inode;
    private final String device;
    private final String path;
    private int hidden;

    private FutexWaiters(Path file, long firstWord, int words) throws IOException {
        this.firstWord = firstWord;
        this.words = words;
        this.path = file.toRealPath().toString();
        Map<String, Object> identity = Files.readAttributes(file, "unix:dev,ino");
        long dev = (long) identity.get("dev");
        // makedev(3) as glibc packs it; /proc/PID/maps has both halves in hexadecimal.
        this.device = String.format("%02x:%02x", dev >>> 8 & 0xfff | dev >>> 32 & ~0xfffL, dev & 0xff | dev >>> 12 & ~0xffL);
        this.inode = identity.get("ino").toString();
    }

    /** Looks at every process. */
    static FutexWaiters of(Path file, long firstWord, int words) throws IOException {
        FutexWaiters waiters = new FutexWaiters(file, firstWord, words);
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                waiters.look(process);
            }
        }
        return waiters;
    }

    /** {@return the waiters of each word that has any} */
    Map<Integer, List<Waiter>> byWord() {
        return byWord;
    }

    /** {@return how many processes and threads could not be looked at} */
    int hidden() {
        return hidden;
    }

    private void look(Path process) {
        List<Mapping> mappings = mappings(process);
        if (mappings.isEmpty()) {
            return;
        }
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(process.resolve("task"))) {
            for (Path thread : threads) {
                for (long address : waitedFor(process, thread)) {
                    add(process, thread, mappings, address);
                }
            }
        } catch (IOException gone) {
            return; // the process ended while we looked
        }
    }

    private List<Mapping> mappings(Path process) {
        List<Mapping> mappings = new ArrayList<>();
        for (String line : read(process.resolve("maps")).split("\n")) {
            String[] fields = line.split(" +", 6); // start-end permissions offset device inode path
            // Some file systems show another device here than stat(2) does; then the name decides.
            if (fields.length == 6 && fields[4].equals(inode) && (fields[3].equals(device) || fields[5].equals(path))) {
                int dash = fields[0].indexOf('-');
                mappings.add(new Mapping(hex(fields[0].substring(0, dash)), hex(fields[0].substring(dash + 1)), hex(fields[2])));
            }
        }
        return mappings;
    }

    /** {@return the addresses of the futexes on which this thread sleeps} */
    private List<Long> waitedFor(Path process, Path thread) {
        String[] call = read(thread.resolve("syscall")).split(" "); // number arguments... sp pc; or "running"
        if (call.length < 3) {
            return List.of();
        }
        long number = Long.parseLong(call[0]);
        long address = hex(call[1].substring(2));
        if (number == FUTEX || number == FUTEX_WAIT) {
            return List.of(address);
        }
        return number == FUTEX_WAITV ? vector(process, address, (int) hex(call[2].substring(2))) : List.of();
    }

    private List<Long> vector(Path process, long address, int count) {
        ByteBuffer vector = ByteBuffer.allocate(Math.min(count, WAITV_MAX) * WAITV_BYTES).order(ByteOrder.nativeOrder());
        try (FileChannel memory = FileChannel.open(process.resolve("mem"), StandardOpenOption.READ)) {
            memory.read(vector, address);
        } catch (IOException e) {
            hidden++;
            return List.of();
        }
        List<Long> addresses = new ArrayList<>();
        for (int at = 0; at < vector.position(); at += WAITV_BYTES) {
            addresses.add(vector.getLong(at + Long.BYTES));
        }
        return addresses;
    }

    private void add(Path process, Path thread, List<Mapping> mappings, long address) {
        for (Mapping mapping : mappings) {
            long word = Math.floorDiv(address - mapping.start + mapping.offset - firstWord, Integer.BYTES);
            if (address >= mapping.start && address < mapping.end && word >= 0 && word < words) {
                byWord.computeIfAbsent((int) word, id -> new ArrayList<>())
                        .add(new Waiter(process.getFileName().toString(), thread.getFileName().toString(), command(process)));
            }
        }
    }

    private String command(Path process) {
        String command = read(process.resolve("cmdline")).replace('\0', ' ').strip();
        return command.isEmpty() ? read(process.resolve("comm")).strip() : command;
    }

    /** {@return what the file says; nothing if the process has ended or is hidden} */
    private String read(Path file) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (AccessDeniedException e) {
            hidden++;
        } catch (IOException gone) {
            // Processes end while we look.
        }
        return "";
    }

    private static long hex(String digits) {
        return Long.parseUnsignedLong(digits, 16);
    }
}
