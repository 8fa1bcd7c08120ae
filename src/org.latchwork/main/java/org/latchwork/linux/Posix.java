package org.latchwork.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.latchwork.linux.Downcall.call;
import static org.latchwork.linux.Downcall.callInt;
import static org.latchwork.linux.abi.Linux.AT_FDCWD;
import static org.latchwork.linux.abi.Linux.EINTR;
import static org.latchwork.linux.abi.Linux.F_ADD_SEALS;
import static org.latchwork.linux.abi.Linux.MAP_SHARED;
import static org.latchwork.linux.abi.Linux.PROT_READ;
import static org.latchwork.linux.abi.Linux.PROT_WRITE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.StringJoiner;
import org.latchwork.linux.abi.Linux;
import org.latchwork.linux.abi.directory_entry;
import org.latchwork.linux.abi.file_status;
import org.latchwork.linux.abi.file_system;
import org.latchwork.linux.abi.flock;
import org.latchwork.linux.abi.open_how;
import org.latchwork.linux.abi.timespec;

/**
 * File and memory calls, one method per call. A failure throws {@link org.latchwork.LinuxException}; nothing is retried.
 *
 * <p>What the kernel itself has goes through {@code syscall}: the address of a variadic function comes without a handle of its shape,
 * where jextract's class of any other function makes one as soon as it is asked for the address, at 5 ms each (measured).
 */
public final class Posix {
    /** The longest path that the kernel takes, with its final NUL ({@code PATH_MAX} of limits.h). */
    private static final int PATH_MAX = 4096;

    private Posix() {}

    /**
     * {@code openat(AT_FDCWD, path, flags, mode)}.
     *
     * @return the descriptor, or {@code -errno}, since a refusal to open is often an answer
     */
    public static int open(String path, int flags, int mode) {
        return open(AT_FDCWD(), path, flags, mode);
    }

    /**
     * {@code openat(directory, path, flags, mode)}.
     *
     * @return the descriptor, or {@code -errno}
     */
    public static int open(int directory, String path, int flags, int mode) {
        return callInt(Linux.openat.address(), directory, string(path), flags, mode, 0);
    }

    /**
     * {@code openat2(directory, path, {flags, mode, RESOLVE_BENEATH|RESOLVE_NO_MAGICLINKS|RESOLVE_NO_SYMLINKS}, sizeof(struct open_how))}:
     * no component leads out of the directory, and none is a symbolic link. Linux 5.6; before that ENOSYS, and EPERM where a
     * seccomp filter does not know it.
     *
     * @return the descriptor, or {@code -errno}
     */
    public static int openBeneath(int directory, String path, int flags, int mode) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment how = open_how.allocate(arena);
            open_how.flags(how, flags);
            open_how.mode(how, mode);
            open_how.resolve(how, Linux.RESOLVE_BENEATH() | Linux.RESOLVE_NO_MAGICLINKS() | Linux.RESOLVE_NO_SYMLINKS());
            return syscall(Linux.SYS_openat2(), directory, string(path), how.address(), open_how.sizeof(), 0);
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
        if ((flags & Linux.O_TMPFILE()) != Linux.O_TMPFILE()) { // which includes O_DIRECTORY
            flag(names, flags, Linux.O_DIRECTORY(), "O_DIRECTORY");
        }
        flag(names, flags, Linux.O_PATH(), "O_PATH");
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
        if (result < 0 && result != -EINTR()) {
            throw Errno.failed(-result, "close(" + fd + ")");
        }
    }

    /** {@code ftruncate(fd, length)}. */
    public static void ftruncate(int fd, long length) {
        check(syscall(Linux.SYS_ftruncate(), fd, length, 0, 0, 0), "ftruncate(%d, %d)", fd, length);
    }

    /** {@code fallocate(fd, 0, 0, length)}: room on the file system for so much, so that no later store can find it full. */
    public static void fallocate(int fd, long length) {
        check(syscall(Linux.SYS_fallocate(), fd, 0, 0, length, 0), "fallocate(%d, 0, 0, %d)", fd, length);
    }

    /** {@code fchmod(fd, mode)}: the mode is taken as it is, whatever the umask. */
    public static void fchmod(int fd, int mode) {
        check(syscall(Linux.SYS_fchmod(), fd, mode, 0, 0, 0), "fchmod(%d, 0%o)", fd, mode);
    }

    /**
     * {@code linkat(fromDirectory, from, toDirectory, to, flags)}.
     *
     * @param flags 0; {@code AT_EMPTY_PATH}, with an empty {@code from}: the file behind the descriptor {@code fromDirectory};
     *     {@code AT_SYMLINK_FOLLOW}: follows {@code /proc/self/fd/N} to the file behind it
     * @return 0, or {@code -errno}, since EEXIST is an answer
     */
    public static int link(int fromDirectory, String from, int toDirectory, String to, int flags) {
        return syscall(Linux.SYS_linkat(), fromDirectory, string(from), toDirectory, secondString(to), flags);
    }

    /**
     * {@code symlinkat(target, directory, name)}.
     *
     * @return 0, or {@code -errno}
     */
    public static int symlink(String target, int directory, String name) {
        return syscall(Linux.SYS_symlinkat(), string(target), directory, secondString(name), 0, 0);
    }

    /** {@return what a symbolic link says, by {@code readlinkat(directory, name, buffer, 4096)}, or {@code null} if it is none} */
    public static String readLink(int directory, String name) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(PATH_MAX);
            int length = syscall(Linux.SYS_readlinkat(), directory, string(name), buffer.address(), PATH_MAX, 0);
            return length < 0 ? null : text(buffer, 0, length);
        }
    }

    /**
     * {@code renameat(fromDirectory, from, toDirectory, to)}.
     *
     * @return 0, or {@code -errno}
     */
    public static int rename(int fromDirectory, String from, int toDirectory, String to) {
        return syscall(Linux.SYS_renameat(), fromDirectory, string(from), toDirectory, secondString(to), 0);
    }

    /**
     * {@code mkdirat(directory, name, mode)}: the umask counts.
     *
     * @return 0, or {@code -errno}
     */
    public static int makeDirectory(int directory, String name, int mode) {
        return syscall(Linux.SYS_mkdirat(), directory, string(name), mode, 0, 0);
    }

    /**
     * {@code unlinkat(directory, name, flags)}.
     *
     * @param flags 0, or {@code AT_REMOVEDIR}
     * @return 0, or {@code -errno}
     */
    public static int unlink(int directory, String name, int flags) {
        return syscall(Linux.SYS_unlinkat(), directory, string(name), flags, 0, 0);
    }

    /**
     * {@code utimensat(directory, name, NULL, AT_SYMLINK_NOFOLLOW)}: its times become now.
     *
     * @return 0, or {@code -errno}
     */
    public static int touch(int directory, String name) {
        return syscall(Linux.SYS_utimensat(), directory, string(name), 0, Linux.AT_SYMLINK_NOFOLLOW(), 0);
    }

    /**
     * {@code fsync(fd)}.
     *
     * @return 0, or {@code -errno}
     */
    public static int fsync(int fd) {
        return syscall(Linux.SYS_fsync(), fd, 0, 0, 0, 0);
    }

    /**
     * {@code syncfs(fd)}: all of the file system that the descriptor lies on.
     *
     * @return 0, or {@code -errno}; errors of writing back are told since Linux 5.8
     */
    public static int syncfs(int fd) {
        return syscall(Linux.SYS_syncfs(), fd, 0, 0, 0, 0);
    }

    /**
     * {@code fcntl(fd, F_OFD_SETLK, {F_WRLCK, SEEK_SET, 0, 0})}: locks the whole file for its open file description, until the last
     * descriptor of that goes, with its process or before. The same description can lock it again.
     *
     * @return 0, or {@code -errno}: EAGAIN or EACCES if somebody else has it
     */
    public static int tryLock(int fd) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment lock = flock.allocate(arena); // all zero: from the start to whatever will be the end
            flock.l_type(lock, (short) Linux.F_WRLCK());
            return callInt(Linux.fcntl.address(), fd, Linux.F_OFD_SETLK(), lock.address(), 0, 0);
        }
    }

    /**
     * {@code kill(pid, 0)}: sends nothing, and says whether there is such a process.
     *
     * @return 0, or {@code -errno}: ESRCH if there is none; EPERM if there is one, of another user
     */
    public static int probe(long pid) {
        return syscall(Linux.SYS_kill(), pid, 0, 0, 0, 0);
    }

    /** {@return the type of the file system behind a descriptor, by {@code fstatfs(fd, ...)}: a constant of statfs(2)} */
    public static long fileSystemType(int fd) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = file_system.allocate(arena);
            check(syscall(Linux.SYS_fstatfs(), fd, buffer.address(), 0, 0, 0), "fstatfs(%d, ...)", fd);
            return file_system.f_type(buffer);
        }
    }

    /**
     * {@code getdents64(fd, buffer, size)}. Adds the next entries to a list, without {@code .} and {@code ..}.
     *
     * @param buffer room for some entries
     * @return whether there may be more
     */
    public static boolean entries(int fd, MemorySegment buffer, List<Entry> entries) {
        int bytes = syscall(Linux.SYS_getdents64(), fd, buffer.address(), buffer.byteSize(), 0, 0);
        if (bytes == -Linux.ENOENT()) {
            return false; // the directory itself has been removed, and so there is nothing in it
        }
        check(bytes, "getdents64(%d, ...)", fd);
        long nameOffset = directory_entry.d_type$offset() + 1;
        for (long at = 0; at < bytes; ) {
            MemorySegment entry = buffer.asSlice(at);
            int length = Short.toUnsignedInt(directory_entry.d_reclen(entry));
            int end = (int) nameOffset;
            while (entry.get(JAVA_BYTE, end) != 0) {
                end++;
            }
            String name = text(entry, nameOffset, end - nameOffset);
            if (!name.equals(".") && !name.equals("..")) {
                entries.add(new Entry(name, directory_entry.d_type(entry)));
            }
            at += length;
        }
        return bytes > 0;
    }

    /** One name in a directory. {@code type} is {@code DT_DIR} for a directory, {@code DT_UNKNOWN} where the file system does not tell. */
    public record Entry(String name, int type) {}

    /**
     * {@code memfd_create(name, flags)}.
     *
     * @return the descriptor
     */
    public static int memfdCreate(String name, int flags) {
        int fd = syscall(Linux.SYS_memfd_create(), string(name), flags, 0, 0, 0);
        return check(fd, "memfd_create(\"%s\", 0x%x)", name, flags);
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
        int result = pread(fd, buffer, 0);
        return check(result, "pread(%d, ..., %d, 0)", fd, buffer.byteSize());
    }

    /**
     * {@code pread(fd, buffer, count, offset)}. At most 2 GiB at a time, as the kernel has it.
     *
     * @return how many bytes were read, or {@code -errno}
     */
    public static int pread(int fd, MemorySegment buffer, long offset) {
        return syscall(Linux.SYS_pread64(), fd, buffer.address(), buffer.byteSize(), offset, 0);
    }

    /**
     * {@code pwrite(fd, buffer, count, offset)}.
     *
     * @return how many bytes were written, which may be fewer, or {@code -errno}
     */
    public static int pwrite(int fd, MemorySegment buffer, long offset) {
        return syscall(Linux.SYS_pwrite64(), fd, buffer.address(), buffer.byteSize(), offset, 0);
    }

    /**
     * {@code syscall(SYS_fstat, fd, statbuf)}: the kernel's {@code struct stat} is glibc's on x86-64, and glibc before 2.33 has no
     * {@code fstat}.
     *
     * @return type and permissions, size, and identity
     */
    public static Status fstat(int fd) {
        return status(fstatInto(fd));
    }

    /**
     * {@code newfstatat(directory, name, statbuf, AT_SYMLINK_NOFOLLOW)}.
     *
     * @return the same of a name, or {@code null} if it is not there (ENOENT)
     */
    public static Status status(int directory, String name) {
        MemorySegment buffer = Downcall.Scratch.current().stat();
        int result = syscall(Linux.SYS_newfstatat(), directory, string(name), buffer.address(), Linux.AT_SYMLINK_NOFOLLOW(), 0);
        if (result == -Linux.ENOENT()) {
            return null;
        }
        if (result < 0) {
            throw Errno.failed(-result, "newfstatat(%d, \"%s\", ..., AT_SYMLINK_NOFOLLOW)".formatted(directory, name));
        }
        return status(buffer);
    }

    private static Status status(MemorySegment buffer) {
        MemorySegment modified = file_status.st_mtim(buffer);
        return new Status(file_status.st_mode(buffer), file_status.st_uid(buffer), file_status.st_gid(buffer), file_status.st_size(buffer),
                file_status.st_dev(buffer), file_status.st_ino(buffer), file_status.st_nlink(buffer), timespec.tv_sec(modified),
                timespec.tv_nsec(modified));
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

    /**
     * What {@code fstat} tells: {@code mode} with the type, whose it is ({@code user} and {@code group}), {@code size} in bytes, who the file
     * is (device and inode), how many names it has, and when its content was last modified.
     */
    public record Status(int mode, int user, int group, long size, long device, long inode, long links, long modifiedSeconds, long modifiedNanos) {
        /** {@return the type in words, such as {@code a directory}} */
        public String type() {
            int type = mode & Linux.S_IFMT();
            return type == Linux.S_IFREG() ? "a regular file"
                    : type == Linux.S_IFDIR() ? "a directory"
                    : type == Linux.S_IFIFO() ? "a FIFO"
                    : type == Linux.S_IFSOCK() ? "a socket"
                    : type == Linux.S_IFLNK() ? "a symbolic link"
                    : type == Linux.S_IFCHR() || type == Linux.S_IFBLK() ? "a device" : "no file of a known type";
        }

        /** {@return whether it is a regular file} */
        public boolean isRegular() {
            return (mode & Linux.S_IFMT()) == Linux.S_IFREG();
        }

        /** {@return whether it is a directory} */
        public boolean isDirectory() {
            return (mode & Linux.S_IFMT()) == Linux.S_IFDIR();
        }

        /** {@return whether both are one file} */
        public boolean sameFile(Status other) {
            return device == other.device && inode == other.inode;
        }
    }

    /**
     * {@code mmap(NULL, length, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0)}.
     *
     * @return the address
     */
    public static long mmap(long length, int fd) {
        return mmap(length, PROT_READ() | PROT_WRITE(), MAP_SHARED(), fd, 0);
    }

    /**
     * {@code mmap(NULL, length, PROT_READ, MAP_SHARED, fd, 0)}.
     *
     * @return the address
     */
    public static long mmapReadOnly(long length, int fd) {
        return mmap(length, PROT_READ(), MAP_SHARED(), fd, 0);
    }

    /**
     * {@code mmap(NULL, length, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_POPULATE, fd, offset)}: with its pages in place.
     *
     * @return the address
     */
    public static long mmapPopulated(long length, int fd, long offset) {
        return mmap(length, PROT_READ() | PROT_WRITE(), MAP_SHARED() | Linux.MAP_POPULATE(), fd, offset);
    }

    private static long mmap(long length, int prot, int flags, int fd, long offset) {
        MemorySegment mapped = Linux.mmap(MemorySegment.NULL, length, prot, flags, fd, offset);
        if (mapped.address() != -1) {
            return mapped.address();
        }
        // jextract's handle does not say why. A failed mmap has changed nothing, so ask again with errno.
        return checkAddress(call(Linux.mmap$address(), 0, length, prot, flags, fd, offset, 0), "mmap(NULL, %d, %s, %s, %d, %d)",
                length, prot == PROT_READ() ? "PROT_READ" : "PROT_READ|PROT_WRITE", flags == MAP_SHARED() ? "MAP_SHARED" : "MAP_SHARED|MAP_POPULATE", fd, offset);
    }

    /**
     * {@code mmap(addr, length, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_NORESERVE|MAP_FIXED, -1, 0)}: puts private memory, all zero, in the
     * place of what is mapped there.
     */
    public static void mmapOver(long address, long length) {
        checkAddress(call(Linux.mmap$address(), address, length, PROT_READ() | PROT_WRITE(),
                Linux.MAP_PRIVATE() | Linux.MAP_ANONYMOUS() | Linux.MAP_NORESERVE() | Linux.MAP_FIXED(), -1, 0, 0),
                "mmap(0x%x, %d, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_NORESERVE|MAP_FIXED, -1, 0)", address, length);
    }

    /** {@return the address} The last 4095 are none, but {@code -errno}. */
    private static long checkAddress(long result, String call, Object... arguments) {
        if (result < 0 && result >= -4095) {
            throw Errno.failed((int) -result, call.formatted(arguments));
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

    private static long string(String text) {
        return Downcall.Scratch.current().string(0, text);
    }

    private static long secondString(String text) {
        return Downcall.Scratch.current().string(1, text);
    }

    private static String text(MemorySegment bytes, long offset, long length) {
        byte[] copy = new byte[(int) length];
        for (int i = 0; i < copy.length; i++) {
            copy[i] = bytes.get(JAVA_BYTE, offset + i);
        }
        return new String(copy, StandardCharsets.UTF_8);
    }

    private static int check(int result, String call, Object... arguments) {
        if (result < 0) {
            throw Errno.failed(-result, call.formatted(arguments));
        }
        return result;
    }
}
