package org.latchwork.file.stage;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** 64 KiB of native memory, and as much on the heap: between Java's streams and the kernel. Used again by whoever comes next. */
public final class Buffer implements AutoCloseable {
    /** Large enough that the copying costs more than the call, small enough for a core's own cache. */
    public static final int SIZE = 64 * 1024;

    /** Kept for the next user: two for each core, since who compares takes two. The rest is the garbage collector's. */
    private static final int KEPT = 2 * Runtime.getRuntime().availableProcessors();
    private static final ConcurrentLinkedQueue<Halves> FREE = new ConcurrentLinkedQueue<>();
    private static final AtomicInteger FREE_COUNT = new AtomicInteger();

    /** What the kernel reads and writes, and what Java's streams and digests do. */
    private static final class Halves {
        final MemorySegment memory = Arena.ofAuto().allocate(SIZE, 64);
        final byte[] array = new byte[SIZE];
        /** Made when first needed. */
        MessageDigest digest;
    }

    private Halves halves;

    private Buffer(Halves halves) {
        this.halves = halves;
    }

    /** {@return a buffer, with whatever its last user left in it} */
    public static Buffer take() {
        Halves free = FREE.poll();
        if (free != null) {
            FREE_COUNT.decrementAndGet();
            return new Buffer(free);
        }
        return new Buffer(new Halves());
    }

    /** {@return the memory, until {@link #close()}} */
    public MemorySegment memory() {
        return halves.memory;
    }

    /** {@return as many bytes on the heap, until {@link #close()}} */
    public byte[] array() {
        return halves.array;
    }

    /** {@return a SHA-256 at its beginning, until {@link #close()}}: to find one costs as much as hashing 1 KiB. */
    public MessageDigest sha256() {
        if (halves.digest == null) {
            try {
                halves.digest = MessageDigest.getInstance("SHA-256");
            } catch (NoSuchAlgorithmException e) {
                throw new AssertionError("every Java has SHA-256", e);
            }
        }
        halves.digest.reset(); // whoever had it before may have broken off
        return halves.digest;
    }

    /** {@return the memory's start, with so many bytes copied from the heap} */
    public MemorySegment filled(byte[] bytes, int offset, int length) {
        MemorySegment.copy(bytes, offset, halves.memory, ValueLayout.JAVA_BYTE, 0, length);
        return halves.memory.asSlice(0, length);
    }

    /** Gives it back. */
    @Override
    public void close() {
        Halves back = halves;
        halves = null;
        if (back != null && FREE_COUNT.getAndIncrement() < KEPT) {
            FREE.add(back);
        } else if (back != null) {
            FREE_COUNT.decrementAndGet();
        }
    }
}
