package org.latchwork.file;

import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.latchwork.LinuxException;
import org.latchwork.file.stage.Folder;
import org.latchwork.file.stage.Stage;
import org.latchwork.file.stage.StageChannel;
import org.latchwork.file.stage.Staging;
import org.latchwork.linux.Downcall;
import org.latchwork.linux.Posix;
import org.latchwork.linux.abi.Linux;

/**
 * A file under construction: private until it is whole, then linked to its public name in one step.
 *
 * <p>Nobody ever sees a half-made file, since link(2) is atomic and fails where the name is taken: publishing needs no lock. The advice
 * is Ingo Molnar's for perf's build-id cache (linux-kernel, 14 May 2015). The private file has no name at all ({@code O_TMPFILE}); a file
 * system without that gets a private name beside the public one, in a folder {@code .staged-…}, and a crash leaves at most that behind,
 * until {@link #sweep}.
 *
 * {@snippet class="org.latchwork.examples.StagedFileExample" region="publish"}
 *
 * <p>Safe for use by many threads; none of the methods waits for another process.
 */
public final class StagedFile implements AutoCloseable {
    private final Path directory;
    private final Stage stage;
    /** Where its private name lies, or {@code null} where it has none. */
    private final Staging staging;
    private final Folder parent;
    private final AtomicBoolean open = new AtomicBoolean(true);

    private StagedFile(Path directory, Stage stage, Staging staging, Folder parent) {
        this.directory = directory;
        this.stage = stage;
        this.staging = staging;
        this.parent = parent;
    }

    /**
     * {@code openat(AT_FDCWD, directory, O_RDWR|O_TMPFILE|O_CLOEXEC, mode)}; without {@code O_TMPFILE}, a private name with
     * {@code O_CREAT|O_EXCL} in a folder whose owner a held lock proves. The system property {@code org.latchwork.file.stage}, set to
     * {@code named}, takes the second way everywhere.
     *
     * @param directory where the public name will be, or another one on the same file system
     * @param mode permissions, taken as they are, whatever the umask; 0600 is for the owner alone
     * @return an empty private file
     * @throws LinuxException if the directory cannot take a file: ENOENT, EACCES, ENOSPC, EDQUOT, EROFS and so on
     */
    public static StagedFile in(Path directory, int mode) {
        Downcall.requireNative();
        return in(directory, mode, !Stage.namesAreForced());
    }

    /** With {@code unnamed} false it takes the way of a file system without {@code O_TMPFILE}. */
    static StagedFile in(Path directory, int mode, boolean unnamed) {
        Objects.requireNonNull(directory, "directory");
        if ((mode & ~0777) != 0) {
            throw new IllegalArgumentException("mode 0" + Integer.toOctalString(mode) + " has more than permission bits (0 to 0777)");
        }
        Stage stage = unnamed ? Stage.unnamed(Linux.AT_FDCWD(), directory.toString(), directory, mode) : null;
        StagedFile staged = stage != null ? new StagedFile(directory, stage, null, null) : named(directory, mode);
        try {
            Posix.fchmod(staged.stage.descriptor(), mode);
            return staged;
        } catch (Throwable failure) {
            staged.close();
            throw failure;
        }
    }

    private static StagedFile named(Path directory, int mode) {
        Folder parent = Folder.open(directory);
        Staging staging = new Staging(parent);
        try {
            return new StagedFile(directory, staging.stage(mode), staging, parent);
        } catch (Throwable failure) {
            try (parent) {
                staging.close();
            }
            throw failure;
        }
    }

    /**
     * Removes what crashed processes have left of their private names in a directory. Whether a writer lives is proved by a lock that
     * it holds, not by age: the stages of live writers stay, and this is safe at any time.
     *
     * @param directory where files are staged
     * @return how many dead writers' folders were removed
     * @throws LinuxException if the kernel refuses to open or remove something; folders of other users are left to them
     */
    public static int sweep(Path directory) {
        Objects.requireNonNull(directory, "directory");
        Downcall.requireNative();
        try (Folder parent = Folder.open(directory)) {
            return Staging.sweep(parent, folder -> {}).removed();
        }
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
        int own = stage.descriptor();
        Posix.ftruncate(own, length);
        return SharedFile.adopt(directory, Posix.duplicate(own)).map(length);
    }

    /**
     * {@code pread(fd, ...)}, {@code pwrite(fd, ...)}. Opens a channel on the private file, at its start, for reading and writing. Its
     * {@code write} writes all it is given. What the kernel refuses arrives as an {@link java.io.IOException}, whose cause is the
     * {@link LinuxException}.
     *
     * @return the channel, with a descriptor and a position of its own: close it when the content is in place
     * @throws LinuxException if there are no descriptors left
     * @throws IllegalStateException if this is closed
     */
    public SeekableByteChannel channel() {
        return new StageChannel(Posix.duplicate(stage.descriptor()), directory, true);
    }

    /**
     * {@code fallocate(fd, 0, 0, length)}. Sizes the private file and reserves its room, so that no later store to a mapping of it can find
     * the file system full, which would be a SIGBUS.
     *
     * @param length bytes, all zero
     * @throws LinuxException if the kernel refuses: ENOSPC, EDQUOT, EOPNOTSUPP where the file system cannot reserve
     * @throws IllegalStateException if this is closed
     */
    public void allocate(long length) {
        Posix.fallocate(stage.descriptor(), length);
    }

    /**
     * Opens a stream that writes the private file from its start. It has no buffer; give it large pieces.
     *
     * @return the stream, with a descriptor and a position of its own: close it when the content is in place
     * @throws LinuxException if there are no descriptors left
     * @throws IllegalStateException if this is closed
     */
    public OutputStream outputStream() {
        return Channels.newOutputStream(channel());
    }

    /**
     * Gives the file its public name with {@link Durability#NONE}.
     *
     * @param target the public name, on the same file system
     * @return how it ended
     * @throws LinuxException as {@link #publish(Path, Durability)}
     * @throws IllegalStateException as {@link #publish(Path, Durability)}
     */
    public PublishOutcome publish(Path target) {
        return publish(target, Durability.NONE);
    }

    /**
     * {@code linkat(fd, "", AT_FDCWD, target, AT_EMPTY_PATH)}, or through {@code /proc/self/fd}, or from the private name. Gives the
     * file its public name, unless that is taken. Before it comes {@code fsync(fd)}, after it {@code fsync(directory)}, as the durability
     * asks; each call can take as long as the disk does.
     *
     * <p>If the name is taken, what is there is read and compared. If it is the same, it is made as durable as was asked, whoever has
     * published it.
     *
     * <p>A failure after the link leaves the name public: taking it away could take it from somebody who uses it. Publishing
     * the same again then says {@link PublishOutcome#EXISTED} and syncs again.
     *
     * @param target the public name, on the same file system
     * @param durability what has to be on disk when this returns
     * @return how it ended
     * @throws LinuxException for any other failure; the message says what to do: ENOENT, EACCES, EXDEV, EMLINK, EPERM, ENOSPC, EDQUOT,
     *     EIO, EROFS, ENAMETOOLONG and so on; or if the name is taken by a file that cannot be read
     * @throws IllegalStateException if this is closed, could not be synced before, or somebody has removed its private name
     */
    public PublishOutcome publish(Path target, Durability durability) {
        Objects.requireNonNull(durability, "durability");
        stage.descriptor(); // refused here if it is closed
        if (!durability.syncsContent()) {
            return outcome(stage.link(Linux.AT_FDCWD(), target.toString(), () -> target));
        }
        Path absolute = target.toAbsolutePath();
        if (absolute.getFileName() == null) {
            return PublishOutcome.COLLISION; // the root directory
        }
        try (Folder folder = Folder.open(absolute.getParent())) {
            String name = absolute.getFileName().toString();
            stage.sync();
            PublishOutcome outcome;
            do {
                outcome = outcome(stage.link(folder.descriptor(), name, () -> target));
                // If it has gone since, nothing of that name is there to be relied on: link again.
            } while (outcome == PublishOutcome.EXISTED && !Stage.syncPublished(folder.descriptor(), name, target));
            if (outcome != PublishOutcome.COLLISION && durability.syncsName()) {
                folder.sync();
            }
            return outcome;
        }
    }

    private static PublishOutcome outcome(Stage.Result result) {
        return switch (result) {
            case CREATED -> PublishOutcome.CREATED;
            case EXISTED -> PublishOutcome.EXISTED;
            case COLLISION -> PublishOutcome.COLLISION;
        };
    }

    /** {@code close(fd)}; the private name goes, the public one stays. Doing it again does nothing. */
    @Override
    public void close() {
        if (open.compareAndSet(true, false)) {
            try (parent; staging; stage) {
                // closed from the right, the others also when one of them fails
            }
        }
    }
}
