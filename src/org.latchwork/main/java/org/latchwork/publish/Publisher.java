package org.latchwork.publish;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import org.latchwork.file.Durability;
import org.latchwork.file.PublishOutcome;
import org.latchwork.file.stage.Advice;
import org.latchwork.file.stage.Buffer;
import org.latchwork.file.stage.Folder;
import org.latchwork.file.stage.Stage;
import org.latchwork.linux.Posix;
import org.latchwork.linux.abi.Linux;

/**
 * The steps of publishing in a store: look; else stage, fill, sync, link, sync.
 *
 * <p>Looking is two calls in this order: <em>renew</em> the file's time (utimensat(2)), then look at its name. An evictor that has
 * judged the file before takes it aside by rename(2) and then looks at its time again. If it does so before the name was looked at, the
 * name was missing and is published anew; if after, it finds the time renewed and brings the file back. So what was reported as existing
 * is not lost.
 */
final class Publisher {
    private final StoreFolder store;
    private final NoticeBoard board;

    Publisher(StoreFolder store, NoticeBoard board) {
        this.store = store;
        this.board = board;
    }

    Published put(InputStream content, Durability durability) throws IOException {
        MessageDigest digest = StoreFolder.sha256();
        try (Buffer buffer = Buffer.take()) {
            int length = fill(content, buffer);
            digest.update(buffer.array(), 0, length);
            if (length < Buffer.SIZE) {
                StoreKey key = StoreKey.content(digest.digest());
                return new Published(key, putWhole(key, buffer.array(), length, buffer, durability));
            }
            try (Stage stage = store.stage()) {
                long size = 0;
                while (length > 0) {
                    stage.write(buffer.filled(buffer.array(), 0, length), size);
                    size += length;
                    length = fill(content, buffer);
                    digest.update(buffer.array(), 0, length);
                }
                StoreKey key = StoreKey.content(digest.digest());
                return new Published(key, look(key, size, durability, stage));
            }
        }
    }

    Published put(byte[] content, Durability durability) {
        StoreKey key = StoreKey.content(StoreFolder.sha256().digest(content));
        try (Buffer buffer = Buffer.take()) {
            return new Published(key, putWhole(key, content, content.length, buffer, durability));
        }
    }

    /** {@return how many bytes came: fewer than the buffer holds only at the end} */
    private static int fill(InputStream content, Buffer buffer) throws IOException {
        return content.readNBytes(buffer.array(), 0, Buffer.SIZE);
    }

    private PublishOutcome putWhole(StoreKey key, byte[] content, int length, Buffer buffer, Durability durability) {
        try (Folder found = store.root().folder(key.folder())) {
            PublishOutcome there = found == null ? null : existing(found, key, length, durability);
            if (there != null) {
                return there;
            }
            try (Stage stage = store.stage()) {
                for (int at = 0; at < length; at += Buffer.SIZE) {
                    stage.write(buffer.filled(content, at, Math.min(Buffer.SIZE, length - at)), at);
                }
                return link(stage, found, key, durability);
            }
        }
    }

    /** Looks after staging, where the key is not known before. */
    private PublishOutcome look(StoreKey key, long size, Durability durability, Stage stage) {
        try (Folder found = store.root().folder(key.folder())) {
            PublishOutcome there = found == null ? null : existing(found, key, size, durability);
            return there != null ? there : link(stage, found, key, durability);
        }
    }

    /** {@return what a content's name stands for already, or {@code null} if it is free} */
    private PublishOutcome existing(Folder folder, StoreKey key, long size, Durability durability) {
        Posix.Status there = renew(folder, key.file());
        if (there == null) {
            return null;
        }
        if (!there.isRegular() || there.size() != size) {
            return PublishOutcome.COLLISION; // the key is the content's: so this is no longer what was published
        }
        return sync(folder, key, durability) ? PublishOutcome.EXISTED : null;
    }

    /** {@return what has the name, with its time renewed, or {@code null}} */
    Posix.Status renew(Folder folder, String name) {
        int result = Posix.touch(folder.descriptor(), name);
        if (result == -Linux.ENOENT()) {
            return null;
        }
        // Another user's file, or a file system that is only read: then nobody's eviction is held off, and the name still says what it
        // says.
        if (result < 0 && result != -Linux.EACCES() && result != -Linux.EPERM() && result != -Linux.EROFS()) {
            Path shown = folder.path().resolve(name);
            throw Advice.failed(-result, "utimensat(\"" + shown + "\", NULL, AT_SYMLINK_NOFOLLOW)", shown);
        }
        return folder.status(name);
    }

    /** {@return whether it is still there}, made as durable as is asked now, whoever has published it. */
    private boolean sync(Folder folder, StoreKey key, Durability durability) {
        if (durability.syncsContent() && !Stage.syncPublished(folder.descriptor(), key.file(), store.path(key))) {
            return false;
        }
        if (durability.syncsName()) {
            store.syncNames(folder, key.folder());
        }
        return true;
    }

    /** Syncs, links, syncs. {@code found} is the key's folder, or {@code null} if it was missing. */
    private PublishOutcome link(Stage stage, Folder found, StoreKey key, Durability durability) {
        if (durability.syncsContent()) {
            stage.sync();
        }
        try (Folder made = found == null ? store.root().makeFolder(key.folder()) : null) {
            Folder folder = found != null ? found : made;
            PublishOutcome outcome = linkOnly(stage, folder, key);
            while (outcome == PublishOutcome.EXISTED && !sync(folder, key, durability)) {
                outcome = linkOnly(stage, folder, key);
            }
            if (outcome == PublishOutcome.CREATED && durability.syncsName()) {
                store.syncNames(folder, key.folder());
            }
            return outcome;
        }
    }

    /** The one step that makes it public; who waits for it is woken. What exists is renewed, too: the time counts from this report. */
    PublishOutcome linkOnly(Stage stage, Folder folder, StoreKey key) {
        while (true) {
            PublishOutcome outcome = switch (stage.link(folder.descriptor(), key.file(), store.path(key))) {
                case CREATED -> PublishOutcome.CREATED;
                case EXISTED -> PublishOutcome.EXISTED;
                case COLLISION -> PublishOutcome.COLLISION;
            };
            if (outcome == PublishOutcome.CREATED) {
                board.tell(key);
            }
            if (outcome != PublishOutcome.EXISTED || renew(folder, key.file()) != null) {
                return outcome;
            }
        }
    }

    PublishOutcome publish(StoreKey key, InputStream content, Durability durability) throws IOException {
        try (Folder found = store.root().folder(key.folder()); Buffer buffer = Buffer.take()) {
            Posix.Status there = found == null ? null : renew(found, key.file());
            if (there != null) {
                int fd = openPublished(found, key);
                if (fd >= 0) {
                    try {
                        return compared(found, key, fd, content, buffer, durability);
                    } finally {
                        Posix.close(fd);
                    }
                }
                if (fd == -Linux.ELOOP()) {
                    return PublishOutcome.COLLISION;
                }
            }
            try (Stage stage = store.stage()) {
                fill(stage, content, buffer);
                return link(stage, found, key, durability);
            }
        }
    }

    /** {@return the descriptor; {@code -ENOENT} if it is gone; {@code -ELOOP} if it is a symbolic link} */
    int openPublished(Folder folder, StoreKey key) {
        int flags = Linux.O_CLOEXEC() | Linux.O_NOFOLLOW() | Linux.O_NONBLOCK();
        int fd = Posix.open(folder.descriptor(), key.file(), flags, 0);
        if (fd < 0 && fd != -Linux.ENOENT() && fd != -Linux.ELOOP()) {
            throw Advice.failed(-fd, "the name is taken by a file whose content cannot be compared: "
                    + Posix.openCall(store.path(key).toString(), flags, 0), store.path(key));
        }
        return fd;
    }

    static void fill(Stage stage, InputStream content, Buffer buffer) throws IOException {
        int length;
        for (long size = 0; (length = fill(content, buffer)) > 0; size += length) {
            stage.write(buffer.filled(buffer.array(), 0, length), size);
        }
    }

    private PublishOutcome compared(Folder folder, StoreKey key, int fd, InputStream content, Buffer buffer, Durability durability)
            throws IOException {
        if (!isSame(fd, content, buffer, store.path(key))) {
            return PublishOutcome.COLLISION;
        }
        Posix.Status now = folder.status(key.file());
        if (now != null && now.sameFile(Posix.fstat(fd)) && sync(folder, key, durability)) {
            return PublishOutcome.EXISTED;
        }
        // Evicted while it was compared. The content is read to its end, but here it is still.
        try (Stage stage = store.stage()) {
            copy(fd, stage, buffer, store.path(key));
            return link(stage, folder, key, durability);
        }
    }

    /** {@return whether a regular file has this content}; reads the stream to its end if so. */
    static boolean isSame(int fd, InputStream content, Buffer buffer, Path shown) throws IOException {
        if (!Posix.fstat(fd).isRegular()) {
            return false;
        }
        try (Buffer theirs = Buffer.take()) {
            for (long at = 0; ; ) {
                int length = fill(content, buffer);
                int other = Stage.read(fd, theirs.memory(), at, shown);
                theirs.memory().asByteBuffer().get(theirs.array(), 0, other);
                if (!Arrays.equals(buffer.array(), 0, length, theirs.array(), 0, other)) {
                    return false;
                }
                if (length < Buffer.SIZE) {
                    return true;
                }
                at += length;
            }
        }
    }

    static void copy(int fd, Stage stage, Buffer buffer, Path shown) {
        int length;
        for (long at = 0; (length = Stage.read(fd, buffer.memory(), at, shown)) > 0; at += length) {
            stage.write(buffer.memory().asSlice(0, length), at);
        }
    }
}
