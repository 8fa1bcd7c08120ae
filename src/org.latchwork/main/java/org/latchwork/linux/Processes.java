package org.latchwork.linux;

import static org.latchwork.linux.Downcall.call;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.latchwork.linux.abi.Linux;
import org.latchwork.linux.abi.pollfd;

/** Other processes and oneself: what {@code /proc} says of them, and how their end is noticed. */
public final class Processes {
    private Processes() {}

    /**
     * {@code pidfd_open(pid, 0)}: readable when the process has ended. By then the kernel has dropped its file locks.
     *
     * @return the descriptor, or {@code -errno}: ESRCH if there is no such process
     */
    public static int openPidfd(long pid) {
        return (int) call(Linux.syscall.address(), Linux.SYS_pidfd_open(), pid, 0, 0, 0, 0, 0);
    }

    /**
     * {@code poll(descriptors, count, timeout)} for {@code POLLIN}.
     *
     * @param descriptors an array of {@code struct pollfd}
     * @param millis how long at most
     * @return how many are readable, 0 at the timeout, or {@code -errno}
     */
    public static int poll(MemorySegment descriptors, int count, int millis) {
        return (int) call(Linux.syscall.address(), Linux.SYS_poll(), descriptors.address(), count, millis, 0, 0, 0);
    }

    /** Fills one {@code struct pollfd}. */
    public static void pollFor(MemorySegment descriptors, int index, int fd) {
        MemorySegment entry = pollfd.asSlice(descriptors, index);
        pollfd.fd(entry, fd);
        pollfd.events(entry, (short) Linux.POLLIN());
        pollfd.revents(entry, (short) 0);
    }

    /** {@return whether {@link #poll} found one readable} */
    public static boolean isReadable(MemorySegment descriptors, int index) {
        return pollfd.revents(pollfd.asSlice(descriptors, index)) != 0;
    }

    /** {@return the size of one {@code struct pollfd} in bytes} */
    public static long pollSize() {
        return pollfd.sizeof();
    }

    /** {@code kill(getpid(), SIGKILL)}: ends this process at once, with no step in between. */
    public static void killSelf() {
        call(Linux.syscall.address(), Linux.SYS_kill(), ProcessHandle.current().pid(), Linux.SIGKILL(), 0, 0, 0, 0);
    }

    /** {@return the user whose rights this process has for files, by {@code geteuid()}} */
    public static int effectiveUser() {
        return (int) call(Linux.syscall.address(), Linux.SYS_geteuid(), 0, 0, 0, 0, 0, 0);
    }

    /** {@return the groups whose rights this process has for files: the one for new files, then the supplementary ones; of {@code /proc/self/status}} */
    public static Set<Integer> groups() {
        Set<Integer> groups = new HashSet<>();
        for (String line : read(Path.of("/proc/self/status")).split("\n")) {
            String[] fields = line.split("\\s+");
            if (fields[0].equals("Gid:")) {
                groups.add(Integer.parseUnsignedInt(fields[4])); // real, effective, saved, file system
            } else if (fields[0].equals("Groups:")) {
                Arrays.stream(fields).skip(1).map(Integer::parseUnsignedInt).forEach(groups::add);
            }
        }
        return groups;
    }

    /** {@return this boot's name: {@code /proc/sys/kernel/random/boot_id}} */
    public static String bootId() {
        return read(Path.of("/proc/sys/kernel/random/boot_id")).strip();
    }

    /** {@return what names this process's PID namespace, such as {@code pid:[4026531836]}} */
    public static String pidNamespace() {
        try {
            return Files.readSymbolicLink(Path.of("/proc/self/ns/pid")).toString();
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    /**
     * {@return when this process was started, in clock ticks since boot: field 22 of {@code /proc/self/stat}}
     */
    public static long ownStartTime() {
        return startTime(read(Path.of("/proc/self/stat")));
    }

    /** {@return the same of another process of this PID namespace, or −1 if it cannot be told: it is gone, or hidden from us} */
    public static long startTime(long pid) {
        try {
            return startTime(Files.readString(Path.of("/proc", Long.toString(pid), "stat")));
        } catch (IOException hidden) {
            return -1;
        }
    }

    private static long startTime(String stat) {
        return Long.parseLong(afterName(stat).split(" ")[19]);
    }

    /** {@return the state of a process of this PID namespace, such as {@code T} for stopped; {@code ?} if it cannot be told} */
    public static char state(long pid) {
        try {
            return afterName(Files.readString(Path.of("/proc", Long.toString(pid), "stat"))).charAt(0);
        } catch (IOException hidden) {
            return '?';
        }
    }

    /** The command's name is in parentheses, with anything in it: what follows is counted from the last one. */
    private static String afterName(String stat) {
        return stat.substring(stat.lastIndexOf(')') + 2);
    }

    private static String read(Path path) {
        try {
            return Files.readString(path);
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private static UncheckedIOException unreadable(IOException e) {
        return new UncheckedIOException("processes are told from each other by what /proc says of them, and that cannot be read", e);
    }
}
