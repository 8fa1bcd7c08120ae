package org.latchwork.cli;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Who may make a cache: a lock of the kernel's, so that one who is killed holds it no longer. The lock file stays. */
record CacheLock(FileChannel channel) implements AutoCloseable {

    /** {@return the lock, or {@code null} if another process has it} */
    static CacheLock tryAcquire(Path cache) throws IOException {
        FileChannel channel = FileChannel.open(
                cache.resolveSibling(cache.getFileName() + ".lock"),
                StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
        FileLock lock = channel.tryLock();
        if (lock == null) {
            channel.close();
            return null;
        }
        return new CacheLock(channel);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
