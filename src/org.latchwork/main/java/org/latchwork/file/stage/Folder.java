package org.latchwork.file.stage;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.latchwork.linux.Posix;
import org.latchwork.linux.abi.Linux;

/** A directory by its descriptor. Renaming it, or what lies above it, moves nothing under the hands of who has it open. */
public final class Folder implements AutoCloseable {
    private static final int FLAGS = Linux.O_DIRECTORY() | Linux.O_CLOEXEC();
    private static final int ENTRIES_AT_ONCE = 32 * 1024;
    /** What getdents64(2) says where the file system keeps no types beside the names. */
    private static final int DT_UNKNOWN = 0;

    private final Path path;
    private final int fd;
    private final AtomicBoolean open = new AtomicBoolean(true);

    private Folder(Path path, int fd) {
        this.path = path;
        this.fd = fd;
    }

    /** {@code openat(AT_FDCWD, path, O_RDONLY|O_DIRECTORY|O_CLOEXEC)}. Symbolic links are followed: the path is the caller's own choice. */
    public static Folder open(Path path) {
        int fd = Posix.open(path.toString(), FLAGS, 0);
        if (fd < 0) {
            throw Advice.failed(-fd, Posix.openCall(path.toString(), FLAGS, 0), path);
        }
        return new Folder(path, fd);
    }

    /** Opens a folder beneath this one; {@code null} if it is not there. */
    public Folder folder(String relative) {
        int found = openBeneath(relative, FLAGS, 0);
        if (found == -Linux.ENOENT()) {
            return null;
        }
        if (found < 0) {
            throw Advice.failed(-found, Posix.openCall(path.resolve(relative).toString(), FLAGS, 0), path.resolve(relative));
        }
        return new Folder(path.resolve(relative), found);
    }

    /** Opens a folder beneath this one, and makes it and those above it where they are missing: {@code mkdirat(...)}. */
    public Folder makeFolder(String relative) {
        // Somebody may remove what is empty at the same time; then it is made again, but not forever.
        for (int attempt = 0; attempt < 100; attempt++) {
            Folder found = folder(relative);
            if (found != null) {
                return found;
            }
            int slash = relative.lastIndexOf('/');
            if (slash < 0) {
                makeOne(relative);
            } else {
                try (Folder above = makeFolder(relative.substring(0, slash))) {
                    above.makeOne(relative.substring(slash + 1));
                }
            }
        }
        throw Advice.failed(Linux.ENOENT(), "mkdirat(\"" + path.resolve(relative) + "\")", path.resolve(relative));
    }

    private void makeOne(String name) {
        int result = Posix.makeDirectory(descriptor(), name, 0777);
        if (result < 0 && result != -Linux.EEXIST() && result != -Linux.ENOENT()) {
            throw Advice.failed(-result, "mkdirat(\"" + path.resolve(name) + "\", 0777)", path.resolve(name));
        }
    }

    /** {@return a descriptor, or {@code -errno}, of {@code openat2(fd, relative, ...)} beneath this folder} */
    public int openBeneath(String relative, int flags, int mode) {
        return Beneath.open(descriptor(), relative, flags, mode);
    }

    /** {@return the kernel's word on one name in this folder, {@code null} if it is not there} */
    public Posix.Status status(String name) {
        return Posix.status(descriptor(), name);
    }

    /** Removes one name; that it is gone already is no failure. */
    public void unlink(String name) {
        remove(name, 0);
    }

    /** {@return whether a folder is gone}: {@code unlinkat(fd, name, AT_REMOVEDIR)}, unless there is something in it. */
    public boolean removeFolder(String name) {
        int result = Posix.unlink(descriptor(), name, Linux.AT_REMOVEDIR());
        if (result == -Linux.ENOTEMPTY() || result == -Linux.EEXIST()) {
            return false;
        }
        requireRemoved(result, name, Linux.AT_REMOVEDIR());
        return true;
    }

    private void remove(String name, int flags) {
        requireRemoved(Posix.unlink(descriptor(), name, flags), name, flags);
    }

    private void requireRemoved(int result, String name, int flags) {
        if (result < 0 && result != -Linux.ENOENT()) {
            Path file = path.resolve(name);
            throw Advice.failed(-result, "unlinkat(\"" + file + "\", " + (flags == 0 ? "0)" : "AT_REMOVEDIR)"), file);
        }
    }

    /** {@return the names in this folder, in no order}; each call reads them anew. */
    public List<Posix.Entry> list() {
        // A description of its own, since the position in the directory belongs to that.
        int own = Posix.open(descriptor(), ".", FLAGS, 0);
        if (own < 0) {
            throw Advice.failed(-own, Posix.openCall(path.toString(), FLAGS, 0), path);
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(ENTRIES_AT_ONCE, Long.BYTES);
            List<Posix.Entry> entries = new ArrayList<>();
            while (Posix.entries(own, buffer, entries)) {
                // until the kernel has no more
            }
            return entries;
        } finally {
            Posix.close(own);
        }
    }

    /** Removes the folders in this one that hold nothing but empty folders; what holds a file stays. */
    public void removeEmptyFolders() {
        for (Posix.Entry entry : list()) {
            if (isFolder(entry)) {
                try (Folder inner = folder(entry.name())) {
                    if (inner != null) {
                        inner.removeEmptyFolders();
                    }
                }
                removeFolder(entry.name());
            }
        }
    }

    /** {@return whether an entry is a folder}, where the file system does not tell with the name, by asking. */
    public boolean isFolder(Posix.Entry entry) {
        if (entry.type() != DT_UNKNOWN) {
            return entry.type() == Linux.DT_DIR();
        }
        Posix.Status status = status(entry.name());
        return status != null && status.isDirectory();
    }

    /** {@code fsync(fd)}: the names in it are on disk then. */
    public void sync() {
        int result = Stage.fsync(descriptor());
        if (result < 0) {
            throw Advice.failed(-result, "fsync(\"" + path + "\")", path);
        }
    }

    /** {@return the descriptor, open until {@link #close()}} */
    public int descriptor() {
        if (!open.get()) {
            throw new IllegalStateException(path + " is closed");
        }
        return fd;
    }

    /** {@return its name when it was opened} */
    public Path path() {
        return path;
    }

    /** {@code close(fd)}. Doing it again does nothing. */
    @Override
    public void close() {
        if (open.compareAndSet(true, false)) {
            Posix.close(fd);
        }
    }
}
