package org.latchwork.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.latchwork.linux.Downcall.call;
import static org.latchwork.linux.Downcall.callInt;
import static org.latchwork.linux.abi.Linux.AT_FDCWD;
import static org.latchwork.linux.abi.Linux.AT_SYMLINK_FOLLOW;
import static org.latchwork.linux.abi.Linux.EINTR;
import static org.latchwork.linux.abi.Linux.F_ADD_SEALS;
import static org.latchwork.linux.abi.Linux.MAP_SHARED;
import static org.latchwork.linux.abi.Linux.PROT_READ;
import static org.latchwork.linux.abi.Linux.PROT_WRITE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.StringJoiner;
import org.latchwork.linux.abi.Linux;
import org.latchwork.linux.abi.file_status;

/**
 * File and memory calls, one method per call. A failure throws {@link org.latchwork.LinuxException}; nothing is retried.
 *
 * <p>What the kernel itself has goes through {@code syscall}: the address of a variadic function comes without a handle of its shape,
 * where jextract's class of any other function makes one as soon as it is asked for the address, at 5 ms each (measured).
 */
public final class Posix {
    private Posix() {}

    /**
     * {@code openat(AT_FDCWD, path, flags, mode)}.
     *
     * @return the descriptor, or {@code -errno}, since a refusal to open is often an answer
     */
    public static int open(String path, int flags, int mode) {
        try (Arena arena = Arena.ofConfined()) {
            return callInt(Linux.openat.address(), AT_FDCWD(), string(arena, path), flags, mode, 0);
        }
    }

    /** {@return {@code open}'s call as strace(1) would print it} */
    public static String openCall(String path, int flags, int mode) {
        StringJoiner names = new StringJoiner("|");
        names.add((flags & 3) == Linux.O_RDWR() ? "O_RDWR" : (flags & 3) == Linux.O_WRONLY() ? "O_WRONLY" : "O_RDONLY");
        flag(names, flags, Linux.O_CREAT(), "O_CREAT");
        flag(names, flags, Linux.O_EXCL(), "O_EXCL");
        flag(names, flags, Linux.O_NOFOLLOW(), "O_NOFOLLOW");
        flag(names, flags, Linux.O_TMPFILE(), "O_TMPFILE");
        flag(names, flags, Linux.O_CLOEXEC(), "O_CLOEXEC");
        return "openat(AT_FDCWD, \"" + path + "\", " + names + (mode == 0 ? ")" : ", 0" + Integer.toOctalString(mode) + ")");
    }

    private static void flag(StringJoiner names, int flags, int flag, String name) {
        if ((flags & flag) == flag) {
            names.add(name);
        }
    }

    /** {@code close(fd)}. EINTR is no failure: Linux has released the descriptor by then (close(2)). */
    public static void close(int fd) {
        int result = syscall(Linux.SYS_close(), fd, 0, 0, 0, 0);
        if (result != -EINTR()) {
            check(result, "close(%d)", fd);
        }
    }

    /** {@code ftruncate(fd, length)}. */
    public static void ftruncate(int fd, long length) {
        check(syscall(Linux.SYS_ftruncate(), fd, length, 0, 0, 0), "ftruncate(%d, %d)", fd, length);
    }

    /** {@code fchmod(fd, mode)}: the mode is taken as it is, whatever the umask. */
    public static void fchmod(int fd, int mode) {
        check(syscall(Linux.SYS_fchmod(), fd, mode, 0, 0, 0), "fchmod(%d, 0%o)", fd, mode);
    }

    /**
     * {@code linkat(AT_FDCWD, from, AT_FDCWD, to, AT_SYMLINK_FOLLOW)}: follows {@code /proc/self/fd/N} to the file behind it.
     *
     * @return 0, or {@code -errno}, since EEXIST is an answer
     */
    public static int linkFollowing(String from, String to) {
        try (Arena arena = Arena.ofConfined()) {
            return syscall(Linux.SYS_linkat(), AT_FDCWD(), string(arena, from), AT_FDCWD(), string(arena, to), AT_SYMLINK_FOLLOW());
        }
    }

    /**
     * {@code unlinkat(AT_FDCWD, path, 0)}.
     *
     * @return 0, or {@code -errno}
     */
    public static int unlink(String path) {
        try (Arena arena = Arena.ofConfined()) {
            return syscall(Linux.SYS_unlinkat(), AT_FDCWD(), string(arena, path), 0, 0, 0);
        }
    }

    /**
     * {@code memfd_create(name, flags)}.
     *
     * @return the descriptor
     */
    public static int memfdCreate(String name, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            int fd = syscall(Linux.SYS_memfd_create(), string(arena, name), flags, 0, 0, 0);
            return check(fd, "memfd_create(\"%s\", 0x%x)", name, flags);
        }
    }

    /**
     * {@code fcntl(fd, F_DUPFD_CLOEXEC, 0)}.
     *
     * @return another descriptor of the same file description
     */
    public static int duplicate(int fd) {
        return check(callInt(Linux.fcntl.address(), fd, Linux.F_DUPFD_CLOEXEC(), 0, 0, 0), "fcntl(%d, F_DUPFD_CLOEXEC, 0)", fd);
    }

    /** {@code fcntl(fd, F_ADD_SEALS, seals)}. */
    public static void addSeals(int fd, int seals) {
        check(callInt(Linux.fcntl.address(), fd, F_ADD_SEALS(), seals, 0, 0), "fcntl(%d, F_ADD_SEALS, 0x%x)", fd, seals);
    }

    /**
     * {@code pread(fd, buffer, count, 0)}.
     *
     * @return how many bytes were read
     */
    public static long pread(int fd, MemorySegment buffer) {
        int result = syscall(Linux.SYS_pread64(), fd, buffer.address(), buffer.byteSize(), 0, 0);
        return check(result, "pread(%d, ..., %d, 0)", fd, buffer.byteSize());
    }

    /**
     * {@code syscall(SYS_fstat, fd, statbuf)}: the kernel's {@code struct stat} is glibc's on x86-64, and glibc before 2.33 has no
     * {@code fstat}.
     *
     * @return type and permissions, size, and identity
     */
    public static Status fstat(int fd) {
        MemorySegment buffer = fstatInto(fd);
        return new Status(file_status.st_mode(buffer), file_status.st_size(buffer), file_status.st_dev(buffer), file_status.st_ino(buffer));
    }

    /**
     * {@code syscall(SYS_fstat, fd, statbuf)}. Allocates nothing.
     *
     * @return the size alone, in bytes
     */
    public static long size(int fd) {
        return file_status.st_size(fstatInto(fd));
    }

    private static MemorySegment fstatInto(int fd) {
        MemorySegment buffer = Downcall.Scratch.current().stat();
        int result = syscall(Linux.SYS_fstat(), fd, buffer.address(), 0, 0, 0);
        if (result < 0) {
            throw Errno.failed(-result, "fstat(" + fd + ", ...)");
        }
        return buffer;
    }

    /** What {@code fstat} tells: {@code mode} with the type, {@code size} in bytes, and who the file is: device and inode. */
    public record Status(int mode, long size, long device, long inode) {
        /** {@return the type in words, such as {@code a directory}} */
        public String type() {
            int type = mode & Linux.S_IFMT();
            return type == Linux.S_IFREG() ? "a regular file"
                    : type == Linux.S_IFDIR() ? "a directory"
                    : type == Linux.S_IFIFO() ? "a FIFO"
                    : type == Linux.S_IFSOCK() ? "a socket"
                    : type == Linux.S_IFCHR() || type == Linux.S_IFBLK() ? "a device" : "no file of a known type";
        }

        /** {@return whether it is a regular file} */
        public boolean isRegular() {
            return (mode & Linux.S_IFMT()) == Linux.S_IFREG();
        }
    }

    /**
     * {@code mmap(NULL, length, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0)}.
     *
     * @return the address
     */
    public static long mmap(long length, int fd) {
        return mmap(length, MAP_SHARED(), fd, 0);
    }

    /**
     * {@code mmap(NULL, length, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_POPULATE, fd, offset)}: with its pages in place.
     *
     * @return the address
     */
    public static long mmapPopulated(long length, int fd, long offset) {
        return mmap(length, MAP_SHARED() | Linux.MAP_POPULATE(), fd, offset);
    }

    private static long mmap(long length, int flags, int fd, long offset) {
        int prot = PROT_READ() | PROT_WRITE();
        MemorySegment mapped = Linux.mmap(MemorySegment.NULL, length, prot, flags, fd, offset);
        if (mapped.address() != -1) {
            return mapped.address();
        }
        // jextract's handle does not say why. A failed mmap has changed nothing, so ask again with errno.
        long result = call(Linux.mmap$address(), 0, length, prot, flags, fd, offset, 0);
        if (result < 0 && result >= -4095) {
            throw Errno.failed((int) -result, "mmap(NULL, %d, PROT_READ|PROT_WRITE, %s, %d, %d)".formatted(
                    length, flags == MAP_SHARED() ? "MAP_SHARED" : "MAP_SHARED|MAP_POPULATE", fd, offset));
        }
        return result;
    }

    /** {@code munmap(addr, length)}. */
    public static void munmap(long address, long length) {
        check(syscall(Linux.SYS_munmap(), address, length, 0, 0, 0), "munmap(0x%x, %d)", address, length);
    }

    /** {@return {@code sysconf(_SC_PAGESIZE)} in bytes} */
    public static int pageSize() {
        return PageSize.BYTES;
    }

    private static final class PageSize {
        static final int BYTES = read();

        private static int read() {
            long bytes = call(Downcall.function("sysconf"), Linux._SC_PAGESIZE(), 0, 0, 0, 0, 0, 0);
            if (bytes != 4096) {
                throw new UnsupportedOperationException(
                        "Latchwork's file formats are made for pages of 4096 bytes; sysconf(_SC_PAGESIZE) says " + bytes + ".");
            }
            return (int) bytes;
        }
    }

    private static int syscall(long number, long a, long b, long c, long d, long e) {
        return (int) call(Linux.syscall.address(), number, a, b, c, d, e, 0);
    }

    /** {@code arena.allocateFrom(text).address()}, which links a pattern switch of the JDK at its first use: 8 ms of a short program. */
    private static long string(Arena arena, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        MemorySegment copy = arena.allocate(bytes.length + 1L); // all zero, so the end is there
        for (int i = 0; i < bytes.length; i++) {
            copy.set(JAVA_BYTE, i, bytes[i]);
        }
        return copy.address();
    }

    private static int check(int result, String call, Object... arguments) {
        if (result < 0) {
            throw Errno.failed(-result, call.formatted(arguments));
        }
        return result;
    }
}
