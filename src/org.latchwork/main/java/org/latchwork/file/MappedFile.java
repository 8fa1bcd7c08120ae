package org.latchwork.file;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;
import org.latchwork.linux.Posix;

/**
 * A file mapped as shared memory: {@code mmap(..., MAP_SHARED, ...)}.
 *
 * <p>Every process that maps the file sees the same bytes at once. The segment is shared between threads and dies with {@link #close()}:
 * use after that throws {@code IllegalStateException}.
 */
public final class MappedFile implements AutoCloseable {
    private final SharedFile file;
    private final AtomicBoolean open = new AtomicBoolean(true);
    private final Arena arena = Arena.ofShared();
    private final MemorySegment segment;

    MappedFile(SharedFile file, long length, boolean writable) {
        this.file = file;
        long address = writable ? Posix.mmap(length, file.descriptor()) : Posix.mmapReadOnly(length, file.descriptor());
        MemorySegment mapping = MemorySegment.ofAddress(address).reinterpret(length, arena, mapped -> Posix.munmap(mapped.address(), length));
        this.segment = writable ? mapping : mapping.asReadOnly();
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
