package org.latchwork.file.stage;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.latchwork.LinuxException;
import org.latchwork.linux.Posix;
import org.latchwork.linux.abi.Linux;

/**
 * Private names of one writer: a folder of its own, made when the first name is needed, in which the file {@value #OWNER} is locked for as
 * long as the writer lives.
 *
 * <p>A lock of an open file description (fcntl(2), {@code F_OFD_SETLK}) goes with the process, however that ends, and by nothing else. Who
 * gets the lock of such a folder has proof that its writer is gone and removes it; age says nothing. Between making the file and
 * locking it a sweep can come first: so the writer, once it has the lock, looks whether the path still names the file that it has locked,
 * and starts again with another name if not.
 */
public final class Staging implements AutoCloseable {
    /** How the folders are called. */
    public static final String PREFIX = ".staged-";
    /** The file whose lock proves that the writer lives. */
    public static final String OWNER = "owner";

    private final Folder parent;
    private final ReentrantLock making = new ReentrantLock();
    /** The folder, or {@code null} before the first private name; with it the locked descriptor. */
    private Folder own;
    private String ownName;
    private int owner;
    /** Folders that somebody removed under this writer's hands. */
    private final List<Folder> retired = new ArrayList<>(1);
    private long next;
    private boolean closed;

    /** Private names below this folder, which stays the caller's to close. */
    public Staging(Folder parent) {
        this.parent = parent;
    }

    /** Makes an empty file under a private name. */
    public Stage stage(int mode) {
        making.lock();
        try {
            for (int attempt = 0; attempt < 100; attempt++) {
                Stage stage = Stage.named(folder(), Long.toHexString(next++), mode);
                if (stage != null) {
                    return stage;
                }
                // Somebody else than a sweep has removed the folder.
                forget();
            }
            throw Advice.failed(Linux.ENOENT(), "openat(\"" + parent.path().resolve(ownName) + "\", O_CREAT)", parent.path());
        } finally {
            making.unlock();
        }
    }

    /** {@return the folder with the held lock, made now if it is not there yet} */
    public Folder folder() {
        making.lock();
        try {
            if (closed) {
                throw new IllegalStateException("the staging folder in " + parent.path() + " is closed");
            }
            if (own == null) {
                make();
            }
            return own;
        } finally {
            making.unlock();
        }
    }

    private void make() {
        for (int attempt = 0; attempt < 100; attempt++) {
            String name = PREFIX + ProcessHandle.current().pid() + "-" + Long.toHexString(ThreadLocalRandom.current().nextLong());
            int made = Posix.makeDirectory(parent.descriptor(), name, 0700);
            Path path = parent.path().resolve(name);
            if (made < 0) {
                throw Advice.failed(-made, "mkdirat(\"" + path + "\", 0700)", path);
            }
            Folder folder = parent.folder(name);
            if (folder != null) { // else a sweep took it for a dead writer's
                int locked = -1;
                try {
                    locked = lockOwner(folder);
                } finally {
                    if (locked < 0) {
                        folder.close();
                    }
                }
                if (locked >= 0) {
                    own = folder;
                    ownName = name;
                    owner = locked;
                    return;
                }
            }
        }
        throw Advice.failed(Linux.EAGAIN(), "a staging folder in \"" + parent.path() + "\": sweeps take it away each time", parent.path());
    }

    /** {@return the locked descriptor, or −1 if a sweep was faster} */
    private static int lockOwner(Folder folder) {
        int flags = Linux.O_RDWR() | Linux.O_CREAT() | Linux.O_EXCL() | Linux.O_NOFOLLOW() | Linux.O_CLOEXEC();
        int fd = Posix.open(folder.descriptor(), OWNER, flags, 0600);
        if (fd == -Linux.ENOENT() || fd == -Linux.EEXIST()) {
            return -1;
        }
        Path file = folder.path().resolve(OWNER);
        if (fd < 0) {
            throw Advice.failed(-fd, Posix.openCall(file.toString(), flags, 0600), file);
        }
        boolean owns = false;
        try {
            owns = owns(folder, fd, file);
            return owns ? fd : -1;
        } finally {
            if (!owns) {
                Posix.close(fd);
            }
        }
    }

    /** {@return whether the lock is got, and the file that is locked is the one that has the name} */
    private static boolean owns(Folder folder, int fd, Path file) {
        int result = Posix.tryLock(fd);
        if (result < 0 && !isHeld(result)) {
            throw Advice.failed(-result, "fcntl(\"" + file + "\", F_OFD_SETLK, F_WRLCK)", file);
        }
        if (result < 0) {
            return false;
        }
        Posix.Status there = folder.status(OWNER);
        return there != null && there.sameFile(Posix.fstat(fd));
    }

    private static boolean isHeld(int result) {
        return result == -Linux.EAGAIN() || result == -Linux.EACCES();
    }

    /** Stages of the folder still hold it; it is closed with this. */
    private void forget() {
        retired.add(own);
        own = null;
        Posix.close(owner);
    }

    /** Removes the folder, which is empty once all its stages are closed, and lets the lock go. Doing it again does nothing. */
    @Override
    public void close() {
        making.lock();
        try {
            closed = true;
            try {
                removeOwn();
            } finally {
                while (!retired.isEmpty()) {
                    retired.removeLast().close();
                }
            }
        } finally {
            making.unlock();
        }
    }

    private void removeOwn() {
        if (own == null) {
            return;
        }
        try {
            own.removeEmptyFolders();
            // What a stage has left is swept later: once the lock is gone, the folder is a dead writer's.
            own.unlink(OWNER);
            parent.removeFolder(ownName);
        } finally {
            forget();
        }
    }

    /**
     * What a sweep found.
     *
     * @param removed folders of dead writers that were removed
     * @param live folders that were left, since their writer lives or they are another user's
     */
    public record Swept(int removed, int live) {}

    /**
     * Removes the staging folders of dead writers. Safe at any time, from any process, beside any number of others.
     *
     * @param parent where the folders lie
     * @param rescue gets each such folder before it is removed
     */
    public static Swept sweep(Folder parent, Consumer<Folder> rescue) {
        int removed = 0;
        int live = 0;
        for (Posix.Entry entry : parent.list()) {
            if (entry.name().startsWith(PREFIX) && parent.isFolder(entry)) {
                if (sweepOne(parent, entry.name(), rescue)) {
                    removed++;
                } else {
                    live++;
                }
            }
        }
        return new Swept(removed, live);
    }

    /** {@return whether it is gone} */
    private static boolean sweepOne(Folder parent, String name, Consumer<Folder> rescue) {
        try (Folder folder = parent.folder(name)) {
            if (folder == null) {
                return true; // its writer has removed it, or another sweep
            }
            // Made where it is missing: its writer died before it made the file, or while it removed the folder, or is about to make it;
            // then it finds the name taken and starts again. Whoever owns the name's lock, writer or sweep, is alone in the folder.
            int flags = Linux.O_RDWR() | Linux.O_CREAT() | Linux.O_NOFOLLOW() | Linux.O_CLOEXEC();
            int fd = Posix.open(folder.descriptor(), OWNER, flags, 0600);
            if (fd == -Linux.ENOENT()) {
                return true;
            }
            Path file = folder.path().resolve(OWNER);
            if (fd < 0) {
                throw Advice.failed(-fd, Posix.openCall(file.toString(), flags, 0600), file);
            }
            try {
                if (!owns(folder, fd, file)) {
                    return false;
                }
                rescue.accept(folder);
                removeContent(folder);
                folder.unlink(OWNER); // last: a sweep that dies before leaves a folder that the next one finds
                return parent.removeFolder(name);
            } finally {
                Posix.close(fd);
            }
        } catch (LinuxException e) {
            if (e.errno() == Linux.EACCES() || e.errno() == Linux.EPERM()) {
                return false; // another user's: that user's sweep removes it
            }
            throw e;
        }
    }

    private static void removeContent(Folder folder) {
        for (Posix.Entry entry : folder.list()) {
            if (folder.isFolder(entry)) {
                try (Folder inner = folder.folder(entry.name())) {
                    if (inner != null) {
                        removeContent(inner);
                    }
                }
                folder.removeFolder(entry.name());
            } else if (!entry.name().equals(OWNER)) {
                folder.unlink(entry.name());
            }
        }
    }
}
