package org.latchwork.publish;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.latchwork.LinuxException;
import org.latchwork.futex.Futex;
import org.latchwork.futex.FutexArray;
import org.latchwork.futex.FutexWait;
import org.latchwork.linux.Posix;
import org.latchwork.linux.abi.Linux;
import org.latchwork.wait.Deadline;
import org.latchwork.wait.WaitOutcome;
import org.latchwork.wait.engine.Gate;
import org.latchwork.wait.engine.Waits;

/**
 * Waiting for names in one store. Who waits sleeps on two words at once: the key's on the {@link NoticeBoard}, which publishers wake, and
 * one of this process, which {@link FolderWatch} wakes. Both are armed before the last look at the name.
 *
 * <p>A watch lies on each folder on the way to the name that is there, for the next part of the way: folders can be missing, and somebody
 * can move one away and put another in its place. Whatever happens on the way, all watches are laid anew, from the top.
 */
final class NameWaits implements AutoCloseable {
    /**
     * How often the name is looked at where inotify does not work or may not tell. Criterion: the look (2 µs) takes 0.01 % of a core at
     * most.
     */
    static final long LOOK_NANOS = 100_000_000L;

    /** Keys that share a word wake each other for nothing; a kilobyte keeps that rare. */
    private static final int BELLS = 256;

    private final StoreFolder store;
    private final NoticeBoard board;
    /** Keeps the store's descriptors open under those who wait. */
    private final Gate inside = new Gate();
    private final Bells bells = new Bells();
    private volatile Boolean told;

    NameWaits(StoreFolder store, NoticeBoard board) {
        this.store = store;
        this.board = board;
    }

    /** The words of this process, made when somebody waits for the first time. */
    private static final class Bells {
        private FutexArray words;
        private boolean closed;

        synchronized FutexArray words() {
            if (closed) {
                throw new IllegalStateException("closed meanwhile");
            }
            if (words == null) {
                words = FutexArray.allocate(BELLS, FutexArray.Spacing.PACKED);
            }
            return words;
        }

        synchronized boolean areClosed() {
            return closed;
        }

        /** {@return the words, to be closed, if there are any} */
        synchronized FutexArray last() {
            closed = true;
            return words;
        }
    }

    Awaited await(StoreKey key, Deadline deadline) {
        if (!inside.enter()) {
            store.requireOpen();
            return none(WaitOutcome.CLOSED); // just now
        }
        try {
            Optional<StoredFile> there = store.find(key);
            if (there.isPresent()) {
                return new Awaited(there, WaitOutcome.VALUE_DIFFERS);
            }
            if (Thread.currentThread().isInterrupted()) {
                return none(WaitOutcome.INTERRUPTED);
            }
            if (deadline.hasPassed()) {
                return none(WaitOutcome.TIMED_OUT);
            }
            try (Way way = new Way(key, bells.words(), NoticeBoard.index(key) % BELLS)) {
                return await(key, way, deadline);
            }
        } catch (IllegalStateException e) {
            if (!bells.areClosed()) {
                throw e;
            }
            return none(WaitOutcome.CLOSED); // between two of its waits
        } finally {
            inside.leave();
        }
    }

    private static Awaited none(WaitOutcome outcome) {
        return new Awaited(Optional.empty(), outcome);
    }

    private Awaited await(StoreKey key, Way way, Deadline deadline) {
        FutexArray notices = board.forWaiters();
        int index = NoticeBoard.index(key);
        while (true) {
            FutexWait bell = way.expect();
            FutexWait notice = null;
            try {
                notice = notices == null ? null : new FutexWait(notices, index, NoticeBoard.expect(notices, index));
            } catch (InternalError cut) {
                notices = null;
            }
            boolean watched = way.watch(bell.expected());
            Optional<StoredFile> there = store.find(key);
            if (there.isPresent()) {
                return new Awaited(there, WaitOutcome.WOKEN);
            }
            Deadline until = watched && isTold() ? deadline : sooner(deadline);
            WaitOutcome outcome;
            try {
                outcome = notice == null ? bell.array().await(bell.index(), bell.expected(), until)
                        : Futex.awaitAny(until, bell, notice).outcome();
            } catch (LinuxException cut) {
                if (notice == null || cut.errno() != Linux.EFAULT()) {
                    throw cut;
                }
                notices = null; // somebody has cut the board short
                continue;
            }
            if (outcome == WaitOutcome.CLOSED) {
                return none(outcome);
            }
            // At once, before anything is armed again; also at the end, since what has come is not lost to what came with it.
            there = store.find(key);
            if (there.isPresent()) {
                return new Awaited(there, WaitOutcome.WOKEN);
            }
            if (outcome == WaitOutcome.INTERRUPTED || outcome == WaitOutcome.TIMED_OUT && deadline.hasPassed()) {
                return none(outcome);
            }
        }
    }

    /** {@return the deadline, or the next look, whichever comes first} */
    private static Deadline sooner(Deadline deadline) {
        long left = deadline.isRealtime()
                ? TimeUnit.NANOSECONDS.convert(Duration.between(Instant.now(), Instant.ofEpochSecond(0, deadline.nanos())))
                : deadline.nanos() - System.nanoTime();
        return left <= LOOK_NANOS ? deadline : Deadline.after(LOOK_NANOS, TimeUnit.NANOSECONDS);
    }

    /** {@return whether inotify tells everything here} Network, overlaid and user-space file systems change behind its back. */
    private boolean isTold() {
        Boolean known = told;
        if (known == null) {
            known = isTold(store.root().descriptor());
            told = known;
        }
        return known;
    }

    private static boolean isTold(int folder) {
        try {
            long type = Posix.fileSystemType(folder);
            return type == Linux.EXT4_SUPER_MAGIC() || type == Linux.XFS_SUPER_MAGIC() || type == Linux.BTRFS_SUPER_MAGIC()
                    || type == Linux.TMPFS_MAGIC();
        } catch (LinuxException unknown) {
            return false;
        }
    }

    /** The watches on the way to a name. */
    private final class Way implements AutoCloseable {
        private final String path;
        /** Where each part but the first begins. */
        private final int[] slashes;
        private final FutexArray words;
        private final int index;
        /** From the store's own folder down, as far as there are folders. */
        private final List<FolderWatch.Subscription> subscriptions = new ArrayList<>();
        private int armedAt;

        Way(StoreKey key, FutexArray words, int index) {
            this.path = key.path();
            this.slashes = IntStream.range(0, path.length()).filter(i -> path.charAt(i) == '/').toArray();
            this.words = words;
            this.index = index;
        }

        FutexWait expect() {
            return new FutexWait(words, index, words.get(index));
        }

        /**
         * Lays the watches, if they do not lie yet. Each before the folder beneath is opened; so what comes after that is told.
         *
         * @param now what the bell says: if it has rung, a folder may have been replaced by another, and all are laid anew
         * @return whether they lie; where inotify refuses, they do not
         */
        boolean watch(int now) {
            if (now != armedAt) {
                close();
                armedAt = now;
            }
            while (subscriptions.size() <= slashes.length) {
                int level = subscriptions.size();
                int folder = store.root().openBeneath(level == 0 ? "." : path.substring(0, slashes[level - 1]),
                        Linux.O_PATH() | Linux.O_DIRECTORY() | Linux.O_CLOEXEC(), 0);
                if (folder < 0) {
                    return level > 0; // it is missing, and will be told of
                }
                try {
                    String next = path.substring(level == 0 ? 0 : slashes[level - 1] + 1,
                            level == slashes.length ? path.length() : slashes[level]);
                    FolderWatch.Subscription subscription = FolderWatch.subscribe(folder, next, words, index);
                    if (subscription == null) {
                        return false;
                    }
                    subscriptions.add(subscription);
                } finally {
                    Posix.close(folder);
                }
            }
            return true;
        }

        @Override
        public void close() {
            while (!subscriptions.isEmpty()) {
                subscriptions.removeLast().close();
            }
        }
    }

    /** Ends all waits with CLOSED, and returns when everybody has left. Doing it again does nothing. */
    @Override
    public void close() {
        FutexArray words = bells.last();
        if (words != null) {
            words.close();
        }
        Waits.close(inside);
    }
}
