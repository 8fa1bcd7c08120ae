package org.latchwork.file;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.latchwork.LinuxException;
import org.latchwork.linux.Downcall;
import org.latchwork.linux.Errno;
import org.latchwork.linux.Posix;
import org.latchwork.linux.abi.Linux;

/**
 * An open regular file, to be looked at, sized and then mapped. Its descriptor is its own and is closed on exec().
 */
public final class SharedFile implements AutoCloseable {
    private final Path path;
    private final int fd;
    private final boolean writable;
    private final AtomicBoolean open = new AtomicBoolean(true);

    private SharedFile(Path path, int fd, boolean writable) {
        this.path = path;
        this.fd = fd;
        this.writable = writable;
    }

    /**
     * {@code openat(AT_FDCWD, path, O_RDWR|O_NOFOLLOW|O_CLOEXEC|O_NONBLOCK|O_NOCTTY)}. Opens a regular file for reading and writing.
     *
     * @param path the file; a symbolic link as its last component is refused
     * @return the open file
     * @throws LinuxException if it cannot be opened: ENOENT, EACCES and so on
     * @throws InvalidFileException if it is not a regular file
     */
    public static SharedFile open(Path path) {
        return open(Objects.requireNonNull(path, "path"), false, true);
    }

    /**
     * {@code openat(AT_FDCWD, path, O_RDONLY|O_NOFOLLOW|O_CLOEXEC|O_NONBLOCK|O_NOCTTY)}. Opens a regular file for reading: its mapping is
     * {@code PROT_READ}, and a store to it ends the JVM.
     *
     * @param path the file; a symbolic link as its last component is refused
     * @return the open file
     * @throws LinuxException if it cannot be opened: ENOENT, EACCES and so on
     * @throws InvalidFileException if it is not a regular file
     */
    public static SharedFile openReadOnly(Path path) {
        return open(Objects.requireNonNull(path, "path"), false, false);
    }

    /**
     * {@code openat(AT_FDCWD, "/proc/pid/fd/fd", O_RDWR|O_CLOEXEC|O_NONBLOCK|O_NOCTTY)}. Opens anew what another process (or this one)
     * has open, such as a memfd: a file description of one's own.
     *
     * @param pid the process that has it open
     * @param descriptor its descriptor there
     * @return the open file
     * @throws LinuxException if it cannot be opened
     * @throws InvalidFileException if it is not a regular file
     */
    public static SharedFile reopen(long pid, int descriptor) {
        return open(Path.of("/proc/" + pid + "/fd/" + descriptor), true, true);
    }

    private static SharedFile open(Path path, boolean follow, boolean writable) {
        Downcall.requireNative();
        // Never a terminal, never a wait for the other end of a FIFO: what is no regular file is refused after it is open.
        int flags = (writable ? Linux.O_RDWR() : 0) | Linux.O_CLOEXEC() | Linux.O_NONBLOCK() | Linux.O_NOCTTY()
                | (follow ? 0 : Linux.O_NOFOLLOW());
        int fd = Posix.open(path.toString(), flags, 0);
        if (fd < 0) {
            throw refusedToOpen(path, flags, -fd);
        }
        SharedFile file = new SharedFile(path, fd, writable);
        Posix.Status status = Posix.fstat(fd);
        if (!status.isRegular()) {
            file.close();
            throw new InvalidFileException(path, "is " + status.type() + ", not a regular file");
        }
        return file;
    }

    private static RuntimeException refusedToOpen(Path path, int flags, int errno) {
        // Two errors name the kind of file that is in the way, which says more than the errno does.
        if (errno == Linux.ELOOP()) {
            return new InvalidFileException(path, "is a symbolic link, which is not followed (or leads through a loop of them); name the file itself");
        }
        if (errno == Linux.EISDIR()) {
            return new InvalidFileException(path, "is a directory, not a regular file");
        }
        if (errno == Linux.ENXIO()) {
            return new InvalidFileException(path, "is a socket, or a device without a driver, not a regular file");
        }
        return Errno.failed(errno, Posix.openCall(path.toString(), flags, 0));
    }

    /**
     * {@code memfd_create(name, MFD_CLOEXEC|MFD_ALLOW_SEALING)}, sized and sealed with {@code F_SEAL_SHRINK}: memory with a descriptor
     * and no name, which nobody can truncate.
     *
     * @param name shown in {@code /proc/self/fd}, for people only
     * @param size bytes; all zero
     * @return the open file
     * @throws LinuxException if the kernel refuses
     */
    public static SharedFile memfd(String name, long size) {
        Downcall.requireNative();
        int fd = Posix.memfdCreate(name, Linux.MFD_CLOEXEC() | Linux.MFD_ALLOW_SEALING());
        SharedFile file = new SharedFile(Path.of("/proc/" + ProcessHandle.current().pid() + "/fd/" + fd), fd, true);
        try {
            Posix.ftruncate(fd, size);
            Posix.addSeals(fd, Linux.F_SEAL_SHRINK());
            return file;
        } catch (Throwable failure) {
            file.close();
            throw failure;
        }
    }

    /** Takes over a descriptor: {@link StagedFile} opens its own files. */
    static SharedFile adopt(Path path, int fd) {
        return new SharedFile(path, fd, true);
    }

    /**
     * {@code newfstatat(AT_FDCWD, path, ..., AT_SYMLINK_NOFOLLOW)} and {@code fstat(fd, ...)}, compared.
     *
     * @return what the name stands for now
     * @throws LinuxException if the kernel does not tell, such as EACCES
     * @throws IllegalStateException if the file is closed
     */
    public NameState nameState() {
        Posix.Status there = Posix.status(Linux.AT_FDCWD(), path.toString());
        return there == null ? NameState.GONE : there.sameFile(Posix.fstat(descriptor())) ? NameState.SAME : NameState.REPLACED;
    }

    /** What the name of an open file stands for. */
    public enum NameState {
        /** The file. */
        SAME,
        /** Nothing any more. */
        GONE,
        /** Another file. */
        REPLACED
    }

    /** {@return the file's name when it was opened} */
    public Path path() {
        return path;
    }

    /**
     * {@return the descriptor, open until {@link #close()}}
     *
     * @throws IllegalStateException if the file is closed: the number may be another file's by now
     */
    public int descriptor() {
        if (!open.get()) {
            throw new IllegalStateException(path + " is closed");
        }
        return fd;
    }

    /**
     * {@code fstat(fd, ...)}.
     *
     * @return the file's size now, in bytes
     * @throws IllegalStateException if the file is closed
     */
    public long size() {
        return Posix.size(descriptor());
    }

    /**
     * {@code pread(fd, buffer, length, 0)}. Reads the file's first bytes, without mapping it.
     *
     * @param buffer native memory to fill
     * @return how many bytes were read: less than the buffer holds if the file is shorter
     * @throws LinuxException if the kernel refuses
     */
    public long read(MemorySegment buffer) {
        return Posix.pread(descriptor(), buffer);
    }

    /**
     * {@code ftruncate(fd, size)} if the file is shorter: what is there stays, the rest is zero. Not one step: two processes that extend
     * one file should extend it to the same size.
     *
     * @param size bytes
     * @throws LinuxException if the kernel refuses
     */
    public void extendTo(long size) {
        if (size() < size) {
            Posix.ftruncate(descriptor(), size);
        }
    }

    /**
     * {@code mmap(NULL, length, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0)}, {@code PROT_READ} alone where the file is open for reading. The mapping takes this file over: closing it closes both, and
     * if it cannot be made, this file is closed.
     *
     * @param length bytes from the start of the file
     * @return the mapping
     * @throws InvalidFileException if the file is shorter than that
     * @throws LinuxException if the kernel refuses
     */
    public MappedFile map(long length) {
        try {
            long size = size();
            if (size < length) {
                throw new InvalidFileException(path, "is too short: " + size + " bytes, where " + length + " are needed");
            }
            return new MappedFile(this, length, writable);
        } catch (Throwable failure) {
            close();
            throw failure;
        }
    }

    /** {@code close(fd)}. Doing it again does nothing. */
    @Override
    public void close() {
        if (open.compareAndSet(true, false)) {
            Posix.close(fd);
        }
    }
}
