package org.latchwork.jmh.wake;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.latchwork.jmh.abi.Bench;

/** The waiter sleeps until a name appears in the directory, whichever. */
final class Inotify implements Retry {
    private static final int BUFFER_BYTES = 4096;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment directory;
    private final MemorySegment events = arena.allocate(BUFFER_BYTES, Long.BYTES);
    private int fd = -1;

    Inotify(Path directory) {
        this.directory = arena.allocateFrom(directory.toString());
    }

    /** The watch is in place before the waiter looks, and it is the waiter's alone: a second one would cost the publisher time. */
    @Override
    public void begin() {
        if (fd < 0) {
            fd = Bench.inotify_init1(Bench.IN_CLOEXEC());
            if (fd < 0 || Bench.inotify_add_watch(fd, directory, Bench.IN_CREATE()) < 0) {
                throw new IllegalStateException("no inotify watch: is fs.inotify.max_user_instances or max_user_watches used up?");
            }
        }
    }

    @Override
    public void pause() {
        if (Bench.read(fd, events, BUFFER_BYTES) <= 0) {
            throw new IllegalStateException("read of the inotify descriptor failed");
        }
    }

    @Override
    public String sleepsIn() {
        return Bench.SYS_read() + " ";
    }

    @Override
    public void close() {
        if (fd >= 0) {
            Bench.close(fd);
        }
        arena.close();
    }
}
