package org.latchwork.publish;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.latchwork.file.stage.Folder;

/**
 * The folders of a store that were used lately, held open: opening and closing one costs as much as looking for a file in it.
 *
 * <p>A descriptor stays with its folder, whatever becomes of the name. One that somebody has removed answers ENOENT, and who gets that
 * asks by name again ({@link Publisher}, {@link StoreFolder#find}). One that somebody has moved away answers as before; so a descriptor is
 * believed for {@link #BELIEVED_NANOS} only, and then the name is resolved anew.
 *
 * <p>A descriptor is closed when it has left the table and its last user has left it: its number could be another file's at once.
 */
final class HeldFolders implements AutoCloseable {
    /** All folders of contents, and as many of names. When there are more, all go: who uses so many does not come back soon. */
    static final int MOST = 512;
    /**
     * Criterion: opening a folder anew is lost in what is done in it meanwhile, also with 256 folders in use (two calls for each are 1 ms a
     * second at most); and who moves folders by hand does not notice.
     */
    static final long BELIEVED_NANOS = 1_000_000_000L;

    private final Folder root;
    private final ConcurrentHashMap<String, Held> table = new ConcurrentHashMap<>();
    private volatile boolean closed;

    HeldFolders(Folder root) {
        this.root = root;
    }

    /** A folder that stays open for its user until that closes this. */
    static final class Held implements AutoCloseable {
        private final String relative;
        private final Folder folder;
        private final long since = System.nanoTime();
        /** The table counts as one. At 0 the descriptor is closed, and nobody enters any more. */
        private final AtomicInteger users = new AtomicInteger(2);

        private Held(String relative, Folder folder) {
            this.relative = relative;
            this.folder = folder;
        }

        Folder folder() {
            return folder;
        }

        private boolean enter() {
            int now;
            do {
                now = users.get();
            } while (now > 0 && !users.compareAndSet(now, now + 1));
            return now > 0;
        }

        /** Once for each use. */
        @Override
        public void close() {
            if (users.decrementAndGet() == 0) {
                folder.close();
            }
        }
    }

    /** {@return the folder, or {@code null} if there is none} */
    Held find(String relative) {
        Held there = table.get(relative);
        if (there != null && there.enter()) {
            if (System.nanoTime() - there.since < BELIEVED_NANOS) {
                return there;
            }
            there.close();
            forget(there);
        }
        Folder opened = root.folder(relative);
        return opened == null ? null : hold(relative, opened);
    }

    /** {@return the folder, made if there is none} */
    Held make(String relative) {
        Held found = find(relative);
        return found != null ? found : hold(relative, root.makeFolder(relative));
    }

    private Held hold(String relative, Folder opened) {
        if (table.size() >= MOST) {
            forgetAll();
        }
        Held fresh = new Held(relative, opened);
        Held before = table.put(relative, fresh);
        if (before != null) {
            before.close(); // two have opened it at once
        }
        if (closed) {
            forget(fresh); // whoever closes has perhaps not seen it
        }
        return fresh;
    }

    /** Does not believe it any more. */
    void forget(Held held) {
        if (table.remove(held.relative, held)) {
            held.close();
        }
    }

    private void forgetAll() {
        table.values().forEach(this::forget);
    }

    @Override
    public void close() {
        closed = true;
        forgetAll();
    }
}
