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
import org.latchwork.linux.Posix;
import org.latchwork.linux.abi.Linux;
import org.latchwork.region.abi.Layout;
import org.latchwork.wait.Deadline;

/** Region files: made whole in private and published by link(2), so that nobody ever maps half of one; or a memfd. */
public final class RegionFile {
    /** Making or removing an object takes microseconds; who needs so long for it has been stopped. */
    private static final Duration DIRECTORY_PATIENCE = Duration.ofSeconds(30);

    private RegionFile() {}

    /**
     * Attaches to a region, which is made first if there is none.
     *
     * @param layout of a new region; an existing one has its own
     * @param mode permissions of a new one
     */
    public static Region open(Path path, RegionLayout layout, int mode, List<ObjectType> types) {
        while (true) {
            Region region = attach(path, types);
            if (region != null) {
                return region;
            }
            create(path, layout, mode); // whoever is first
        }
    }

    /** {@return the attached region, or {@code null} if there is no file of that name} */
    private static Region attach(Path path, List<ObjectType> types) {
        SharedFile file;
        try {
            file = SharedFile.open(path);
        } catch (LinuxException e) {
            if (e.errno() == Linux.ENOENT()) {
                return null;
            }
            throw e;
        }
        try {
            return Region.attach(file, layout(file), types);
        } catch (Throwable failure) {
            file.close();
            throw failure;
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
            try (MappedFile mapped = SharedFile.reopen(ProcessHandle.current().pid(), file.descriptor()).map(layout.size())) {
                RegionHeader.write(mapped.segment(), layout);
            }
            return Region.attach(file, layout, types);
        } catch (Throwable failure) {
            file.close();
            throw failure;
        }
    }

    static RegionLayout layout(SharedFile file) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment header = arena.allocate(Layout.LW_PAGE_SIZE(), Long.BYTES);
            long length = file.read(header);
            RegionLayout layout = RegionHeader.read(file.path(), header, length, file.size());
            if (!RegionHeader.isOfThisBoot(header)) {
                throw new InvalidFileException(file.path(), "was made before this machine was booted; remove it");
            }
            return layout;
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

    /** Locks the directory. Blocks while another participant makes or removes an object. */
    static void lockDirectory(Participants participants, Path path) {
        Deadline patience = Deadline.after(DIRECTORY_PATIENCE);
        while (!participants.tryLockDirectory()) {
            if (patience.hasPassed()) {
                throw new IllegalStateException("somebody has been making or removing an object of " + path + " for "
                        + DIRECTORY_PATIENCE.toSeconds() + " s; is a participant stopped? `latchwork inspect " + path + "` shows them");
            }
            LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(100));
        }
    }
}
