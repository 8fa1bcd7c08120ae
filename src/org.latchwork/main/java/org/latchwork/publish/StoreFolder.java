package org.latchwork.publish;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.latchwork.LinuxException;
import org.latchwork.file.InvalidFileException;
import org.latchwork.file.stage.Advice;
import org.latchwork.file.stage.Buffer;
import org.latchwork.file.stage.Folder;
import org.latchwork.file.stage.Stage;
import org.latchwork.file.stage.StageChannel;
import org.latchwork.file.stage.Staging;
import org.latchwork.linux.Posix;
import org.latchwork.linux.abi.Linux;

/** A store's folder: opening it, staging in it, looking into it. */
final class StoreFolder implements AutoCloseable {
    /** The file that says what the folder is. Another layout gets another number and is refused by name. */
    static final String FORMAT_FILE = "store";
    static final String FORMAT = "latchwork publish store 1\n";
    static final String TMP = "tmp";
    /** Nobody writes a published file again, its owner least of all by mistake. */
    static final int FILE_MODE = 0444;

    private final Folder root;
    private final Folder tmp;
    private final Staging staging;
    private final HeldFolders folders;
    /** Folders of which this process knows that their own name is on disk. */
    private final Set<String> syncedNames = ConcurrentHashMap.newKeySet();

    private StoreFolder(Folder root, Folder tmp) {
        this.root = root;
        this.tmp = tmp;
        this.staging = tmp == null ? null : new Staging(tmp);
        this.folders = new HeldFolders(root);
    }

    static StoreFolder open(Path directory) {
        int made = Posix.makeDirectory(Linux.AT_FDCWD(), directory.toString(), 0700);
        Folder root;
        try {
            root = Folder.open(directory);
        } catch (LinuxException e) {
            if (e.errno() == Linux.ENOENT() && made < 0 && made != -Linux.EEXIST()) {
                throw Advice.failed(-made, "mkdirat(AT_FDCWD, \"" + directory + "\", 0700)", directory); // why it is not there
            }
            throw e;
        }
        try {
            requireFormat(root);
            return new StoreFolder(root, tmpFolder(root));
        } catch (Throwable failure) {
            root.close();
            throw failure;
        }
    }

    /** {@return the folder of private names, or {@code null} where this process can only read the store} */
    private static Folder tmpFolder(Folder root) {
        try {
            return root.makeFolder(TMP);
        } catch (LinuxException e) {
            if (e.errno() == Linux.EROFS() || e.errno() == Linux.EACCES()) {
                return null;
            }
            throw e;
        }
    }

    /** Either the format file is there and right, or the folder is empty: then the file is published, and who comes second finds it. */
    private static void requireFormat(Folder root) {
        while (true) {
            int fd = root.openBeneath(FORMAT_FILE, Linux.O_CLOEXEC() | Linux.O_NONBLOCK(), 0);
            if (fd >= 0) {
                requireFormat(root, fd);
                return;
            }
            if (fd != -Linux.ENOENT()) {
                throw Advice.failed(-fd, Posix.openCall(root.path().resolve(FORMAT_FILE).toString(), 0, 0), root.path());
            }
            List<String> there = root.list().stream().map(Posix.Entry::name).filter(name -> !name.equals(TMP)).toList();
            if (there.isEmpty()) {
                publishFormat(root);
            } else if (!there.contains(FORMAT_FILE)) { // else somebody has just made it a store
                throw new InvalidFileException(root.path(), "is no publish store: it has no file '" + FORMAT_FILE + "' and is not empty ("
                        + there.getFirst() + "); name an empty folder, or one that does not exist");
            }
        }
    }

    private static void requireFormat(Folder root, int fd) {
        Path file = root.path().resolve(FORMAT_FILE);
        try (Buffer buffer = Buffer.take()) {
            Posix.Status status = Posix.fstat(fd);
            if (!status.isRegular()) {
                throw new InvalidFileException(root.path(), "is no publish store: its '" + FORMAT_FILE + "' is " + status.type()
                        + ", not a regular file; name an empty folder, or one that does not exist");
            }
            int length = Stage.read(fd, buffer.memory().asSlice(0, FORMAT.length() + 1L), 0, () -> file);
            String text = new String(buffer.memory().asSlice(0, length).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
            if (!text.equals(FORMAT)) {
                throw new InvalidFileException(file, "says '" + text.strip() + "', where this version of Latchwork knows '"
                        + FORMAT.strip() + "'");
            }
        } finally {
            Posix.close(fd);
        }
    }

    private static void publishFormat(Folder root) {
        byte[] format = FORMAT.getBytes(StandardCharsets.UTF_8);
        try (Folder tmp = root.makeFolder(TMP);
                Staging staging = new Staging(tmp);
                Stage stage = stage(root, staging);
                Buffer buffer = Buffer.take()) {
            stage.write(buffer.filled(format, 0, format.length), 0);
            stage.sync(); // a store whose format file is empty after a loss of power would be refused
            stage.link(root.descriptor(), FORMAT_FILE, () -> root.path().resolve(FORMAT_FILE));
            root.sync();
        }
    }

    private static Stage stage(Folder root, Staging staging) {
        Stage unnamed = Stage.namesAreForced() ? null : Stage.unnamed(root.descriptor(), ".", root.path(), FILE_MODE);
        return unnamed != null ? unnamed : staging.stage(FILE_MODE);
    }

    /** {@return an empty private file} */
    Stage stage() {
        if (staging == null) {
            // Says why, in the kernel's own words.
            root.makeFolder(TMP).close();
            throw new IllegalStateException(root.path() + " could only be read when it was opened; open it again");
        }
        return stage(root, staging);
    }

    /** {@return a staging area of one's own; close it} */
    Staging newStaging() {
        stage().close(); // refused where the store can only be read
        return new Staging(tmp);
    }

    Path path() {
        return root.path();
    }

    Path path(StoreKey key) {
        return root.path().resolve(key.path());
    }

    Folder root() {
        return root;
    }

    /** {@return the folders of contents and of names, held open} */
    HeldFolders folders() {
        return folders;
    }

    /** {@return the folder of private names, or {@code null} where there is none} */
    Folder tmp() {
        return tmp;
    }

    void requireOpen() {
        root.descriptor();
    }

    /**
     * {@code fsync(2)} of a folder, and of those above it, in which its name and theirs lie: each of these once for each making.
     *
     * @param relative the folder's path in the store
     */
    void syncNames(Folder folder, String relative) {
        folder.sync();
        for (String child = relative; !syncedNames.contains(child); child = above(child)) {
            if (child.isEmpty()) {
                syncAboveStore();
            } else if (above(child).isEmpty()) {
                root.sync();
            } else {
                try (Folder parent = root.folder(above(child))) {
                    if (parent != null) {
                        parent.sync();
                    }
                }
            }
            syncedNames.add(child);
        }
    }

    /** {@return the key's folder, made where it is missing} Then its name, and what is missing above, has to be synced once more. */
    HeldFolders.Held makeFolder(StoreKey key) {
        for (String missing = key.folder(); !missing.isEmpty(); missing = above(missing)) {
            syncedNames.remove(missing);
        }
        return folders.make(key.folder());
    }

    /** {@return the path above, and the store's own, which is empty, above a path of one part} */
    private static String above(String relative) {
        return relative.substring(0, Math.max(relative.lastIndexOf('/'), 0));
    }

    /** The store's own name lies there. Who may not read that folder has not made the store, and finds the name as its maker left it. */
    private void syncAboveStore() {
        int fd = Posix.open(root.descriptor(), "..", Linux.O_DIRECTORY() | Linux.O_CLOEXEC(), 0);
        if (fd == -Linux.EACCES()) {
            return;
        }
        Path shown = root.path().resolve("..");
        if (fd < 0) {
            throw Advice.failed(-fd, Posix.openCall(shown.toString(), Linux.O_DIRECTORY() | Linux.O_CLOEXEC(), 0), shown);
        }
        try {
            int result = Stage.fsync(fd);
            if (result < 0) {
                throw Advice.failed(-result, "fsync(\"" + shown + "\")", shown);
            }
        } finally {
            Posix.close(fd);
        }
    }

    /** Through a held folder, which answers in one call; whatever that does not find or must not open, is looked for by its whole path. */
    Optional<StoredFile> find(StoreKey key) {
        try (HeldFolders.Held held = folders.find(key.folder())) {
            if (held == null) {
                return Optional.empty();
            }
            Posix.Status status = held.folder().status(key.file());
            if (status != null) {
                return status.isRegular() ? Optional.of(stored(key, status)) : Optional.empty();
            }
        } catch (LinuxException refused) {
            // a symbolic link on the way, a folder that may be searched but not read, and so on: the path says what it means
        }
        return findByPath(key);
    }

    private Optional<StoredFile> findByPath(StoreKey key) {
        int fd = root.openBeneath(key.path(), Linux.O_PATH() | Linux.O_CLOEXEC() | Linux.O_NOFOLLOW(), 0);
        if (fd == -Linux.ENOENT() || fd == -Linux.ENOTDIR() || fd == -Linux.ELOOP()) {
            return Optional.empty();
        }
        if (fd < 0) {
            throw Advice.failed(-fd, Posix.openCall(path(key).toString(), Linux.O_PATH(), 0), path(key));
        }
        try {
            Posix.Status status = Posix.fstat(fd);
            return status.isRegular() ? Optional.of(stored(key, status)) : Optional.empty();
        } finally {
            Posix.close(fd);
        }
    }

    static StoredFile stored(StoreKey key, Posix.Status status) {
        return new StoredFile(key, status.size(), Instant.ofEpochSecond(status.modifiedSeconds(), status.modifiedNanos()));
    }

    SeekableByteChannel open(StoreKey key) {
        int fd = openToRead(key);
        if (fd < 0) {
            throw Advice.failed(-fd, Posix.openCall(path(key).toString(), Linux.O_CLOEXEC(), 0), path(key));
        }
        Posix.Status status = Posix.fstat(fd);
        if (!status.isRegular()) {
            Posix.close(fd);
            throw new InvalidFileException(path(key), "is " + status.type() + ", not a regular file");
        }
        return new StageChannel(fd, path(key), false);
    }

    private int openToRead(StoreKey key) {
        return root.openBeneath(key.path(), Linux.O_CLOEXEC() | Linux.O_NOFOLLOW() | Linux.O_NONBLOCK(), 0);
    }

    Verification verify(StoreKey key) {
        int fd = openToRead(key);
        if (fd == -Linux.ENOENT()) {
            return Verification.MISSING;
        }
        if (fd == -Linux.ELOOP() || fd == -Linux.ENOTDIR()) {
            return Verification.CORRUPT;
        }
        if (fd < 0) {
            throw Advice.failed(-fd, Posix.openCall(path(key).toString(), Linux.O_CLOEXEC(), 0), path(key));
        }
        try {
            if (!Posix.fstat(fd).isRegular()) {
                return Verification.CORRUPT;
            }
            String hash = hash(fd, path(key));
            return !key.isContent() || hash.equals(key.hash()) ? Verification.VALID : Verification.CORRUPT;
        } finally {
            Posix.close(fd);
        }
    }

    private static String hash(int fd, Path file) {
        try (Buffer buffer = Buffer.take()) {
            MessageDigest digest = buffer.sha256();
            int length;
            for (long at = 0; (length = Stage.read(fd, buffer.memory(), at, () -> file)) > 0; at += length) {
                MemorySegment.copy(buffer.memory(), ValueLayout.JAVA_BYTE, 0, buffer.array(), 0, length);
                digest.update(buffer.array(), 0, length);
            }
            return HexFormat.of().formatHex(digest.digest());
        }
    }

    Stream<StoreKey> keys() {
        requireOpen();
        return Stream.of(StoreKey.OBJECTS, StoreKey.NAMES).flatMap(this::keysIn);
    }

    /** The folder is listed and closed again before its keys, and the folders in it, are looked at. */
    private Stream<StoreKey> keysIn(String relative) {
        try (Folder folder = root.folder(relative)) {
            if (folder == null) {
                return Stream.empty();
            }
            return folder.list().stream().map(entry -> new Found(relative + "/" + entry.name(), folder.isFolder(entry))).toList().stream()
                    .flatMap(found -> found.isFolder ? keysIn(found.path) : Stream.ofNullable(key(found.path)));
        }
    }

    private record Found(String path, boolean isFolder) {}

    /** {@return the key of a path in the store, or {@code null} if no key has it} */
    static StoreKey key(String path) {
        if (path.startsWith(StoreKey.NAMES + "/")) {
            try {
                return StoreKey.named(path.substring(StoreKey.NAMES.length() + 1));
            } catch (IllegalArgumentException e) {
                return null; // such as one that begins with sha256:, or has no UTF-8
            }
        }
        String digits = path.substring(StoreKey.OBJECTS.length() + 1).replace("/", "");
        if (!StoreKey.isHex(digits, StoreKey.HASH_DIGITS)) {
            return null;
        }
        StoreKey key = StoreKey.content(digits);
        return key.path().equals(path) ? key : null;
    }

    @Override
    public void close() {
        try (root; tmp; staging; folders) {
            // closed from the right, the others also when one of them fails
        }
    }
}
