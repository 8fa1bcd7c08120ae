package org.latchwork.jmh.recovery;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.stream.Stream;
import org.latchwork.jmh.Jvm;
import org.latchwork.linux.FileLocks;
import org.latchwork.lock.SyncRegion;

/** An owner in Java: what {@code recovery_floor.c own} is in C. {@code arguments}: the region, how many objects. */
final class OwnerProgram {
    /** A byte that is locked by the description of the slot's lock, and that nobody who recovers touches: as {@code recovery_floor.c} has it. */
    private static final long WITNESS = 1L << 40;

    private OwnerProgram() {}

    public static void main(String[] arguments) throws Exception {
        BlockingQueue<String> lines = Jvm.linesFromParent();
        SyncRegion region = SyncRegion.open(Path.of(arguments[0]));
        for (int i = 0; i < Integer.parseInt(arguments[1]); i++) {
            region.mutex(String.valueOf(i)).lock();
        }
        int descriptor = lockDescriptor();
        if (!FileLocks.isMine(FileLocks.tryLock(descriptor, WITNESS), descriptor, WITNESS, 1)) {
            throw new IllegalStateException("somebody else has the witness");
        }
        while (lines.take() != null) {
            System.out.println("held");
        }
    }

    /** {@return the only descriptor of this process with a lock of its description on it, by proc_pid_fdinfo(5)} The region tells nobody. */
    private static int lockDescriptor() throws IOException {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fdinfo"))) {
            return descriptors.filter(OwnerProgram::isLocked).mapToInt(path -> Integer.parseInt(path.getFileName().toString()))
                    .findFirst().orElseThrow();
        }
    }

    private static boolean isLocked(Path descriptor) {
        try {
            return Files.readString(descriptor).contains("OFDLCK");
        } catch (NoSuchFileException e) {
            return false; // that of the listing
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
