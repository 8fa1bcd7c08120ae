package org.latchwork.publish;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.function.IntPredicate;
import java.util.function.Supplier;
import org.latchwork.LinuxException;
import org.latchwork.file.Durability;
import org.latchwork.file.PublishOutcome;
import org.latchwork.file.stage.Advice;
import org.latchwork.file.stage.Buffer;
import org.latchwork.file.stage.Folder;
import org.latchwork.file.stage.Stage;
import org.latchwork.linux.Posix;
import org.latchwork.linux.abi.Linux;
import org.latchwork.publish.HeldFolders.Held;

/**
 * The steps of publishing in a store: look; else stage, fill, sync, link, sync.
 *
 * <p>Looking is two calls in this order: <em>renew</em> the file's time (utimensat(2)), then look at its name, or open it by its name. An
 * evictor that has judged the file before takes it aside by rename(2) and then looks at its time again. If it does so before the name was
 * looked at, the name was missing and is published anew; if after, it finds the time renewed and brings the file back. So what was
 * reported as existing is not lost.
 */
final class Publisher {
    private final StoreFolder store;
    private final NoticeBoard board;

    Publisher(StoreFolder store, NoticeBoard board) {
        this.store = store;
        this.board = board;
    }

    Published put(InputStream content, Durability durability) throws IOException {
        try (Buffer buffer = Buffer.take()) {
            MessageDigest digest = buffer.sha256();
            int length = fill(content, buffer);
            digest.update(buffer.array(), 0, length);
            if (length < Buffer.SIZE) {
                StoreKey key = StoreKey.content(digest.digest());
                return new Published(key, publishWhole(key, buffer.array(), length, buffer, durability));
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
                try (Held found = store.folders().find(key.folder())) {
                    PublishOutcome there = existing(found, key, size, fd -> stage.isSame(fd, store.path(key)), durability);
                    return new Published(key, there != null ? there : link(stage, found, key, durability));
                }
            }
        }
    }

    Published put(byte[] content, Durability durability) {
        try (Buffer buffer = Buffer.take()) {
            StoreKey key = StoreKey.content(buffer.sha256().digest(content));
            return new Published(key, publishWhole(key, content, content.length, buffer, durability));
        }
    }

    PublishOutcome publish(StoreKey key, byte[] content, Durability durability) {
        try (Buffer buffer = Buffer.take()) {
            return publishWhole(key, content, content.length, buffer, durability);
        }
    }

    PublishOutcome publish(StoreKey key, InputStream content, Durability durability) throws IOException {
        try (Buffer buffer = Buffer.take()) {
            int length = fill(content, buffer);
            return length < Buffer.SIZE ? publishWhole(key, buffer.array(), length, buffer, durability)
                    : publishLarge(key, content, buffer, durability);
        }
    }

    /** {@return how many bytes came: fewer than the buffer holds only at the end} */
    static int fill(InputStream content, Buffer buffer) throws IOException {
        return content.readNBytes(buffer.array(), 0, Buffer.SIZE);
    }

    /** A content that is at hand to its end; perhaps in the buffer's own array. */
    private PublishOutcome publishWhole(StoreKey key, byte[] content, int length, Buffer buffer, Durability durability) {
        try (Held found = store.folders().find(key.folder())) {
            PublishOutcome there = existing(found, key, length, fd -> isSame(fd, content, length, buffer, () -> store.path(key)), durability);
            if (there != null) {
                return there;
            }
            try (Stage stage = store.stage()) {
                for (int at = 0, part; at < length; at += part) {
                    part = Math.min(Buffer.SIZE, length - at);
                    stage.write(buffer.filled(content, at, part), at);
                }
                return link(stage, found, key, durability);
            }
        }
    }

    private static boolean isSame(int fd, byte[] content, int length, Buffer buffer, Supplier<Path> shown) {
        MemorySegment mine = MemorySegment.ofArray(content);
        for (int at = 0, part; at < length; at += part) {
            part = Math.min(Buffer.SIZE, length - at);
            MemorySegment theirs = buffer.memory().asSlice(0, part);
            if (Stage.read(fd, theirs, at, shown) < part || MemorySegment.mismatch(theirs, 0, part, mine, at, (long) at + part) >= 0) {
                return false;
            }
        }
        return true;
    }

    /**
     * {@return what the name stands for already, as durable as is asked now, whoever has published it; {@code null} if it is free}
     *
     * <p>What has a content's key is believed to be the content, if its size is right and nothing more was asked than that it is there. With
     * CONTENT and DURABLE it is read: published with NONE, it can have been torn by a loss of power and have its size all the same, and
     * syncing that would promise what is not there.
     *
     * @param found the key's folder, or {@code null} if there is none
     * @param isSame compares with a descriptor
     */
    private PublishOutcome existing(Held found, StoreKey key, long size, IntPredicate isSame, Durability durability) {
        if (found == null) {
            return null;
        }
        if (key.isContent() && !durability.syncsContent()) {
            Posix.Status there = renew(found.folder(), key.file());
            return there == null ? null : is(there, size) ? PublishOutcome.EXISTED : PublishOutcome.COLLISION;
        }
        int fd = touch(found.folder(), key.file()) ? openPublished(found.folder(), key) : -Linux.ENOENT();
        if (fd < 0) {
            return fd == -Linux.ELOOP() ? PublishOutcome.COLLISION : null;
        }
        try {
            if (!is(Posix.fstat(fd), size) || !isSame.test(fd)) {
                return PublishOutcome.COLLISION;
            }
            if (durability.syncsContent()) {
                Stage.syncPublished(fd, store.path(key));
            }
        } finally {
            Posix.close(fd);
        }
        if (durability.syncsName()) {
            store.syncNames(found.folder(), key.folder());
        }
        return PublishOutcome.EXISTED;
    }

    private static boolean is(Posix.Status there, long size) {
        return there.isRegular() && there.size() == size;
    }

    /** {@return what has the name, with its time renewed, or {@code null}} */
    Posix.Status renew(Folder folder, String name) {
        return touch(folder, name) ? folder.status(name) : null;
    }

    /** {@return whether there is such a name}; its time is renewed. */
    private static boolean touch(Folder folder, String name) {
        int result = Posix.touch(folder.descriptor(), name);
        if (result == -Linux.ENOENT()) {
            return false;
        }
        // Another user's file, or a file system that is only read: then nobody's eviction is held off, and the name still says what it
        // says.
        if (result < 0 && result != -Linux.EACCES() && result != -Linux.EPERM() && result != -Linux.EROFS()) {
            Path shown = folder.path().resolve(name);
            throw Advice.failed(-result, "utimensat(\"" + shown + "\", NULL, AT_SYMLINK_NOFOLLOW)", shown);
        }
        return true;
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
    private PublishOutcome link(Stage stage, Held found, StoreKey key, Durability durability) {
        if (durability.syncsContent()) {
            stage.sync();
        }
        if (found != null) {
            try {
                return link(stage, found.folder(), key, durability);
            } catch (LinuxException e) {
                if (e.errno() != Linux.ENOENT() && e.errno() != Linux.ESTALE()) {
                    throw e;
                }
                store.folders().forget(found); // somebody has removed it
            }
        }
        try (Held made = store.makeFolder(key)) {
            return link(stage, made.folder(), key, durability);
        }
    }

    private PublishOutcome link(Stage stage, Folder folder, StoreKey key, Durability durability) {
        PublishOutcome outcome = linkOnly(stage, folder, key);
        while (outcome == PublishOutcome.EXISTED && !sync(folder, key, durability)) {
            outcome = linkOnly(stage, folder, key);
        }
        if (outcome == PublishOutcome.CREATED && durability.syncsName()) {
            store.syncNames(folder, key.folder());
        }
        return outcome;
    }

    /** The one step that makes it public; who waits for it is woken. What exists is renewed, too: the time counts from this report. */
    PublishOutcome linkOnly(Stage stage, Folder folder, StoreKey key) {
        while (true) {
            PublishOutcome outcome = switch (stage.link(folder.descriptor(), key.file(), () -> store.path(key))) {
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

    /**
     * A content of which the buffer's array holds the beginning. A name that is there is compared as the content comes, which can take long:
     * so the name is looked at again in the end.
     */
    private PublishOutcome publishLarge(StoreKey key, InputStream content, Buffer buffer, Durability durability) throws IOException {
        try (Held found = store.folders().find(key.folder())) {
            int fd = found != null && touch(found.folder(), key.file()) ? openPublished(found.folder(), key) : -Linux.ENOENT();
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
            try (Stage stage = store.stage()) {
                stage.write(buffer.filled(buffer.array(), 0, Buffer.SIZE), 0);
                fill(stage, content, buffer, Buffer.SIZE);
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

    /** Writes what is left of a content behind what is there. */
    static void fill(Stage stage, InputStream content, Buffer buffer, long size) throws IOException {
        int length;
        for (long at = size; (length = fill(content, buffer)) > 0; at += length) {
            stage.write(buffer.filled(buffer.array(), 0, length), at);
        }
    }

    private PublishOutcome compared(Held found, StoreKey key, int fd, InputStream content, Buffer buffer, Durability durability)
            throws IOException {
        if (!isSame(fd, content, Buffer.SIZE, buffer, () -> store.path(key))) {
            return PublishOutcome.COLLISION;
        }
        Posix.Status now = found.folder().status(key.file());
        if (now != null && now.sameFile(Posix.fstat(fd)) && sync(found.folder(), key, durability)) {
            return PublishOutcome.EXISTED;
        }
        // Evicted while it was compared. The content is read to its end, but here it is still.
        try (Stage stage = store.stage()) {
            copy(fd, stage, buffer, () -> store.path(key));
            return link(stage, found, key, durability);
        }
    }

    /**
     * {@return whether a regular file has this content}; reads the stream to its end if so.
     *
     * @param first how many bytes of it the buffer's array holds already
     */
    static boolean isSame(int fd, InputStream content, int first, Buffer buffer, Supplier<Path> shown) throws IOException {
        if (!Posix.fstat(fd).isRegular()) {
            return false;
        }
        int length = first;
        for (long at = 0; ; at += length, length = fill(content, buffer)) {
            int other = Stage.read(fd, buffer.memory(), at, shown);
            if (other != length
                    || MemorySegment.mismatch(buffer.memory(), 0, other, MemorySegment.ofArray(buffer.array()), 0, other) >= 0) {
                return false;
            }
            if (length < Buffer.SIZE) {
                return true;
            }
        }
    }

    static void copy(int fd, Stage stage, Buffer buffer, Supplier<Path> shown) {
        int length;
        for (long at = 0; (length = Stage.read(fd, buffer.memory(), at, shown)) > 0; at += length) {
            stage.write(buffer.memory().asSlice(0, length), at);
        }
    }
}
