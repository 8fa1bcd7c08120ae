package org.latchwork.jmh.wake;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import org.latchwork.jmh.Os;
import org.latchwork.jmh.abi.Bench;

/** The classic lock file: who links a private file of his to the lock's name owns the lock, until he unlinks that name. */
final class LockFile implements Waking {
    private final Arena arena = Arena.ofShared();
    private final MemorySegment lock;
    private final MemorySegment ours;
    /** Waker and waiter may be two threads. */
    private final MemorySegment wakerErrno = Os.allocateErrno(arena);
    private final MemorySegment waiterErrno = Os.allocateErrno(arena);
    private final Retry retry;

    LockFile(Path directory, Retry retry) {
        try {
            this.ours = arena.allocateFrom(Files.createTempFile(directory, "private", "").toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        this.lock = arena.allocateFrom(directory.resolve("lock").toString());
        this.retry = retry;
    }

    private boolean take(MemorySegment errno) {
        int result = Os.link(errno, ours, lock);
        if (result != 0 && result != Bench.EEXIST()) {
            throw new IllegalStateException("link(2) to " + lock.getString(0) + " failed with errno " + result);
        }
        return result == 0;
    }

    private void release() {
        if (Bench.unlink(lock) != 0) {
            throw new IllegalStateException("unlink(2) of " + lock.getString(0) + " failed");
        }
    }

    @Override
    public void prepare(int number) {
        if (!take(wakerErrno)) {
            throw new IllegalStateException("the lock is not free");
        }
    }

    @Override
    public void wake(int number) {
        release();
    }

    @Override
    public void await(int number) {
        while (!take(waiterErrno)) {
            retry.pause();
        }
    }

    @Override
    public void settle(int number) {
        release();
    }

    @Override
    public String sleepsIn() {
        return retry.sleepsIn();
    }

    @Override
    public void close() {
        arena.close();
    }
}
