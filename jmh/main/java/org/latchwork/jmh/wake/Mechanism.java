package org.latchwork.jmh.wake;

import java.nio.file.Path;
import org.latchwork.wait.WaitEngine;

/** The ways to wait and to be woken. */
public enum Mechanism {
    FUTEX_BLOCK("futex, block", Kind.FUTEX, false, "FutexArray: set the word, wake; the waiter sleeps in FutexArray.await, interruptibly"),
    FUTEX_PLAIN("futex, plain FUTEX_WAIT", Kind.FUTEX, false,
            "the same, but the waiter sleeps in Futex.waitBitset, which nothing else ends"),
    FUTEX_SPIN("futex, spin then block", Kind.FUTEX, true,
            "FutexArray: the waiter reads the word for up to 1 ms before it sleeps, and only a sleeper is woken by a call"),
    CHECKPOINT("checkpoint", Kind.FUTEX, false, "Checkpoint.await and Checkpoint.wake with count 1"),
    VIRTUAL_IO_URING("virtual thread, io_uring", WaitEngine.IO_URING, "as futex, block, by a virtual thread, for which an io_uring waits"),
    VIRTUAL_FUTEX_WAITV("virtual thread, futex_waitv", WaitEngine.FUTEX_WAITV, "the same, where a thread in futex_waitv waits for it"),
    VIRTUAL_FUTEX("virtual thread, futex", WaitEngine.FUTEX, "the same, where a thread of its own in FUTEX_WAIT waits for it"),
    VIRTUAL_NAIVE("virtual thread, naive", Kind.VIRTUAL, false,
            "as futex, plain FUTEX_WAIT, by a virtual thread, which blocks its carrier meanwhile"),
    NAME_SPIN("link(2) name, spin", Kind.LINK, true, "StagedFile.publish; the waiter asks access(2) again at once until the name is there"),
    NAME_SLEEP("link(2) name, poll 1 ms", Kind.LINK, false, "StagedFile.publish; the waiter asks access(2) every 1 ms"),
    NAME_INOTIFY("link(2) name, inotify", Kind.LINK, false,
            "StagedFile.publish; the waiter sleeps in read(2) of an inotify watch (IN_CREATE)"),
    STORE_BOARD("store, board and inotify", Kind.LINK, false,
            "PublishTransaction.commit of a staged file; the waiter sleeps in PublishStore.await, on the notice board and on inotify"),
    STORE_INOTIFY("store, inotify alone", Kind.LINK, false, "the same, where no notice board can be made"),
    LOCK_SPIN("link(2) lock, spin", Kind.LINK, true,
            "a lock file: the owner unlinks it, the waiter tries link(2) again at once after EEXIST"),
    LOCK_SLEEP("link(2) lock, retry 1 ms", Kind.LINK, false,
            "a lock file: the owner unlinks it, the waiter tries link(2) again 1 ms after EEXIST"),
    C_BLOCK("C: futex, block", Kind.FLOOR, false, "the same as futex, block, in C"),
    C_SPIN("C: futex, spin then block", Kind.FLOOR, true, "the same as futex, spin then block, in C");

    /** What it is made of. */
    public enum Kind {
        /** Words of this library. */
        FUTEX,
        /** The same words, waited for by virtual threads. */
        VIRTUAL,
        /** Files that link(2) publishes. */
        LINK,
        /** The C program to compare with. */
        FLOOR
    }

    private final String label;
    private final Kind kind;
    private final boolean spins;
    private final String description;
    private final WaitEngine engine;

    Mechanism(String label, Kind kind, boolean spins, String description) {
        this.label = label;
        this.kind = kind;
        this.spins = spins;
        this.description = description;
        this.engine = null;
    }

    Mechanism(String label, WaitEngine engine, String description) {
        this.label = label;
        this.kind = Kind.VIRTUAL;
        this.spins = false;
        this.description = description;
        this.engine = engine;
    }

    /** {@return the name in words} */
    public String label() {
        return label;
    }

    /** {@return what it is made of} */
    public Kind kind() {
        return kind;
    }

    /** {@return whether the waiter is meant to be running, not asleep, when it is woken} */
    public boolean spins() {
        return spins;
    }

    /** {@return which calls it makes} */
    public String description() {
        return description;
    }

    /** {@return whether the waiter is a virtual thread} */
    public boolean isVirtual() {
        return kind == Kind.VIRTUAL;
    }

    /** {@return whether the waiter is parked, and {@link #engine} waits for it} */
    public boolean parks() {
        return engine != null;
    }

    /** {@return the engine that is forced, or {@code null}} */
    public WaitEngine engine() {
        return engine;
    }

    /** {@return the floor it is compared with: the C program, waiting in the same way} */
    public Mechanism floor() {
        return spins ? C_SPIN : C_BLOCK;
    }

    /**
     * {@return the longest pause between "the waiter waits" and the wake, in nanoseconds} Pauses are spread evenly over it: a wake must not
     * always find a poller at the same point of its period.
     */
    long pauseNanos() {
        return this == NAME_SLEEP || this == LOCK_SLEEP ? 1_000_000 : 100_000;
    }

    /**
     * {@return one end or, between threads, both ends of it} Ends in different processes meet in the directory.
     *
     * @param directory a directory of this series alone
     * @param scope between whom
     */
    Waking open(Path directory, Scope scope) {
        return switch (this) {
            case FUTEX_BLOCK -> new FutexBlock(FutexWords.open(directory, scope), FutexWords.sleepsIn());
            case FUTEX_PLAIN, VIRTUAL_NAIVE -> new FutexPlain(FutexWords.open(directory, scope));
            case VIRTUAL_IO_URING, VIRTUAL_FUTEX_WAITV, VIRTUAL_FUTEX ->
                    new FutexBlock(FutexWords.open(directory, scope), FutexWords.carrierSleepsIn());
            case FUTEX_SPIN -> new FutexSpin(FutexWords.open(directory, scope));
            case CHECKPOINT -> new CheckpointWake(directory);
            case NAME_SPIN -> new PublishedName(directory, Retry.AT_ONCE);
            case NAME_SLEEP -> new PublishedName(directory, Retry.AFTER_1_MS);
            case NAME_INOTIFY -> new PublishedName(directory, new Inotify(directory));
            case STORE_BOARD -> new StoredName(directory, true);
            case STORE_INOTIFY -> new StoredName(directory, false);
            case LOCK_SPIN -> new LockFile(directory, Retry.AT_ONCE);
            case LOCK_SLEEP -> new LockFile(directory, Retry.AFTER_1_MS);
            case C_BLOCK, C_SPIN -> throw new IllegalArgumentException(this + " is the C program's");
        };
    }
}
