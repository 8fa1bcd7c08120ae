package org.latchwork.file;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.latchwork.LinuxException;
import org.latchwork.file.stage.Advice;
import org.latchwork.file.stage.Buffer;
import org.latchwork.file.stage.Folder;
import org.latchwork.file.stage.Stage;
import org.latchwork.linux.Downcall;
import org.latchwork.linux.Posix;
import org.latchwork.linux.abi.Linux;

/**
 * The classic lock file: a file under a name of one's own is linked to the lock's name, and whose link(2) succeeds has the lock.
 *
 * <p>It is here to compare with, and for file systems that have nothing better. Nobody wakes who waits for it, so waiting is asking again
 * every millisecond; and an owner that dies leaves it behind. Publishing ({@link StagedFile}) needs no lock at all.
 *
 * <p>The file says who has the lock: boot id, process-id namespace, process id and start time. A lock whose owner is proved dead is broken
 * by the next who wants it. It is proved if the file system is this machine's alone, and
 * <ul>
 * <li>the owner's boot is not this one, or
 * <li>its boot and namespace are this process's, and there is no such process, or it started at another time.
 * </ul>
 * Nothing else proves it, least of all age: a lock on a network's file system or of another namespace is never broken. Of many who find
 * a lock dead one breaks it: the one that holds a lock of its open file description on the dead file (fcntl(2)) while it looks whether the
 * name still stands for that very file, and unlinks it. So a live lock cannot be broken.
 *
 * <p>A crash can leave one private file beside the lock, {@code .NAME.PID-…}. Safe for use by many threads.
 */
public final class LinkLock implements AutoCloseable {
    /** Who waits asks again so often: what lock files have always cost, and the benchmark's row. */
    private static final long RETRY_NANOS = 1_000_000;
    private static final int LONGEST = 256;

    private final Path file;
    private final Folder folder;
    /** Open as long as the lock is held: so no other file gets its inode's number. */
    private final int fd;
    private final AtomicBoolean held = new AtomicBoolean(true);

    private LinkLock(Path file, Folder folder, int fd) {
        this.file = file;
        this.folder = folder;
        this.fd = fd;
    }

    /**
     * {@code linkat(folder, private name, folder, name, 0)}, {@code fstat(...)}. Takes the lock if it is free, or its owner proved dead.
     *
     * @param file the lock
     * @return the lock, unless somebody has it
     * @throws LinuxException if the kernel refuses: ENOENT, EACCES, ENOSPC, EROFS and so on
     */
    public static Optional<LinkLock> tryAcquire(Path file) {
        Objects.requireNonNull(file, "file");
        Downcall.requireNative();
        Path absolute = file.toAbsolutePath();
        Folder folder = Folder.open(absolute.getParent());
        LinkLock lock = null;
        try {
            lock = tryAcquire(absolute, folder);
            return Optional.ofNullable(lock);
        } finally {
            if (lock == null) {
                folder.close();
            }
        }
    }

    private static LinkLock tryAcquire(Path file, Folder folder) {
        String name = file.getFileName().toString();
        String unique = "." + name + "." + ProcessHandle.current().pid() + "-" + Long.toHexString(ThreadLocalRandom.current().nextLong());
        int fd = create(folder, unique, file);
        LinkLock lock = null;
        try {
            byte[] self = LinkLockOwner.self().toString().getBytes(StandardCharsets.UTF_8);
            try (Buffer buffer = Buffer.take()) {
                Stage.write(fd, buffer.filled(self, 0, self.length), 0, file);
            }
            while (true) {
                int result = Posix.link(folder.descriptor(), unique, folder.descriptor(), name, 0);
                // The number of names is the truth, whatever the call has said: over NFS an answer can get lost.
                if (Posix.fstat(fd).links() == 2) {
                    lock = new LinkLock(file, folder, fd);
                    return lock;
                }
                if (result < 0 && result != -Linux.EEXIST() && result != -Linux.EINTR()) {
                    throw Advice.failed(-result, "linkat(\"" + folder.path().resolve(unique) + "\", \"" + file + "\")", file);
                }
                if (result == -Linux.EEXIST() && !breakIfDead(folder, name)) {
                    return null;
                }
            }
        } finally {
            try {
                folder.unlink(unique);
            } finally {
                if (lock == null) {
                    Posix.close(fd);
                }
            }
        }
    }

    private static int create(Folder folder, String unique, Path file) {
        int flags = Linux.O_RDWR() | Linux.O_CREAT() | Linux.O_EXCL() | Linux.O_NOFOLLOW() | Linux.O_CLOEXEC();
        int fd = Posix.open(folder.descriptor(), unique, flags, 0644);
        if (fd < 0) {
            throw Advice.failed(-fd, Posix.openCall(folder.path().resolve(unique).toString(), flags, 0644), file);
        }
        return fd;
    }

    /** {@return whether it is worth trying again}: the lock has gone, by itself or since its owner is dead. */
    private static boolean breakIfDead(Folder folder, String name) {
        int fd = Posix.open(folder.descriptor(), name, Linux.O_RDWR() | Linux.O_NOFOLLOW() | Linux.O_NONBLOCK() | Linux.O_CLOEXEC(), 0);
        if (fd < 0) {
            return fd == -Linux.ENOENT(); // what cannot be opened is not broken
        }
        try {
            if (!isDead(fd, folder) || Posix.tryLock(fd) < 0) {
                return false;
            }
            // Only who holds the lock on this file unlinks it, its owner being dead: so the name cannot change between look and unlink.
            Posix.Status there = folder.status(name);
            if (there != null && there.sameFile(Posix.fstat(fd))) {
                folder.unlink(name);
            }
            return true;
        } finally {
            Posix.close(fd);
        }
    }

    private static boolean isDead(int fd, Folder folder) {
        if (!isOfThisMachineAlone(Posix.fileSystemType(fd))) {
            return false;
        }
        LinkLockOwner owner = read(fd, folder.path());
        return owner != null && owner.isProvedDead();
    }

    /** What network and user-space file systems hold can be another machine's, whose boot is not this one and whose processes live. */
    private static boolean isOfThisMachineAlone(long type) {
        return type == Linux.EXT4_SUPER_MAGIC() || type == Linux.XFS_SUPER_MAGIC() || type == Linux.TMPFS_MAGIC()
                || (int) type == Linux.BTRFS_SUPER_MAGIC() || (int) type == Linux.OVERLAYFS_SUPER_MAGIC();
    }

    private static LinkLockOwner read(int fd, Path shown) {
        try (Buffer buffer = Buffer.take()) {
            MemorySegment bytes = buffer.memory().asSlice(0, LONGEST);
            int length = Stage.read(fd, bytes, 0, () -> shown);
            byte[] text = new byte[length];
            bytes.asByteBuffer().get(text);
            return LinkLockOwner.parse(new String(text, StandardCharsets.UTF_8));
        }
    }

    /**
     * Takes the lock, and asks again every millisecond while somebody has it.
     *
     * @param file the lock
     * @param timeout how long at most
     * @return the lock, unless the time has run out
     * @throws InterruptedException if the thread is interrupted while it waits
     * @throws LinuxException as {@link #tryAcquire}
     */
    public static Optional<LinkLock> acquire(Path file, Duration timeout) throws InterruptedException {
        long begin = System.nanoTime();
        long nanos = timeout.compareTo(Duration.ofNanos(Long.MAX_VALUE)) > 0 ? Long.MAX_VALUE : timeout.toNanos();
        while (true) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            Optional<LinkLock> lock = tryAcquire(file);
            if (lock.isPresent() || System.nanoTime() - begin >= nanos) {
                return lock;
            }
            LockSupport.parkNanos(RETRY_NANOS);
        }
    }

    /**
     * Reads who has a lock.
     *
     * @param file the lock
     * @return who has it, in words; nothing if nobody has, or the file does not say
     * @throws LinuxException if the kernel refuses to read it
     */
    public static Optional<String> owner(Path file) {
        Downcall.requireNative();
        int flags = Linux.O_CLOEXEC() | Linux.O_NOFOLLOW() | Linux.O_NONBLOCK();
        int fd = Posix.open(file.toString(), flags, 0);
        if (fd == -Linux.ENOENT()) {
            return Optional.empty();
        }
        if (fd < 0) {
            throw Advice.failed(-fd, Posix.openCall(file.toString(), flags, 0), file);
        }
        try {
            return Optional.ofNullable(read(fd, file)).map(LinkLockOwner::inWords);
        } finally {
            Posix.close(fd);
        }
    }

    /** {@return the lock's file} */
    public Path path() {
        return file;
    }

    /**
     * {@code unlinkat(folder, name, 0)}, if the name still stands for this lock. Doing it again does nothing.
     *
     * @throws LinuxException if the kernel refuses
     */
    @Override
    public void close() {
        if (held.compareAndSet(true, false)) {
            try (folder) {
                String name = file.getFileName().toString();
                Posix.Status there = folder.status(name);
                if (there != null && there.sameFile(Posix.fstat(fd))) {
                    folder.unlink(name);
                }
            } finally {
                Posix.close(fd);
            }
        }
    }
}
