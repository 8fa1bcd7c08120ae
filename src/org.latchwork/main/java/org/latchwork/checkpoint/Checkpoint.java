package org.latchwork.checkpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.latchwork.LinuxException;
import org.latchwork.file.InvalidFileException;
import org.latchwork.file.MappedFile;
import org.latchwork.futex.FutexArray;
import org.latchwork.linux.Posix;
import org.latchwork.wait.Deadline;
import org.latchwork.wait.WaitOutcome;

/**
 * Checkpoints in a file: a process waits at a number, another wakes exactly as many as it means to.
 *
 * {@snippet class="org.latchwork.examples.CheckpointExample" region="meet"}
 *
 * <p>A checkpoint carries no memory of wakes: {@link #wake} looks for waiters until it has woken as many as it was asked for, so it does
 * not matter who comes first. Whoever waits is a plain {@code FUTEX_WAIT} on a word that nobody writes, in Java, C or a shell.
 *
 * <p>The methods block the calling thread, not the carrier of a virtual one, and are interruptible: {@link #await} then says INTERRUPTED,
 * {@link #wake} returns within 10 ms with those that it has woken, and the thread's interrupt status stays set. They order memory as a monitor does between the one that wakes and the one that is woken: the kernel's queue lies
 * between them. None of them allocates.
 *
 * <p>Sources: {@code lib/tst_checkpoint.c} of LTP for the protocol, futex(2).
 */
public final class Checkpoint implements AutoCloseable {
    /** The environment variable that names the file. */
    public static final String PATH_VARIABLE = "LTP_IPC_PATH";
    /** The environment variable that names the layout, {@link CheckpointLayout#PATCH} where it is not set. */
    public static final String LAYOUT_VARIABLE = "LATCHWORK_CHECKPOINT_LAYOUT";
    /** Permissions of a new file: the owner alone. */
    public static final int DEFAULT_MODE = 0600;

    /** What the one that has initialised checkpoints in this process holds, until it closes them; {@code null} while nobody has. */
    private static final AtomicReference<Object> INITIALIZER = new AtomicReference<>();

    private final FutexArray words;
    private final Path path;
    /** What {@link #INITIALIZER} holds, if this is the one; {@code null} if it only attached. */
    private final Object claim;

    private Checkpoint(MappedFile file, CheckpointLayout layout, Object claim) {
        this.path = file.file().path();
        this.words = FutexArray.over(
                file, layout.firstWord(), layout.capacity(Posix.pageSize()), FutexArray.Spacing.PACKED);
        this.claim = claim;
    }

    /**
     * Makes the checkpoint file that {@code LTP_IPC_PATH} names, or attaches to it; without that variable, a file {@code ltp_checkpoint}
     * in a fresh private directory under {@code $TMPDIR} or {@code /tmp}. The layout is {@code LATCHWORK_CHECKPOINT_LAYOUT}'s.
     *
     * @return the checkpoints; {@link #path()} is what other processes need in {@code LTP_IPC_PATH}
     * @throws IllegalStateException if this process has initialised checkpoints already and not closed them
     * @throws InvalidFileException if the file is there and neither a checkpoint file nor blank; it is left untouched
     * @throws LinuxException if the file cannot be made or opened
     * @throws UncheckedIOException if no private directory can be made
     */
    public static Checkpoint init() {
        return init(CheckpointLayout.fromEnvironment(), DEFAULT_MODE);
    }

    /**
     * The same with a layout and permissions.
     *
     * @param layout where the words lie
     * @param mode permissions of a new file, whatever the umask; those of an existing one stay
     * @return the checkpoints; {@link #path()} is what other processes need in {@code LTP_IPC_PATH}
     * @throws IllegalStateException if this process has initialised checkpoints already and not closed them
     * @throws InvalidFileException if the file is there and neither a checkpoint file nor blank; it is left untouched
     * @throws LinuxException if the file cannot be made or opened
     * @throws UncheckedIOException if no private directory can be made
     */
    public static Checkpoint init(CheckpointLayout layout, int mode) {
        return init(() -> {
            Path named = environmentPath();
            return named != null ? named : freshPath();
        }, layout, mode);
    }

    /**
     * Makes this checkpoint file, or attaches to it, with the layout of the patch and mode 0600.
     *
     * @param path the file
     * @return the checkpoints
     * @throws IllegalStateException if this process has initialised checkpoints already and not closed them
     * @throws InvalidFileException if the file is there and neither a checkpoint file nor blank; it is left untouched
     * @throws LinuxException if the file cannot be made or opened
     */
    public static Checkpoint init(Path path) {
        return init(path, CheckpointLayout.PATCH, DEFAULT_MODE);
    }

    /**
     * Makes this checkpoint file, or attaches to it. A new one appears whole, by link(2): nobody can open it before its magic is in place.
     * An existing file that is empty or all zero, up to a page, is extended to a page and gets its magic.
     *
     * @param path the file
     * @param layout where the words lie
     * @param mode permissions of a new file, whatever the umask; those of an existing one stay
     * @return the checkpoints
     * @throws IllegalStateException if this process has initialised checkpoints already and not closed them
     * @throws InvalidFileException if the file is there and neither a checkpoint file nor blank; it is left untouched
     * @throws LinuxException if the file cannot be made or opened
     */
    public static Checkpoint init(Path path, CheckpointLayout layout, int mode) {
        Objects.requireNonNull(path, "path");
        return init(() -> path, layout, mode);
    }

    /** The path comes late: whoever is refused must not leave a fresh directory behind. */
    private static Checkpoint init(Supplier<Path> path, CheckpointLayout layout, int mode) {
        Objects.requireNonNull(layout, "layout");
        Object claim = new Object();
        if (!INITIALIZER.compareAndSet(null, claim)) {
            throw new IllegalStateException("this process has initialised checkpoints already: close them first, or attach with reinit");
        }
        try {
            return new Checkpoint(CheckpointFile.init(path.get(), layout, mode), layout, claim);
        } catch (Throwable failure) {
            INITIALIZER.set(null);
            throw failure;
        }
    }

    /**
     * Attaches to the checkpoint file that {@code LTP_IPC_PATH} names, as a process does after exec(). The layout is
     * {@code LATCHWORK_CHECKPOINT_LAYOUT}'s.
     *
     * @return the checkpoints
     * @throws IllegalStateException if {@code LTP_IPC_PATH} is not set
     * @throws InvalidFileException if the file is missing or no checkpoint file
     * @throws LinuxException if it cannot be opened
     */
    public static Checkpoint reinit() {
        return reinit(CheckpointLayout.fromEnvironment());
    }

    /**
     * The same with a layout.
     *
     * @param layout where the words lie
     * @return the checkpoints
     * @throws IllegalStateException if {@code LTP_IPC_PATH} is not set
     * @throws InvalidFileException if the file is missing or no checkpoint file
     * @throws LinuxException if it cannot be opened
     */
    public static Checkpoint reinit(CheckpointLayout layout) {
        Path named = environmentPath();
        if (named == null) {
            throw new IllegalStateException(PATH_VARIABLE + " is not set; it names the checkpoint file that 'tst_checkpoint init' has made");
        }
        return reinit(named, layout);
    }

    /**
     * Attaches to this checkpoint file, with the layout of the patch.
     *
     * @param path the file
     * @return the checkpoints
     * @throws InvalidFileException if the file is missing or no checkpoint file
     * @throws LinuxException if it cannot be opened
     */
    public static Checkpoint reinit(Path path) {
        return reinit(path, CheckpointLayout.PATCH);
    }

    /**
     * Attaches to this checkpoint file.
     *
     * @param path the file
     * @param layout where the words lie
     * @return the checkpoints
     * @throws InvalidFileException if the file is missing or no checkpoint file
     * @throws LinuxException if it cannot be opened
     */
    public static Checkpoint reinit(Path path, CheckpointLayout layout) {
        Objects.requireNonNull(path, "path");
        Objects.requireNonNull(layout, "layout");
        return new Checkpoint(CheckpointFile.reinit(path, layout), layout, null);
    }

    private static Path environmentPath() {
        String path = System.getenv(PATH_VARIABLE);
        return path == null || path.isEmpty() ? null : Path.of(path);
    }

    /** Never a fixed name: in a world-writable directory somebody else could have it first. */
    private static Path freshPath() {
        String temporary = System.getenv("TMPDIR");
        Path parent = Path.of(temporary == null || temporary.isEmpty() ? "/tmp" : temporary);
        try {
            return Files.createTempDirectory(parent, "latchwork-").toAbsolutePath().resolve("ltp_checkpoint");
        } catch (IOException e) {
            throw new UncheckedIOException("no private directory for the checkpoint file can be made in " + parent
                    + "; set TMPDIR, or name the file in " + PATH_VARIABLE, e);
        }
    }

    /** {@return the file} */
    public Path path() {
        return path;
    }

    /** {@return how many ids there are: 0 to one less than this} */
    public int size() {
        return words.length();
    }

    /**
     * Waits at a checkpoint until somebody wakes it.
     *
     * @param id which, 0 to {@link #size()} − 1
     * @param timeout how long at most; zero does not wait
     * @param unit the unit of {@code timeout}
     * @return WOKEN, TIMED_OUT (never early), INTERRUPTED or CLOSED
     * @throws IndexOutOfBoundsException if there is no such id
     * @throws IllegalArgumentException if the timeout is negative
     */
    public WaitOutcome await(int id, long timeout, TimeUnit unit) {
        requireId(id);
        return awaitUntil(id, Deadline.monotonicNanosAfter(requireTimeout(timeout, unit)));
    }

    /**
     * Waits at a checkpoint until somebody wakes it.
     *
     * @param id which, 0 to {@link #size()} − 1
     * @param timeout how long at most; zero does not wait
     * @return WOKEN, TIMED_OUT (never early), INTERRUPTED or CLOSED
     * @throws IndexOutOfBoundsException if there is no such id
     * @throws IllegalArgumentException if the timeout is negative
     */
    public WaitOutcome await(int id, Duration timeout) {
        return await(id, TimeUnit.NANOSECONDS.convert(timeout), TimeUnit.NANOSECONDS);
    }

    private WaitOutcome awaitUntil(int id, long deadline) {
        // Nobody writes the word by the protocol, so that it is 0; should somebody, that is no wake. It is not loaded before the kernel has
        // seen it: on a page that is gone, compiled code would go on with anything.
        int value = 0;
        while (true) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                words.get(id); // throws if the file is closed or its page is gone
                return WaitOutcome.TIMED_OUT; // the kernel would queue us for a moment, and a wake could hit us
            }
            WaitOutcome outcome = words.awaitWake(id, value, left, TimeUnit.NANOSECONDS);
            if (outcome != WaitOutcome.VALUE_DIFFERS) {
                return outcome;
            }
            value = words.get(id);
        }
    }

    /**
     * Wakes exactly so many waiters of a checkpoint, those that are there and those that are still on their way.
     *
     * <p>Nothing tells a waker that a waiter has come, so it looks again and again, as {@link WakePace} says.
     *
     * @param id which, 0 to {@link #size()} − 1
     * @param count how many; 0 wakes none
     * @param timeout how long to look for them at most; zero looks once
     * @param unit the unit of {@code timeout}
     * @return how many were woken, never more than {@code count}; less means that the time was over, or the thread was interrupted
     * @throws IndexOutOfBoundsException if there is no such id
     * @throws IllegalArgumentException if the count or the timeout is negative
     */
    public int wake(int id, int count, long timeout, TimeUnit unit) {
        requireId(id);
        long nanos = requireTimeout(timeout, unit);
        int woken = words.wake(id, count);
        if (woken == count || nanos == 0) {
            return woken;
        }
        long start = System.nanoTime();
        long elapsed = 0;
        while (woken < count && elapsed < nanos && WakePace.sleep(elapsed, nanos - elapsed)) {
            woken += words.wake(id, count - woken);
            elapsed = System.nanoTime() - start;
        }
        WakePace.giveWay();
        return woken;
    }

    /**
     * Wakes exactly so many waiters of a checkpoint, those that are there and those that are still on their way.
     *
     * @param id which, 0 to {@link #size()} − 1
     * @param count how many; 0 wakes none
     * @param timeout how long to look for them at most; zero looks once
     * @return how many were woken, never more than {@code count}; less means that the time was over, or the thread was interrupted
     * @throws IndexOutOfBoundsException if there is no such id
     * @throws IllegalArgumentException if the count or the timeout is negative
     */
    public int wake(int id, int count, Duration timeout) {
        return wake(id, count, TimeUnit.NANOSECONDS.convert(timeout), TimeUnit.NANOSECONDS);
    }

    /**
     * Wakes so many waiters of a checkpoint and then waits at it oneself, both within the one timeout.
     *
     * @param id which, 0 to {@link #size()} − 1
     * @param count how many to wake
     * @param timeout how long at most, for both
     * @param unit the unit of {@code timeout}
     * @return WOKEN; TIMED_OUT, if too few waiters came or nobody woke us; INTERRUPTED or CLOSED
     * @throws IndexOutOfBoundsException if there is no such id
     * @throws IllegalArgumentException if the count or the timeout is negative
     */
    public WaitOutcome wakeAndAwait(int id, int count, long timeout, TimeUnit unit) {
        long nanos = requireTimeout(timeout, unit);
        long deadline = Deadline.monotonicNanosAfter(nanos);
        if (wake(id, count, nanos, TimeUnit.NANOSECONDS) < count) {
            return Thread.currentThread().isInterrupted() ? WaitOutcome.INTERRUPTED : WaitOutcome.TIMED_OUT;
        }
        return awaitUntil(id, deadline);
    }

    /**
     * The same with a {@link Duration}.
     *
     * @param id which, 0 to {@link #size()} − 1
     * @param count how many to wake
     * @param timeout how long at most, for both
     * @return WOKEN; TIMED_OUT, if too few waiters came or nobody woke us; INTERRUPTED or CLOSED
     * @throws IndexOutOfBoundsException if there is no such id
     * @throws IllegalArgumentException if the count or the timeout is negative
     */
    public WaitOutcome wakeAndAwait(int id, int count, Duration timeout) {
        return wakeAndAwait(id, count, TimeUnit.NANOSECONDS.convert(timeout), TimeUnit.NANOSECONDS);
    }

    private void requireId(int id) {
        if (id < 0 || id >= size()) {
            throw new IndexOutOfBoundsException("checkpoint id " + id + " is outside 0 to " + (size() - 1) + " of " + path);
        }
    }

    private static long requireTimeout(long timeout, TimeUnit unit) {
        if (timeout < 0) {
            throw new IllegalArgumentException("timeout " + timeout + " " + unit + " is negative");
        }
        return unit.toNanos(timeout);
    }

    /**
     * Ends the waits of this process with CLOSED, blocks until their threads have left, unmaps and closes the file, which stays. Doing it
     * again does nothing.
     */
    @Override
    public void close() {
        words.close();
        INITIALIZER.compareAndSet(claim, null); // at a second close it may be somebody else's
    }
}
