package org.latchwork.file;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.latchwork.LinuxException;
import org.latchwork.linux.Posix;
import org.latchwork.linux.abi.Linux;

/**
 * A file mapped as shared memory: {@code mmap(..., MAP_SHARED, ...)}.
 *
 * <p>Every process that maps the file sees the same bytes at once. The segment is shared between threads and dies with {@link #close()}:
 * use after that throws {@code IllegalStateException}.
 */
public final class MappedFile implements AutoCloseable {
    private static final int LONGEST_PAUSE_MILLIS = 64;

    private final SharedFile file;
    private final AtomicBoolean open = new AtomicBoolean(true);
    private final Arena arena = Arena.ofShared();
    private final MemorySegment segment;
    /** Whether somebody may be on the way to the {@link #address}. */
    private volatile boolean addressed;
    /** What lies there after the end, if so: not read, but as long as this can be reached, so can that. */
    private MemorySegment leftOver;

    MappedFile(SharedFile file, long length, boolean writable) {
        this.file = file;
        long address = map(length, file.descriptor(), writable);
        MemorySegment mapping = MemorySegment.ofAddress(address).reinterpret(length, arena, this::unmap);
        this.segment = writable ? mapping : mapping.asReadOnly();
    }

    /**
     * A process can have so many mappings, and those that garbage holds count until it is collected. So ENOMEM is answered by one collection,
     * after which the JDK's cleaners unmap in their own time: the call is tried again until that is over, 0.1 s at most.
     */
    private static long map(long length, int descriptor, boolean writable) {
        boolean collected = false;
        for (int pause = 1; ; pause *= 2) {
            try {
                return writable ? Posix.mmap(length, descriptor) : Posix.mmapReadOnly(length, descriptor);
            } catch (LinuxException e) {
                if (e.errno() != Linux.ENOMEM() || pause > LONGEST_PAUSE_MILLIS) {
                    throw e;
                }
            }
            if (!collected) {
                System.gc();
                collected = true;
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(pause));
        }
    }

    private void unmap(MemorySegment mapping) {
        if (addressed) {
            try {
                Posix.mmapOver(mapping.address(), mapping.byteSize());
                leftOver = MemorySegment.ofAddress(mapping.address()).reinterpret(mapping.byteSize(), Arena.ofAuto(), MappedFile::munmap);
                return;
            } catch (LinuxException noMemory) {
                // The kernel counts what it promises, and has promised it all. Then the address is not kept; who was on the way has had a microsecond.
            }
        }
        munmap(mapping);
    }

    private static void munmap(MemorySegment mapping) {
        Posix.munmap(mapping.address(), mapping.byteSize());
    }

    /**
     * {@return the address of the mapped bytes, for who checks himself whether this is open, and may be late by an instruction} Hence, from now on,
     * {@link #close} puts private memory, all zero, in their place, which is there until nobody can reach this object. So who is late does no harm: neither to
     * the file, nor to what would be mapped there next.
     *
     * @throws IllegalStateException if it is closed
     */
    public long address() {
        addressed = true; // before the look: either that finds it closed, or closing finds this
        if (!open.get()) {
            throw new IllegalStateException("the mapping of " + file.path() + " is closed");
        }
        return segment.address();
    }

    /** {@return the mapped bytes} */
    public MemorySegment segment() {
        return segment;
    }

    /** {@return the file beneath, open as long as this is} */
    public SharedFile file() {
        return file;
    }

    /**
     * {@code fstat(fd, ...)}. Checks that the mapped bytes are still there.
     *
     * @throws FileTruncatedException if somebody cut the file short
     */
    public void requireWhole() {
        long size = Posix.size(file.descriptor());
        if (size < segment.byteSize()) {
            throw new FileTruncatedException(file.path(), segment.byteSize(), size);
        }
    }

    /**
     * {@code munmap(...)}, {@code close(fd)}. Doing it again does nothing.
     *
     * @throws IllegalStateException while another thread has the segment in a native call, such as a channel's {@code write}; it stays open
     */
    @Override
    public void close() {
        if (open.compareAndSet(true, false)) {
            try {
                arena.close();
            } catch (IllegalStateException inUse) {
                open.set(true);
                throw inUse;
            }
            file.close();
        }
    }
}
