package org.latchwork.file.stage;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.latchwork.linux.Posix;
import org.latchwork.linux.abi.Linux;

/**
 * A private file: without any name ({@code O_TMPFILE}), or with a private one in a {@link Staging} folder.
 *
 * <p>Which of the two:
 * <ul>
 * <li>{@code O_TMPFILE}, where the file system has it and the process can name the file afterwards. It can do so through
 *     {@code /proc/self/fd}; {@code linkat(fd, "", ..., AT_EMPTY_PATH)} is one look-up shorter, but before Linux 6.10 root's alone.
 *     So without a {@code /proc} of its own a process takes private names from the start.
 * <li>Not on btrfs before Linux 6.16, whose fsync(2) of a file without a name did not log it as it should.
 * <li>Not where the system property {@value #WAY} says {@code named}.
 * </ul>
 */
public final class Stage implements AutoCloseable {
    /** Forces private names, with the value {@code named}: create, fill, link, unlink. */
    public static final String WAY = "org.latchwork.file.stage";

    private static final int PRIVATE_FLAGS = Linux.O_RDWR() | Linux.O_CREAT() | Linux.O_EXCL() | Linux.O_NOFOLLOW() | Linux.O_CLOEXEC();
    private static final int UNNAMED_FLAGS = Linux.O_RDWR() | Linux.O_TMPFILE() | Linux.O_CLOEXEC();

    /** Learnt as soon as the way through {@code /proc} works where this one said ENOENT. */
    private static volatile boolean emptyPathRefused;

    private final Path where;
    private final int fd;
    /** The private name and its folder, or {@code null} where the file has none. */
    private final Folder folder;
    private final String name;
    private final AtomicBoolean open = new AtomicBoolean(true);

    /** Held while publishing, since what was created before decides what EEXIST means. */
    private final ReentrantLock publishing = new ReentrantLock();
    /** Names that were reported as created. Each is made into a path only when a link fails. */
    private final List<Supplier<Path>> created = new ArrayList<>(1);
    /** A failed fsync(2) drops the pages it could not write and is silent the next time. */
    private boolean unsyncable;

    private Stage(Path where, int fd, Folder folder, String name) {
        this.where = where;
        this.fd = fd;
        this.folder = folder;
        this.name = name;
    }

    /** How publishing ended; {@code org.latchwork.file} has the public type of the same names. */
    public enum Result { CREATED, EXISTED, COLLISION }

    /** {@return whether the property asks for private names} */
    public static boolean namesAreForced() {
        return "named".equals(System.getProperty(WAY));
    }

    /**
     * {@code openat(directory, path, O_RDWR|O_TMPFILE|O_CLOEXEC, mode)}.
     *
     * @param directory a descriptor, or {@code AT_FDCWD}
     * @param path the directory's path from there; {@code "."} for the descriptor's own
     * @param where for messages
     * @return the file, or {@code null} where a private name has to do
     */
    public static Stage unnamed(int directory, String path, Path where, int mode) {
        if (!Proc.VISIBLE) {
            return null;
        }
        int fd = Posix.open(directory, path, UNNAMED_FLAGS, mode);
        // A file system without O_TMPFILE says EOPNOTSUPP; a kernel without it opens the directory for writing: EISDIR (open(2)).
        if (fd == -Linux.EOPNOTSUPP() || fd == -Linux.EISDIR()) {
            return null;
        }
        if (fd < 0) {
            throw Advice.failed(-fd, Posix.openCall(where.toString(), UNNAMED_FLAGS, mode), where);
        }
        if (Btrfs.MAY_BE_OLD && Posix.fileSystemType(fd) == Linux.BTRFS_SUPER_MAGIC()) {
            Posix.close(fd);
            return null;
        }
        return new Stage(where, fd, null, null);
    }

    /** {@code openat(folder, name, O_RDWR|O_CREAT|O_EXCL|O_NOFOLLOW|O_CLOEXEC, mode)}; {@code null} if the folder is gone. */
    static Stage named(Folder folder, String name, int mode) {
        int fd = Posix.open(folder.descriptor(), name, PRIVATE_FLAGS, mode);
        if (fd == -Linux.ENOENT()) {
            return null;
        }
        Path file = folder.path().resolve(name);
        if (fd < 0) {
            throw Advice.failed(-fd, Posix.openCall(file.toString(), PRIVATE_FLAGS, mode), file);
        }
        return new Stage(file, fd, folder, name);
    }

    private static final class Proc {
        /** Whether {@code /proc/self/fd} is there and is this process's. */
        static final boolean VISIBLE = Posix.readLink(Linux.AT_FDCWD(), "/proc/self") != null;
    }

    private static final class Btrfs {
        static final boolean MAY_BE_OLD = older(System.getProperty("os.version"), 6, 16);
    }

    /** {@return whether a kernel's release, such as {@code 6.1.0-37-amd64}, is older than a version}; what is no release, is not. */
    static boolean older(String release, int major, int minor) {
        if (!release.matches("[0-9]{1,9}\\.[0-9]{1,9}.*")) {
            return false;
        }
        String[] parts = release.split("[^0-9]+");
        int itsMajor = Integer.parseInt(parts[0]);
        return itsMajor < major || itsMajor == major && Integer.parseInt(parts[1]) < minor;
    }

    /** {@return the descriptor, open until {@link #close()}} */
    public int descriptor() {
        if (!open.get()) {
            throw new IllegalStateException("the staged file in " + where + " is closed");
        }
        return fd;
    }

    /** {@code pwrite(fd, ...)} until all is written. */
    public void write(MemorySegment bytes, long offset) {
        write(descriptor(), bytes, offset, where);
    }

    /** The same on any descriptor. */
    public static void write(int fd, MemorySegment bytes, long offset, Path file) {
        for (long done = 0; done < bytes.byteSize(); ) {
            int written = Posix.pwrite(fd, done == 0 ? bytes : bytes.asSlice(done), offset + done);
            if (written < 0 && written != -Linux.EINTR()) {
                throw Advice.failed(-written, "pwrite(%d, ..., %d, %d)".formatted(fd, bytes.byteSize() - done, offset + done), file);
            }
            done += Math.max(written, 0);
        }
    }

    /**
     * {@return how many bytes were read: fewer than there is room for only at the end of the file}
     *
     * @param file for messages
     */
    public static int read(int fd, MemorySegment buffer, long offset, Supplier<Path> file) {
        int done = 0;
        while (done < buffer.byteSize()) {
            int read = Posix.pread(fd, done == 0 ? buffer : buffer.asSlice(done), offset + done);
            if (read == 0) {
                break;
            }
            if (read < 0 && read != -Linux.EINTR()) {
                throw Advice.failed(-read, "pread(%d, ..., %d, %d)".formatted(fd, buffer.byteSize() - done, offset + done), file.get());
            }
            done += Math.max(read, 0);
        }
        return done;
    }

    /** {@return 0, or {@code -errno}, of {@code fsync(fd)}; past signals} */
    public static int fsync(int fd) {
        int result;
        do {
            result = Posix.fsync(fd);
        } while (result == -Linux.EINTR());
        return result;
    }

    /** {@code fsync(fd)}: the content is on disk then. After a failure nothing more can be said of it, and it is not published. */
    public void sync() {
        int own = descriptor();
        publishing.lock();
        try {
            if (unsyncable) {
                throw new IllegalStateException("the staged file in " + where
                        + " could not be synced before; what is on disk is unknown, stage it anew");
            }
            int result = fsync(own);
            if (result < 0) {
                unsyncable = true;
                throw Advice.failed(-result, "fsync(staged file in \"" + where + "\")", where);
            }
        } finally {
            publishing.unlock();
        }
    }

    /**
     * {@code fsync(2)} of what somebody has published under a name: it may have been somebody who synced nothing.
     *
     * @return false if the name has gone meanwhile
     */
    public static boolean syncPublished(int directory, String target, Path shown) {
        int flags = Linux.O_CLOEXEC() | Linux.O_NOFOLLOW() | Linux.O_NONBLOCK();
        int fd = Posix.open(directory, target, flags, 0);
        if (fd == -Linux.ENOENT()) {
            return false;
        }
        if (fd < 0) {
            throw Advice.failed(-fd, Posix.openCall(shown.toString(), flags, 0), shown);
        }
        try {
            syncPublished(fd, shown);
            return true;
        } finally {
            Posix.close(fd);
        }
    }

    /** The same for who has it open. */
    public static void syncPublished(int fd, Path shown) {
        int result = fsync(fd);
        if (result < 0) {
            throw Advice.failed(-result, "fsync(\"" + shown + "\")", shown);
        }
    }

    /**
     * Gives the file one more name, unless that is taken. Never a stat first: link(2) itself is the question.
     *
     * @param directory the name's directory, or {@code AT_FDCWD}
     * @param target the name
     * @param shown the whole path, which is asked for only when the link fails
     */
    public Result link(int directory, String target, Supplier<Path> shown) {
        int own = descriptor();
        publishing.lock();
        try {
            while (true) {
                int result = linkOnce(own, directory, target);
                if (result == 0) {
                    created.add(shown);
                    return Result.CREATED;
                }
                // On NFS, and where a signal came between, the call can have worked though it says otherwise.
                Result settled = settle(own, directory, target, shown, result);
                if (settled != null) {
                    return settled;
                }
            }
        } finally {
            publishing.unlock();
        }
    }

    /** {@return 0, or {@code -errno}} */
    private int linkOnce(int own, int directory, String target) {
        if (name != null) {
            return Posix.link(folder.descriptor(), name, directory, target, 0);
        }
        if (!emptyPathRefused) {
            int result = Posix.link(own, "", directory, target, Linux.AT_EMPTY_PATH());
            if (result != -Linux.ENOENT()) {
                return result;
            }
        }
        // ENOENT: no permission for AT_EMPTY_PATH, or no such directory.
        int result = Posix.link(Linux.AT_FDCWD(), "/proc/self/fd/" + own, directory, target, Linux.AT_SYMLINK_FOLLOW());
        emptyPathRefused |= result == 0;
        return result;
    }

    /** {@return what the failure means, or {@code null} to try again} */
    private Result settle(int own, int directory, String target, Supplier<Path> path, int result) {
        Path shown = path.get();
        Posix.Status mine = Posix.fstat(own);
        Posix.Status there;
        try {
            there = Posix.status(directory, target);
        } catch (RuntimeException unknown) {
            throw failure(mine, target, shown, result);
        }
        if (there != null && there.sameFile(mine)) {
            if (created.stream().anyMatch(before -> before.get().equals(shown))) {
                return Result.EXISTED;
            }
            created.add(path);
            return Result.CREATED;
        }
        if (result == -Linux.EINTR() || result == -Linux.EEXIST() && there == null) {
            return null; // it never came to it, or the name has gone since
        }
        if (result != -Linux.EEXIST()) {
            throw failure(mine, target, shown, result);
        }
        return compare(mine, directory, target, there, shown);
    }

    private RuntimeException failure(Posix.Status mine, String target, Path shown, int result) {
        String call = "linkat(staged file, \"" + shown + "\")";
        if (result == -Linux.ENOENT() && name != null && mine.links() == 0) {
            return new IllegalStateException(call + ": the private name " + where
                    + " is gone; somebody else than a sweep removed it, stage the file anew");
        }
        return Advice.failed(-result, call, shown);
    }

    /** {@return whether what has the name has the same content; {@code null} if it is gone} */
    private Result compare(Posix.Status mine, int directory, String target, Posix.Status there, Path shown) {
        if (!there.isRegular() || there.size() != mine.size()) {
            return Result.COLLISION;
        }
        // O_NONBLOCK: a FIFO may have come meanwhile.
        int flags = Linux.O_CLOEXEC() | Linux.O_NOFOLLOW() | Linux.O_NONBLOCK();
        int other = Posix.open(directory, target, flags, 0);
        if (other == -Linux.ENOENT()) {
            return null;
        }
        if (other < 0) {
            throw Advice.failed(-other, "the name is taken by a file whose content cannot be compared: "
                    + Posix.openCall(shown.toString(), flags, 0), shown);
        }
        try {
            return isSame(other, shown) ? Result.EXISTED : Result.COLLISION;
        } finally {
            Posix.close(other);
        }
    }

    /** {@return whether another file has the same content} */
    public boolean isSame(int other, Path shown) {
        int own = descriptor();
        try (Buffer mine = Buffer.take(); Buffer theirs = Buffer.take()) {
            for (long at = 0; ; ) {
                int length = read(own, mine.memory(), at, () -> where);
                if (length != read(other, theirs.memory(), at, () -> shown)
                        || mine.memory().asSlice(0, length).mismatch(theirs.memory().asSlice(0, length)) >= 0) {
                    return false;
                }
                if (length < mine.memory().byteSize()) {
                    return true;
                }
                at += length;
            }
        }
    }

    /** {@code close(fd)}; the private name goes, public ones stay. Doing it again does nothing. */
    @Override
    public void close() {
        if (open.compareAndSet(true, false)) {
            try {
                if (name != null) {
                    folder.unlink(name);
                }
            } finally {
                Posix.close(fd);
            }
        }
    }
}
