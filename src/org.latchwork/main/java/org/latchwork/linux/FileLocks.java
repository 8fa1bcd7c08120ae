package org.latchwork.linux;

import static org.latchwork.linux.Downcall.callInt;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.latchwork.linux.abi.Linux;
import org.latchwork.linux.abi.flock;

/**
 * Locks of open file descriptions, a byte each (fcntl(2)). The kernel drops them when the last descriptor of the description goes, with its
 * process or before, by whatever death and at exec(2). The same description can lock its own bytes again and finds no conflict with itself.
 */
public final class FileLocks {
    private FileLocks() {}

    /**
     * {@code fcntl(fd, F_OFD_SETLK, {F_WRLCK, SEEK_SET, offset, 1})}.
     *
     * @return 0, or {@code -errno}: EAGAIN or EACCES if another description has it
     */
    public static int tryLock(int fd, long offset) {
        return apply(fd, Linux.F_OFD_SETLK(), Linux.F_WRLCK(), offset);
    }

    /** {@code fcntl(fd, F_OFD_SETLK, {F_UNLCK, SEEK_SET, offset, 1})}. */
    public static void unlock(int fd, long offset) {
        int result = apply(fd, Linux.F_OFD_SETLK(), Linux.F_UNLCK(), offset);
        if (result < 0) {
            throw Errno.failed(-result, "fcntl(" + fd + ", F_OFD_SETLK, {F_UNLCK, SEEK_SET, " + offset + ", 1})");
        }
    }

    private static int apply(int fd, int command, int type, long offset) {
        try (Arena arena = Arena.ofConfined()) {
            return callInt(Linux.fcntl.address(), fd, command, byteLock(arena, type, offset).address(), 0, 0);
        }
    }

    /** {@return whether another description has the byte, by {@code fcntl(fd, F_OFD_GETLK, {F_WRLCK, SEEK_SET, offset, 1})}} */
    public static boolean isLockedElsewhere(int fd, long offset) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment lock = byteLock(arena, Linux.F_WRLCK(), offset);
            int result = callInt(Linux.fcntl.address(), fd, Linux.F_OFD_GETLK(), lock.address(), 0, 0);
            if (result < 0) {
                throw Errno.failed(-result, "fcntl(" + fd + ", F_OFD_GETLK, {F_WRLCK, SEEK_SET, " + offset + ", 1})");
            }
            return flock.l_type(lock) != (short) Linux.F_UNLCK();
        }
    }

    private static MemorySegment byteLock(Arena arena, int type, long offset) {
        MemorySegment lock = flock.allocate(arena);
        flock.l_type(lock, (short) type);
        flock.l_start(lock, offset);
        flock.l_len(lock, 1);
        return lock;
    }
}
