package org.latchwork.file;

import java.nio.file.Path;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.latchwork.LinuxException;
import org.latchwork.linux.Downcall;
import org.latchwork.linux.Errno;
import org.latchwork.linux.Posix;
import org.latchwork.linux.abi.Linux;

/**
 * A file under construction: private until it is whole, then linked to its public name in one step.
 *
 * <p>Nobody ever sees a half-made file, since link(2) is atomic and fails where the name is taken: publishing needs no lock. The advice
 * is Ingo Molnar's for perf's build-id cache (linux-kernel, 14 May 2015). The private file has no name at all ({@code O_TMPFILE}); a file
 * system without that gets a private name beside the public one, and a crash leaves at most that behind.
 *
 * {@snippet class="org.latchwork.examples.StagedFileExample" region="publish"}
 */
public final class StagedFile implements AutoCloseable {
    private final Path directory;
    private final int fd;
    /** The private name, or {@code null} where the file has none. */
    private final String privateName;
    private final AtomicBoolean open = new AtomicBoolean(true);

    private StagedFile(Path directory, int fd, String privateName) {
        this.directory = directory;
        this.fd = fd;
        this.privateName = privateName;
    }

    /**
     * {@code openat(AT_FDCWD, directory, O_RDWR|O_TMPFILE|O_CLOEXEC, mode)}; without {@code O_TMPFILE}, a private name with
     * {@code O_CREAT|O_EXCL}.
     *
     * @param directory where the public name will be
     * @param mode permissions, taken as they are, whatever the umask; 0600 is for the owner alone
     * @return an empty private file
     * @throws LinuxException if the directory cannot take a file
     */
    public static StagedFile in(Path directory, int mode) {
        return in(directory, mode, true);
    }

    /** With {@code unnamed} false it takes the way of a file system without {@code O_TMPFILE}. */
    static StagedFile in(Path directory, int mode, boolean unnamed) {
        Objects.requireNonNull(directory, "directory");
        Downcall.requireNative();
        if ((mode & ~0777) != 0) {
            throw new IllegalArgumentException("mode 0" + Integer.toOctalString(mode) + " has more than permission bits (0 to 0777)");
        }
        StagedFile staged = unnamed ? unnamed(directory, mode) : null;
        if (staged == null) {
            staged = named(directory, mode);
        }
        try {
            Posix.fchmod(staged.fd, mode);
            return staged;
        } catch (Throwable failure) {
            staged.close();
            throw failure;
        }
    }

    private static StagedFile unnamed(Path directory, int mode) {
        int flags = Linux.O_RDWR() | Linux.O_TMPFILE() | Linux.O_CLOEXEC();
        int fd = Posix.open(directory.toString(), flags, mode);
        // A file system without O_TMPFILE says EOPNOTSUPP; a kernel without it opens the directory for writing: EISDIR (open(2)).
        if (fd == -Linux.EOPNOTSUPP() || fd == -Linux.EISDIR()) {
            return null;
        }
        if (fd < 0) {
            throw Errno.failed(-fd, Posix.openCall(directory.toString(), flags, mode));
        }
        return new StagedFile(directory, fd, null);
    }

    private static StagedFile named(Path directory, int mode) {
        String name = directory.resolve(".staged-" + UUID.randomUUID()).toString();
        int flags = Linux.O_RDWR() | Linux.O_CREAT() | Linux.O_EXCL() | Linux.O_NOFOLLOW() | Linux.O_CLOEXEC();
        int fd = Posix.open(name, flags, mode);
        if (fd < 0) {
            throw Errno.failed(-fd, Posix.openCall(name, flags, mode));
        }
        return new StagedFile(directory, fd, name);
    }

    /**
     * Sizes the private file and maps it, to be filled.
     *
     * @param length bytes, all zero
     * @return the mapping, with a descriptor of its own: close it when the content is in place
     * @throws LinuxException if the kernel refuses, such as ENOSPC
     * @throws IllegalStateException if this is closed
     */
    public MappedFile map(long length) {
        int own = descriptor();
        Posix.ftruncate(own, length);
        return SharedFile.adopt(directory, Posix.duplicate(own)).map(length);
    }

    /**
     * {@code linkat(AT_FDCWD, "/proc/self/fd/N", AT_FDCWD, target, AT_SYMLINK_FOLLOW)}. Gives the file its public name, unless
     * that is taken.
     *
     * <p>The name shows the content at once to all; whether both outlive a loss of power is not promised.
     *
     * @param target the public name, on the same file system
     * @return true if the name is now this file's; false if the name was taken (EEXIST), by whatever it be
     * @throws LinuxException for any other failure; the name is then not ours
     * @throws IllegalStateException if this is closed
     */
    public boolean publish(Path target) {
        int own = descriptor();
        int result = Posix.linkFollowing(privateName != null ? privateName : "/proc/self/fd/" + own, target.toString());
        if (result == 0) {
            return true;
        }
        if (result == -Linux.EEXIST()) {
            return false;
        }
        throw Errno.failed(-result, "linkat(staged file, \"" + target + "\")");
    }

    /** After close the number may be another file's. */
    private int descriptor() {
        if (!open.get()) {
            throw new IllegalStateException("the staged file in " + directory + " is closed");
        }
        return fd;
    }

    /** {@code close(fd)}; the private name goes, the public one stays. Doing it again does nothing. */
    @Override
    public void close() {
        if (open.compareAndSet(true, false)) {
            if (privateName != null) {
                Posix.unlink(privateName);
            }
            Posix.close(fd);
        }
    }
}
