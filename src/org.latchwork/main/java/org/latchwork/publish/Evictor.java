package org.latchwork.publish;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.latchwork.file.stage.Advice;
import org.latchwork.file.stage.Folder;
import org.latchwork.file.stage.Staging;
import org.latchwork.linux.Posix;
import org.latchwork.linux.abi.Linux;

/**
 * Eviction and sweeping.
 *
 * <p>Linux has no "unlink it if it is still old". So a file is taken aside first, by rename(2) into the evictor's own private folder, where
 * nobody renews it any more who has not found its name before; then its time is looked at again, and either it goes or it is linked back.
 * {@link Publisher} has the other half. An evictor that dies in between leaves the file in its private folder; the sweep brings it back.
 */
final class Evictor {
    /** Within the evictor's private folder; beneath it the files lie as they lay in the store. */
    private static final String ASIDE = "evicted";

    private final StoreFolder store;

    Evictor(StoreFolder store) {
        this.store = store;
    }

    private record Candidate(StoreKey key, Posix.Status status) {
        Instant published() {
            return Instant.ofEpochSecond(status.modifiedSeconds(), status.modifiedNanos());
        }
    }

    StoreEviction evict(EvictionPolicy policy, Predicate<StoreKey> which) {
        Instant begin = Instant.now();
        Instant youngest = before(begin, policy.keep());
        Instant oldest = policy.maxAge() == null ? Instant.MIN : before(begin, policy.maxAge());
        List<Candidate> candidates = candidates(which);
        candidates.sort(Comparator.comparing(Candidate::published));
        long kept = candidates.size();
        long keptBytes = candidates.stream().mapToLong(candidate -> candidate.status.size()).sum();
        long evicted = 0;
        long evictedBytes = 0;
        try (Staging staging = store.newStaging()) {
            for (Candidate candidate : candidates) {
                boolean hasToGo = candidate.published().isBefore(oldest) || keptBytes > policy.maxBytes();
                if (!hasToGo || !candidate.published().isBefore(youngest)) {
                    break; // those that follow are younger still
                }
                if (evict(candidate, staging)) {
                    evicted++;
                    evictedBytes += candidate.status.size();
                    kept--;
                    keptBytes -= candidate.status.size();
                }
            }
        }
        return new StoreEviction(evicted, evictedBytes, kept, keptBytes);
    }

    /** An age that reaches beyond the beginning of time spares all. */
    private static Instant before(Instant now, Duration age) {
        return age.compareTo(Duration.between(Instant.EPOCH, now)) > 0 ? Instant.MIN : now.minus(age);
    }

    private List<Candidate> candidates(Predicate<StoreKey> which) {
        List<Candidate> candidates = new ArrayList<>();
        try (Stream<StoreKey> keys = store.keys()) {
            keys.filter(which).forEach(key -> {
                try (Folder folder = store.root().folder(key.folder())) {
                    Posix.Status status = folder == null ? null : folder.status(key.file());
                    if (status != null && status.isRegular()) {
                        candidates.add(new Candidate(key, status));
                    }
                }
            });
        }
        return candidates;
    }

    /** {@return whether it is gone, by whomever} */
    private boolean evict(Candidate candidate, Staging staging) {
        StoreKey key = candidate.key;
        try (Folder folder = store.root().folder(key.folder());
                Folder aside = staging.folder().makeFolder(ASIDE + "/" + key.folder())) {
            if (folder == null) {
                return true;
            }
            int result = Posix.rename(folder.descriptor(), key.file(), aside.descriptor(), key.file());
            if (result == -Linux.ENOENT()) {
                return true;
            }
            if (result < 0) {
                throw Advice.failed(-result, "renameat(\"" + store.path(key) + "\", \"" + aside.path().resolve(key.file()) + "\")",
                        store.path(key));
            }
            Posix.Status now = aside.status(key.file());
            boolean untouched = now != null && now.sameFile(candidate.status)
                    && now.modifiedSeconds() == candidate.status.modifiedSeconds()
                    && now.modifiedNanos() == candidate.status.modifiedNanos();
            if (now != null && !untouched) {
                restore(aside, folder, key.file());
            }
            aside.unlink(key.file());
            return untouched;
        }
    }

    /** That the name is taken again is as good, if it stays so: another evictor may just be at it. */
    private static void restore(Folder aside, Folder folder, String name) {
        int result;
        int attempts = 0;
        do {
            result = Posix.link(aside.descriptor(), name, folder.descriptor(), name, 0);
        } while (result == -Linux.EEXIST() && folder.status(name) == null && ++attempts < 100);
        if (result < 0 && (result != -Linux.EEXIST() || attempts == 100)) {
            throw Advice.failed(-result, "linkat(\"" + aside.path().resolve(name) + "\", \"" + folder.path().resolve(name) + "\")",
                    folder.path().resolve(name));
        }
    }

    StoreSweep sweep() {
        Folder tmp = store.tmp();
        if (tmp == null) {
            store.stage().close(); // says why the store cannot be written
            return new StoreSweep(0, 0, 0);
        }
        int[] restored = {0};
        Staging.Swept swept = Staging.sweep(tmp, dead -> {
            try (Folder aside = dead.folder(ASIDE)) {
                if (aside == null && dead.status(ASIDE) != null) {
                    throw new IllegalStateException(dead.path().resolve(ASIDE) + " is there and cannot be found; nothing of it was removed");
                }
                if (aside != null) {
                    restored[0] += restoreAll(aside, store.root());
                    // Each file has left it once it was brought back. What is left was not found, whatever the kernel said: it must not go.
                    aside.removeEmptyFolders();
                    if (!dead.removeFolder(ASIDE)) {
                        throw new IllegalStateException(aside.path() + " holds files that cannot be found; they were not removed");
                    }
                }
            }
        });
        return new StoreSweep(swept.removed(), swept.live(), restored[0]);
    }

    /** {@return how many files were brought back} */
    private static int restoreAll(Folder aside, Folder home) {
        int restored = 0;
        for (Posix.Entry entry : aside.list()) {
            if (aside.isFolder(entry)) {
                try (Folder inner = aside.folder(entry.name()); Folder innerHome = home.makeFolder(entry.name())) {
                    restored += inner == null ? 0 : restoreAll(inner, innerHome);
                }
            } else {
                restore(aside, home, entry.name());
                aside.unlink(entry.name());
                restored++;
            }
        }
        return restored;
    }
}
