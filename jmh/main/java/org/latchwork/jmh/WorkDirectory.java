package org.latchwork.jmh;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** A directory for the files of one run: on /dev/shm where that can be written to, since a disk is not what is measured. */
public final class WorkDirectory implements AutoCloseable {
    private final Path path;

    private WorkDirectory(Path path) {
        this.path = path;
        // After Ctrl-C nothing stays behind in memory.
        Runtime.getRuntime().addShutdownHook(new Thread(this::close));
    }

    /** {@return a fresh one} */
    public static WorkDirectory create() throws IOException {
        Path memory = Path.of("/dev/shm");
        return new WorkDirectory(Files.isWritable(memory)
                ? Files.createTempDirectory(memory, "latchwork-jmh-")
                : Files.createTempDirectory("latchwork-jmh-"));
    }

    /** {@return where it is} */
    public Path path() {
        return path;
    }

    /** {@return its file system, such as {@code tmpfs at /dev/shm}} */
    public String fileSystem() throws IOException {
        return Files.getFileStore(path).type() + " at " + path.getParent();
    }

    /** Removes it with all that is in it. */
    @Override
    public void close() {
        if (!Files.exists(path)) {
            return;
        }
        try (Stream<Path> files = Files.walk(path)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
