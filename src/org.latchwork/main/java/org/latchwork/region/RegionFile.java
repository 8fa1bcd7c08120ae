package org.latchwork.region;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.latchwork.LinuxException;
import org.latchwork.file.InvalidFileException;
import org.latchwork.file.MappedFile;
import org.latchwork.file.PublishOutcome;
import org.latchwork.file.SharedFile;
import org.latchwork.file.StagedFile;
import org.latchwork.linux.Errno;
import org.latchwork.linux.FileLocks;
import org.latchwork.linux.Posix;
import org.latchwork.linux.Processes;
import org.latchwork.linux.abi.Linux;
import org.latchwork.region.abi.Layout;
import org.latchwork.wait.Deadline;

/**
 * Region files: made whole in private and published by link(2), so that nobody ever maps half of one; or a memfd.
 *
 * <p>A name is taken from a region, to replace or to delete it, only by who has locked every slot's byte of it and the directory's: so nobody
 * is attached. Before he unlinks he compares, since the name may stand for another file by now; it cannot come to stand for another one
 * afterwards, as he has the locks that its unlinking takes. Who attaches compares after he has locked his slot ({@link Region#attach}).
 */
public final class RegionFile {
    /** Replacing a region of an earlier boot takes microseconds; who needs so long has been stopped, or somebody is attached after all. */
    private static final Duration REPLACE_PATIENCE = Duration.ofSeconds(2);
    private static final long RETRY_NANOS = TimeUnit.MICROSECONDS.toNanos(100);
    private static final int OTHERS_WRITE = 02;
    private static final int GROUP_READS_AND_WRITES = 060;

    private RegionFile() {}

    /**
     * Attaches to a region, which is made first if there is none, or one from before this machine was booted that nobody holds.
     *
     * @param layout of a new region; an existing one has its own
     * @param mode permissions of a new one
     */
    public static Region open(Path path, RegionLayout layout, int mode, List<ObjectType> types) {
        Deadline patience = Deadline.after(REPLACE_PATIENCE);
        while (true) {
            SharedFile file = existing(path);
            if (file == null) {
                create(path, layout, mode); // whoever is first
                continue;
            }
            try {
                requireTrusted(file);
                Header header = header(file);
                if (!header.isOfThisBoot) {
                    if (!unlinkIfUnused(file, header.layout)) {
                        if (patience.hasPassed()) {
                            throw new InvalidFileException(file.path(), "was made before this machine was booted, and yet somebody has it locked");
                        }
                        LockSupport.parkNanos(RETRY_NANOS); // for another opener, who replaces it just now
                    }
                    file.close();
                    continue;
                }
                Region region = Region.attach(file, header.layout, true, types);
                if (region != null) {
                    return region;
                }
            } catch (Throwable failure) {
                file.close();
                throw failure;
            }
        }
    }

    /**
     * Deletes a region that nobody is attached to.
     *
     * @return false if there is no file of that name
     * @throws IllegalStateException if somebody is attached, or attaching
     * @throws InvalidFileException if it is no region
     */
    public static boolean delete(Path path) {
        try (SharedFile file = existing(path)) {
            if (file == null) {
                return false;
            }
            if (!unlinkIfUnused(file, header(file).layout)) {
                throw new IllegalStateException(path + " is in use: somebody is attached to it, or about to be; `latchwork inspect " + path
                        + "` shows who");
            }
            return true;
        }
    }

    /**
     * Takes the name from a region, if nobody is attached to it.
     *
     * @param file never mapped, since a mapping would keep the locks
     * @return false if somebody is attached or attaching, or has the same in mind; true also if the name stands for something else already
     */
    private static boolean unlinkIfUnused(SharedFile file, RegionLayout layout) {
        int descriptor = file.descriptor();
        long length = layout.objectsOffset(); // from the directory's byte, which is the first, beyond that of the last slot
        if (!FileLocks.isMine(FileLocks.tryLock(descriptor, 0, length), descriptor, 0, length)) {
            return false;
        }
        if (file.nameState() == SharedFile.NameState.SAME) {
            int result = Posix.unlink(Linux.AT_FDCWD(), file.path().toString(), 0);
            if (result < 0) {
                throw Errno.failed(-result, "unlinkat(AT_FDCWD, \"" + file.path() + "\", 0)");
            }
        }
        return true;
    }

    /** {@return the open file, or {@code null} if there is none of that name} */
    private static SharedFile existing(Path path) {
        try {
            return SharedFile.open(path);
        } catch (LinuxException e) {
            if (e.errno() == Linux.ENOENT()) {
                return null;
            }
            throw e;
        }
    }

    /** In a folder like {@code /dev/shm} anybody can put a file under the name that we look for: so whose it is, and who can write it, is looked at. */
    private static void requireTrusted(SharedFile file) {
        Posix.Status status = Posix.fstat(file.descriptor());
        String permissions = "0" + Integer.toOctalString(status.mode() & 07777);
        if ((status.mode() & OTHERS_WRITE) != 0) {
            throw new InvalidFileException(file.path(), "has mode " + permissions + ": everybody can write it; a region has 0600 or 0660");
        }
        int me = Processes.effectiveUser();
        boolean mine = status.user() == me || status.user() == 0;
        boolean ours = (status.mode() & GROUP_READS_AND_WRITES) == GROUP_READS_AND_WRITES && Processes.groups().contains(status.group());
        if (!mine && !ours) {
            throw new InvalidFileException(file.path(), "belongs to user " + Integer.toUnsignedString(status.user()) + " (group "
                    + Integer.toUnsignedString(status.group()) + ", mode " + permissions + ") and not to user "
                    + Integer.toUnsignedString(me) + ", who opens it, or root; nor does it let a group in that he is in");
        }
    }

    private static void create(Path path, RegionLayout layout, int mode) {
        Path absolute = path.toAbsolutePath();
        try (StagedFile staged = StagedFile.in(absolute.getParent(), mode)) {
            staged.allocate(layout.size());
            try (MappedFile mapped = staged.map(layout.size())) {
                RegionHeader.write(mapped.segment(), layout);
            }
            PublishOutcome outcome = staged.publish(absolute);
            assert outcome != null : "whatever the outcome, there is a file of that name now";
        }
    }

    /** A region in memory that has no name. */
    public static Region anonymous(RegionLayout layout, List<ObjectType> types) {
        SharedFile file = SharedFile.memfd("latchwork-region", layout.size());
        try {
            Posix.fallocate(file.descriptor(), layout.size());
            try (MappedFile mapped = again(file.descriptor()).map(layout.size())) {
                RegionHeader.write(mapped.segment(), layout);
            }
            return Region.attach(file, layout, false, types);
        } catch (Throwable failure) {
            file.close();
            throw failure;
        }
    }

    /** Attaches to what a process has open, by a file description of its own. Whose it is does not matter: who was let in by that process was told. */
    public static Region reopen(long pid, int descriptor, List<ObjectType> types) {
        SharedFile file = SharedFile.reopen(pid, descriptor);
        try {
            return Region.attach(file, header(file).layout, false, types);
        } catch (Throwable failure) {
            file.close();
            throw failure;
        }
    }

    /** {@return what a file's header says} */
    static RegionLayout layout(SharedFile file) {
        return header(file).layout;
    }

    private record Header(RegionLayout layout, boolean isOfThisBoot) {}

    private static Header header(SharedFile file) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment header = arena.allocate(Layout.LW_PAGE_SIZE(), Long.BYTES);
            long length = file.read(header);
            RegionLayout layout = RegionHeader.read(file.path(), header, length, file.size());
            return new Header(layout, RegionHeader.isOfThisBoot(header));
        }
    }

    /** {@return a descriptor of a new description of the file: locks on it are nobody else's} */
    static int reopen(SharedFile file) {
        String name = "/proc/self/fd/" + file.descriptor();
        int flags = Linux.O_RDWR() | Linux.O_CLOEXEC();
        int descriptor = Posix.open(name, flags, 0);
        if (descriptor < 0) {
            throw Errno.failed(-descriptor, Posix.openCall(name, flags, 0));
        }
        return descriptor;
    }

    /** {@return the same file, opened once more} */
    static SharedFile again(int descriptor) {
        return SharedFile.reopen(ProcessHandle.current().pid(), descriptor);
    }
}
