package org.latchwork.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.latchwork.linux.Downcall.call;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.latchwork.linux.abi.Linux;
import org.latchwork.linux.abi.folder_event;

/**
 * inotify(7): one method per call. Results are the kernel's, or {@code -errno}, since a refusal is an answer here: then one looks by
 * oneself.
 */
public final class InotifyCalls {
    private InotifyCalls() {}

    /**
     * {@return a descriptor, or {@code -errno}, of {@code inotify_init1(IN_CLOEXEC)}} EMFILE: as many as the user can have (128 is
     * usual).
     */
    public static int init() {
        return syscall(Linux.SYS_inotify_init1(), Linux.IN_CLOEXEC(), 0, 0);
    }

    /**
     * {@code inotify_add_watch(inotify, "/proc/self/fd/folder", IN_CREATE|IN_MOVED_TO|IN_DELETE_SELF|IN_MOVE_SELF)}: of the folder behind a
     * descriptor, whatever it is called by now.
     *
     * @return the watch, the same for the same folder; or {@code -errno}: ENOSPC, as many as the user can have; EACCES, no permission to
     *     read the folder; ENOENT, no {@code /proc}
     */
    public static int addWatch(int inotify, int folder) {
        try (Arena arena = Arena.ofConfined()) {
            byte[] path = ("/proc/self/fd/" + folder).getBytes(StandardCharsets.US_ASCII);
            MemorySegment copy = arena.allocate(path.length + 1L);
            MemorySegment.copy(path, 0, copy, JAVA_BYTE, 0, path.length);
            int mask = Linux.IN_CREATE() | Linux.IN_MOVED_TO() | Linux.IN_DELETE_SELF() | Linux.IN_MOVE_SELF();
            return syscall(Linux.SYS_inotify_add_watch(), inotify, copy.address(), mask);
        }
    }

    /** {@return 0, or {@code -errno}, of {@code inotify_rm_watch(inotify, watch)}} Whoever reads gets an {@code IN_IGNORED}. */
    public static int removeWatch(int inotify, int watch) {
        return syscall(Linux.SYS_inotify_rm_watch(), inotify, watch, 0);
    }

    /** {@return how many bytes of events came, or {@code -errno}, of {@code read(inotify, buffer, size)}} Blocks until there are some. */
    public static int read(int inotify, MemorySegment buffer) {
        return syscall(Linux.SYS_read(), inotify, buffer.address(), buffer.byteSize());
    }

    /**
     * One event.
     *
     * @param watch whose it is, −1 for an overflow
     * @param mask what it is
     * @param name in the folder; empty where it is the folder's own
     */
    public record Event(int watch, int mask, String name) {
        /** {@return whether a name has come into the folder} */
        public boolean isArrival() {
            return (mask & (Linux.IN_CREATE() | Linux.IN_MOVED_TO())) != 0;
        }

        /** {@return whether the folder is no longer where it was, or the watch is gone} */
        public boolean isLoss() {
            return (mask & (Linux.IN_DELETE_SELF() | Linux.IN_MOVE_SELF() | Linux.IN_UNMOUNT() | Linux.IN_IGNORED())) != 0;
        }

        /** {@return whether events were dropped, of whatever watch} */
        public boolean isOverflow() {
            return (mask & Linux.IN_Q_OVERFLOW()) != 0;
        }
    }

    /** {@return the events that {@link #read} has put into these bytes} */
    public static List<Event> events(MemorySegment bytes) {
        List<Event> events = new ArrayList<>();
        for (long at = 0; at < bytes.byteSize(); ) {
            MemorySegment event = bytes.asSlice(at);
            int length = folder_event.len(event);
            events.add(new Event(folder_event.wd(event), folder_event.mask(event), name(event, length)));
            at += folder_event.sizeof() + length;
        }
        return events;
    }

    /** Padded with NULs. */
    private static String name(MemorySegment event, int length) {
        byte[] name = event.asSlice(folder_event.sizeof(), length).toArray(JAVA_BYTE);
        int end = 0;
        while (end < name.length && name[end] != 0) {
            end++;
        }
        return new String(name, 0, end, StandardCharsets.UTF_8);
    }

    private static int syscall(long number, long a, long b, long c) {
        return (int) call(Linux.syscall.address(), number, a, b, c, 0, 0, 0);
    }
}
