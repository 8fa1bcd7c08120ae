package org.latchwork.publish;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.latchwork.LinuxException;
import org.latchwork.file.Durability;
import org.latchwork.file.InvalidFileException;
import org.latchwork.file.PublishOutcome;
import org.latchwork.file.stage.Advice;
import org.latchwork.file.stage.Buffer;
import org.latchwork.file.stage.Folder;
import org.latchwork.file.stage.Stage;
import org.latchwork.file.stage.Staging;
import org.latchwork.linux.Downcall;
import org.latchwork.linux.Posix;
import org.latchwork.linux.abi.Linux;

/**
 * perf's cache of object files by build id, such as {@code ~/.debug}, written so that perf reads it, and beside perf's own writing.
 *
 * <p>An object lies in {@code REAL-PATH/BUILD-ID/elf}; the symbolic link {@code .build-id/xx/yyyy…} leads to its folder. The object is
 * published whole, and only then the link: who follows the link finds it. That somebody else was first is no failure. Where perf links the
 * user's file in, this copies it: what is linked can still be written by its owner.
 *
 * <p>What a crash leaves in private, {@link org.latchwork.file.StagedFile#sweep} of the cache's folder removes.
 *
 * <p>Safe for use by many threads and processes, perf among them. Methods take as long as the file system does.
 */
public final class BuildIdCache implements AutoCloseable {
    private static final String LINKS = ".build-id";
    private static final String OBJECT = "elf";
    private static final int MODE = 0555;

    private final Folder root;
    private final Staging staging;

    private BuildIdCache(Folder root) {
        this.root = root;
        this.staging = new Staging(root);
    }

    /**
     * An object in the cache.
     *
     * @param buildId its build id, in hexadecimal digits
     * @param folder where it lies
     * @param outcome CREATED if the object is new, EXISTED if the same was there, COLLISION if there was another, which was left, as perf
     *     leaves it
     */
    public record Added(String buildId, Path folder, PublishOutcome outcome) {}

    /**
     * Opens a cache; a missing folder is made, but not those above it.
     *
     * @param directory the cache's folder
     * @return the cache
     * @throws LinuxException if the folder cannot be opened or made
     */
    public static BuildIdCache open(Path directory) {
        Downcall.requireNative();
        int made = Posix.makeDirectory(Linux.AT_FDCWD(), directory.toString(), 0755);
        if (made < 0 && made != -Linux.EEXIST()) {
            throw Advice.failed(-made, "mkdirat(AT_FDCWD, \"" + directory + "\", 0755)", directory);
        }
        return new BuildIdCache(Folder.open(directory));
    }

    /**
     * {@code linkat(staged copy, "REAL-PATH/BUILD-ID/elf")}, {@code symlinkat(folder, ".build-id/xx/yyyy…")}. Adds an object.
     *
     * @param file an ELF file with a build id
     * @param durability what has to be on disk when this returns: of the object, and with DURABLE of the folders and the link
     * @return what became of it
     * @throws IOException if the file cannot be read
     * @throws InvalidFileException if it is no ELF file, or has no build id
     * @throws LinuxException if the kernel refuses: ENOSPC, EDQUOT, EROFS and so on
     * @throws IllegalStateException if the cache is closed
     */
    public Added add(Path file, Durability durability) throws IOException {
        Objects.requireNonNull(durability, "durability");
        Path real = file.toRealPath();
        try (SeekableByteChannel content = Files.newByteChannel(real)) {
            String id = ElfBuildId.read(content, real);
            content.position(0);
            String relative = real.toString().substring(1) + "/" + id;
            try (Folder folder = root.makeFolder(relative)) {
                PublishOutcome outcome = publish(content, folder, durability);
                link(id, relative);
                if (durability.syncsName()) {
                    syncNames(relative);
                    syncNames(links(id));
                }
                return new Added(id, folder.path(), outcome);
            }
        }
    }

    private PublishOutcome publish(SeekableByteChannel content, Folder folder, Durability durability) throws IOException {
        Path shown = folder.path().resolve(OBJECT);
        int existing = Posix.open(folder.descriptor(), OBJECT, Linux.O_CLOEXEC() | Linux.O_NOFOLLOW() | Linux.O_NONBLOCK(), 0);
        try (InputStream stream = Channels.newInputStream(content); Buffer buffer = Buffer.take()) {
            if (existing >= 0) {
                boolean same = Publisher.isSame(existing, stream, Publisher.fill(stream, buffer), buffer, () -> shown);
                if (same && durability.syncsContent()) {
                    Stage.syncPublished(existing, shown);
                }
                return same ? PublishOutcome.EXISTED : PublishOutcome.COLLISION;
            }
            try (Stage stage = stage()) {
                Publisher.fill(stage, stream, buffer, 0);
                if (durability.syncsContent()) {
                    stage.sync();
                }
                Stage.Result result;
                do {
                    result = stage.link(folder.descriptor(), OBJECT, () -> shown);
                } while (result == Stage.Result.EXISTED && durability.syncsContent()
                        && !Stage.syncPublished(folder.descriptor(), OBJECT, shown));
                return PublishOutcome.valueOf(result.name());
            }
        } finally {
            if (existing >= 0) {
                Posix.close(existing);
            }
        }
    }

    private Stage stage() {
        Stage unnamed = Stage.namesAreForced() ? null : Stage.unnamed(root.descriptor(), ".", root.path(), MODE);
        return unnamed != null ? unnamed : staging.stage(MODE);
    }

    private static String links(String id) {
        return LINKS + "/" + id.substring(0, 2);
    }

    /** {@code fsync(2)} of a folder and of all above it, down from the cache's own. */
    private void syncNames(String relative) {
        for (String at = relative; !at.isEmpty(); at = at.substring(0, Math.max(at.lastIndexOf('/'), 0))) {
            try (Folder folder = root.makeFolder(at)) {
                folder.sync();
            }
        }
        root.sync();
    }

    /** Last, so that it leads to a whole object. Another path with the same build id may have it already: it is as good. */
    private void link(String id, String relative) {
        try (Folder links = root.makeFolder(links(id))) {
            int result = Posix.symlink("../../" + relative, links.descriptor(), id.substring(2));
            if (result < 0 && result != -Linux.EEXIST()) {
                Path shown = links.path().resolve(id.substring(2));
                throw Advice.failed(-result, "symlinkat(\"../../" + relative + "\", \"" + shown + "\")", shown);
            }
        }
    }

    /** Closes the cache. Doing it again does nothing. */
    @Override
    public void close() {
        try (root; staging) {
            // closed from the right, the other also when one fails
        }
    }
}
