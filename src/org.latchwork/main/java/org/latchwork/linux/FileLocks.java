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
        return tryLock(fd, offset, 1);
    }

    /**
     * {@code fcntl(fd, F_OFD_SETLK, {F_WRLCK, SEEK_SET, offset, length})}: all of these bytes or none.
     *
     * @return 0, or {@code -errno}: EAGAIN or EACCES if another description has one of them
     */
    public static int tryLock(int fd, long offset, long length) {
        return apply(fd, Linux.F_OFD_SETLK(), Linux.F_WRLCK(), offset, length);
    }

    /**
     * {@return whether all of these bytes are the caller's now}
     *
     * @param result what {@link #tryLock} returned
     * @throws org.latchwork.LinuxException if the kernel refused for another reason than that somebody has one of them
     */
    public static boolean isMine(int result, int fd, long offset, long length) {
        if (result == 0 || result == -Linux.EAGAIN() || result == -Linux.EACCES()) {
            return result == 0;
        }
        throw Errno.failed(-result, "fcntl(" + fd + ", F_OFD_SETLK, {F_WRLCK, SEEK_SET, " + offset + ", " + length + "})");
    }

    /** {@code fcntl(fd, F_OFD_SETLK, {F_UNLCK, SEEK_SET, offset, 1})}. */
    public static void unlock(int fd, long offset) {
        int result = apply(fd, Linux.F_OFD_SETLK(), Linux.F_UNLCK(), offset, 1);
        if (result < 0) {
            throw Errno.failed(-result, "fcntl(" + fd + ", F_OFD_SETLK, {F_UNLCK, SEEK_SET, " + offset + ", 1})");
        }
    }

    private static int apply(int fd, int command, int type, long offset, long length) {
        try (Arena arena = Arena.ofConfined()) {
            return callInt(Linux.fcntl.address(), fd, command, bytesLock(arena, type, offset, length).address(), 0, 0);
        }
    }

    /** {@return whether another description has the byte, by {@code fcntl(fd, F_OFD_GETLK, {F_WRLCK, SEEK_SET, offset, 1})}} */
    public static boolean isLockedElsewhere(int fd, long offset) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment lock = bytesLock(arena, Linux.F_WRLCK(), offset, 1);
            int result = callInt(Linux.fcntl.address(), fd, Linux.F_OFD_GETLK(), lock.address(), 0, 0);
            if (result < 0) {
                throw Errno.failed(-result, "fcntl(" + fd + ", F_OFD_GETLK, {F_WRLCK, SEEK_SET, " + offset + ", 1})");
            }
            return flock.l_type(lock) != (short) Linux.F_UNLCK();
        }
    }

    private static MemorySegment bytesLock(Arena arena, int type, long offset, long length) {
        MemorySegment lock = flock.allocate(arena);
        flock.l_type(lock, (short) type);
        flock.l_start(lock, offset);
        flock.l_len(lock, length);
        return lock;
    }
}
