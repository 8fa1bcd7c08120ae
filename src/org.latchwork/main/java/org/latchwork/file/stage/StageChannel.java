package org.latchwork.file.stage;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantLock;
import org.latchwork.LinuxException;
import org.latchwork.linux.Posix;

/** A channel on a descriptor of its own: {@code pread} and {@code pwrite} at a position that belongs to the channel. */
public final class StageChannel implements SeekableByteChannel {
    private final int fd;
    private final Path file;
    private final boolean writable;
    private final ReentrantLock using = new ReentrantLock();
    private long position;
    private boolean open = true;

    /** Takes the descriptor over. */
    public StageChannel(int fd, Path file, boolean writable) {
        this.fd = fd;
        this.file = file;
        this.writable = writable;
    }

    /** One step under the lock; what the kernel refuses becomes what a channel's callers expect. */
    private interface Step {
        long perform() throws IOException;
    }

    private long locked(Step step) throws IOException {
        using.lock();
        try {
            if (!open) {
                throw new ClosedChannelException();
            }
            return step.perform();
        } catch (LinuxException e) {
            throw new IOException(e.getMessage(), e);
        } finally {
            using.unlock();
        }
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        if (target.isReadOnly()) {
            throw new IllegalArgumentException("the buffer is read-only");
        }
        return (int) locked(() -> {
            int wanted = Math.min(target.remaining(), Buffer.SIZE);
            if (wanted == 0) {
                return 0;
            }
            try (Buffer buffer = Buffer.take()) {
                MemorySegment bytes = buffer.memory().asSlice(0, wanted);
                int read = Stage.read(fd, bytes, position, () -> file);
                if (read == 0) {
                    return -1;
                }
                position += read;
                target.put(bytes.asSlice(0, read).asByteBuffer());
                return read;
            }
        });
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        requireWritable();
        return (int) locked(() -> {
            int all = source.remaining();
            try (Buffer buffer = Buffer.take()) {
                while (source.hasRemaining()) {
                    int length = Math.min(source.remaining(), Buffer.SIZE);
                    MemorySegment bytes = buffer.memory().asSlice(0, length);
                    bytes.asByteBuffer().put(source.slice(source.position(), length));
                    Stage.write(fd, bytes, position, file);
                    position += length;
                    source.position(source.position() + length); // what was written before a failure stays taken
                }
            }
            return all;
        });
    }

    private void requireWritable() {
        if (!writable) {
            throw new NonWritableChannelException();
        }
    }

    @Override
    public long position() throws IOException {
        return locked(() -> position);
    }

    @Override
    public SeekableByteChannel position(long newPosition) throws IOException {
        if (newPosition < 0) {
            throw new IllegalArgumentException("position " + newPosition);
        }
        locked(() -> position = newPosition);
        return this;
    }

    @Override
    public long size() throws IOException {
        return locked(() -> Posix.size(fd));
    }

    @Override
    public SeekableByteChannel truncate(long size) throws IOException {
        requireWritable();
        if (size < 0) {
            throw new IllegalArgumentException("size " + size);
        }
        locked(() -> {
            if (size < Posix.size(fd)) {
                Posix.ftruncate(fd, size);
            }
            position = Math.min(position, size);
            return 0;
        });
        return this;
    }

    @Override
    public boolean isOpen() {
        using.lock();
        try {
            return open;
        } finally {
            using.unlock();
        }
    }

    @Override
    public void close() {
        using.lock();
        try {
            if (open) {
                open = false;
                Posix.close(fd);
            }
        } finally {
            using.unlock();
        }
    }
}
