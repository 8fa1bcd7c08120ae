package org.latchwork.file.stage;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** 64 KiB of native memory between a Java array and the kernel, used again by whoever comes next. */
public final class Buffer implements AutoCloseable {
    /** Large enough that the copying costs more than the call, small enough for a core's own cache. */
    public static final int SIZE = 64 * 1024;

    /** Kept for the next user: two for each core, since who compares takes two. The rest is the garbage collector's. */
    private static final int KEPT = 2 * Runtime.getRuntime().availableProcessors();
    private static final ConcurrentLinkedQueue<MemorySegment> FREE = new ConcurrentLinkedQueue<>();
    private static final AtomicInteger FREE_COUNT = new AtomicInteger();

    private MemorySegment memory;

    private Buffer(MemorySegment memory) {
        this.memory = memory;
    }

    /** {@return a buffer, with whatever its last user left in it} */
    public static Buffer take() {
        MemorySegment free = FREE.poll();
        if (free != null) {
            FREE_COUNT.decrementAndGet();
            return new Buffer(free);
        }
        return new Buffer(Arena.ofAuto().allocate(SIZE, 64));
    }

    /** {@return the memory, until {@link #close()}} */
    public MemorySegment memory() {
        return memory;
    }

    /** Gives it back. */
    @Override
    public void close() {
        MemorySegment back = memory;
        memory = null;
        if (back != null && FREE_COUNT.getAndIncrement() < KEPT) {
            FREE.add(back);
        } else if (back != null) {
            FREE_COUNT.decrementAndGet();
        }
    }
}
