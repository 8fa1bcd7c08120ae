package org.latchwork.publish;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.latchwork.file.stage.Folder;
import org.latchwork.file.stage.Staging;
import org.latchwork.linux.Posix;

/** Looks through a store for whatever should not be there. */
final class Checker {
    private static final int WRITE_BITS = 0222;
    private static final Set<String> AT_TOP = Set.of(StoreFolder.FORMAT_FILE, NoticeBoard.FILE, StoreFolder.TMP, StoreKey.OBJECTS,
            StoreKey.NAMES);

    private final StoreFolder store;
    private final List<StoreCheck.Problem> problems = new ArrayList<>();
    private long files;
    private long bytes;

    Checker(StoreFolder store) {
        this.store = store;
    }

    StoreCheck check(Consumer<StoreKey> progress) {
        for (Posix.Entry entry : store.root().list()) {
            if (!AT_TOP.contains(entry.name())) {
                problem(entry.name(), "does not belong into a store");
            }
        }
        if (store.tmp() != null) {
            for (Posix.Entry entry : store.tmp().list()) {
                if (!entry.name().startsWith(Staging.PREFIX) || !store.tmp().isFolder(entry)) {
                    problem(StoreFolder.TMP + "/" + entry.name(), "is no writer's private folder, and no sweep removes it");
                }
            }
        }
        checkFolder(StoreKey.OBJECTS, progress);
        checkFolder(StoreKey.NAMES, progress);
        return new StoreCheck(files, bytes, List.copyOf(problems));
    }

    private void problem(String path, String what) {
        problems.add(new StoreCheck.Problem(store.path().resolve(path), what));
    }

    private void checkFolder(String relative, Consumer<StoreKey> progress) {
        try (Folder folder = store.root().folder(relative)) {
            if (folder == null) {
                return;
            }
            for (Posix.Entry entry : folder.list()) {
                String path = relative + "/" + entry.name();
                if (folder.isFolder(entry)) {
                    checkFolder(path, progress);
                } else {
                    checkFile(folder, entry.name(), path, progress);
                }
            }
        }
    }

    private void checkFile(Folder folder, String name, String path, Consumer<StoreKey> progress) {
        Posix.Status status = folder.status(name);
        if (status == null) {
            return; // evicted meanwhile
        }
        StoreKey key = StoreFolder.key(path);
        if (key == null) {
            problem(path, "has a name that no key has");
            return;
        }
        if (!status.isRegular()) {
            problem(path, "is " + status.type() + ", not a regular file");
            return;
        }
        if ((status.mode() & WRITE_BITS) != 0) {
            problem(path, "can be written: its mode is 0" + Integer.toOctalString(status.mode() & 07777));
        }
        progress.accept(key);
        if (store.verify(key) == Verification.CORRUPT) {
            problem(path, "has a content that does not fit its key");
        }
        files++;
        bytes += status.size();
    }
}
