package org.latchwork.lock;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.latchwork.futex.FutexArray;

/**
 * What tests have guarded by a lock, in a file that processes map: two halves that are equal while nobody is at work, and for each worker how often
 * it has counted. The accesses are plain: only the lock orders them.
 */
final class TwoPartCounter implements AutoCloseable {
    static final int WORKERS = 14;

    private final FutexArray words;

    /** Maps the file, which is made first if there is none. */
    TwoPartCounter(Path file) {
        try {
            if (!Files.exists(file)) {
                Files.write(file, new byte[(WORKERS + 2) * Integer.BYTES]);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        words = FutexArray.map(file, WORKERS + 2, FutexArray.Spacing.PACKED);
    }

    /** Counts one, under the lock. */
    void count(int worker) {
        words.setPlain(0, words.getPlain(0) + 1);
        words.setPlain(1, words.getPlain(1) + 1);
        words.setPlain(2 + worker, words.getPlain(2 + worker) + 1);
    }

    /** Undoes what an owner that died has done by halves, under the lock. */
    void repair() {
        int counted = counted();
        words.setPlain(0, counted);
        words.setPlain(1, counted);
    }

    /** {@return what all workers have counted} */
    int counted() {
        int sum = 0;
        for (int worker = 0; worker < WORKERS; worker++) {
            sum += words.getPlain(2 + worker);
        }
        return sum;
    }

    /** {@return whether no count is lost and the halves are equal} Under the lock. */
    boolean isWhole() {
        int counted = counted();
        return words.getPlain(0) == counted && words.getPlain(1) == counted;
    }

    /** Takes a lock, repairs if it must, and counts. Fails if something was broken that nobody has reported. */
    void countUnder(OwnedLock lock, int worker) {
        try (Held held = lock.acquire()) {
            if (held.ownerDied()) {
                repair();
                held.markConsistent();
            }
            if (!isWhole()) {
                throw new AssertionError("nobody has reported it, but this is broken: " + words.getPlain(0) + ", " + words.getPlain(1)
                        + ", counted " + counted());
            }
            count(worker);
        }
    }

    @Override
    public void close() {
        words.close();
    }

    /** A process that counts until it is killed. Arguments: region, lock (its kind is its name), counter, worker. */
    static final class Counting {
        private Counting() {}

        public static void main(String[] arguments) {
            OwnedLock lock = lock(SyncRegion.open(Path.of(arguments[0])), arguments[1]);
            TwoPartCounter counter = new TwoPartCounter(Path.of(arguments[2]));
            int worker = Integer.parseInt(arguments[3]);
            System.out.println("counting");
            while (true) {
                counter.countUnder(lock, worker);
            }
        }
    }

    /** {@return the lock of that kind, whose name is its kind} */
    static OwnedLock lock(SyncRegion region, String kind) {
        return switch (kind) {
            case "spin" -> region.spinLock(kind);
            case "ticket" -> region.ticketLock(kind);
            case "mutex" -> region.mutex(kind);
            case "rw" -> region.rwLock(kind).writeLock();
            case "seq" -> region.seqLock(kind);
            default -> throw new AssertionError(kind);
        };
    }
}
