package org.latchwork.lock;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.latchwork.file.InvalidFileException;
import org.latchwork.region.abi.Layout;
import org.latchwork.region.abi.lw_cell;
import org.latchwork.region.abi.lw_object;
import org.latchwork.region.abi.lw_participant;
import org.latchwork.wait.Deadline;

/**
 * From bytes to attach: a region's file with anything in it is attached to, and all that is in it is used. That must end, and either well or
 * with an exception that says what is wrong. Also the target of a coverage-guided fuzzer, by {@link #fuzzerTestOneInput}.
 */
public final class RegionFuzz {
    static final RegionOptions TINY = new RegionOptions(4, 8, 256, 0600);
    private static final Duration SHORT = Duration.ofMillis(2);
    private static Path folder;
    private static byte[] template;

    private RegionFuzz() {}

    /**
     * {@return a region in which somebody has died with a lock of each kind, and others have been used}
     *
     * @param file where it is made for that
     */
    static byte[] template(Path file) throws IOException {
        try (SyncRegion region = SyncRegion.open(file, TINY)) {
            region.mutex("mutex").lock();
            region.mutex("free");
            region.reentrantMutex("reentrant").lock();
            region.mutex("removed");
            region.remove("removed");
            return Files.readAllBytes(file); // in which its participant lives, and in the copy nobody has its lock
        }
    }

    /** Attaches to that file and uses it. Throws what must not be. */
    static void use(Path file) {
        try (SyncRegion region = SyncRegion.open(file, TINY)) {
            for (String name : new String[] {"mutex", "free", "reentrant", "new"}) {
                refusable(() -> use(region.mutex(name)));
                refusable(() -> use(region.reentrantMutex(name)));
            }
            refusable(() -> region.remove("free"));
            refusable(() -> region.remove("mutex"));
            refusable(() -> region.mutex("another"));
        } catch (InvalidFileException | IllegalStateException refused) {
            // as it should be
        }
    }

    private static void use(OwnedLock lock) {
        try {
            lock.tryAcquire(Deadline.after(SHORT)).ifPresent(held -> {
                held.markConsistent();
                held.close();
            });
            if (lock.tryLock()) {
                lock.unlock();
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void refusable(Runnable use) {
        try {
            use.run();
        } catch (InvalidFileException | IllegalStateException | IllegalMonitorStateException refused) {
            // as it should be
        }
    }

    /**
     * What a fuzzer calls. The first byte says how the rest is meant: as the file's beginning, or as changes of the valid one, each an offset
     * (16 bits), a width and a value.
     *
     * @param input whatever
     */
    public static void fuzzerTestOneInput(byte[] input) {
        try {
            if (template == null) {
                folder = Files.createTempDirectory(Path.of("/dev/shm"), "region-fuzz");
                folder.toFile().deleteOnExit();
                template = template(folder.resolve("template"));
                Files.delete(folder.resolve("template"));
            }
            Path file = folder.resolve("region");
            Files.write(file, changed(input));
            Files.setPosixFilePermissions(file, java.nio.file.attribute.PosixFilePermissions.fromString("rw-------"));
            use(file);
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static byte[] changed(byte[] input) {
        ByteBuffer rest = ByteBuffer.wrap(input).order(ByteOrder.nativeOrder());
        ByteBuffer file = ByteBuffer.wrap(template.clone()).order(ByteOrder.nativeOrder());
        int kind = rest.hasRemaining() ? rest.get() & 3 : 0;
        if (kind == 0) {
            file.put(rest.slice().limit(Math.min(rest.remaining(), file.limit())));
            return file.array();
        }
        while (rest.remaining() >= Short.BYTES + 1 + Long.BYTES) {
            int offset = rest.getShort() & 0xffff;
            int width = rest.get() & 3;
            long value = rest.getLong();
            if (kind == 1) { // anywhere
                offset %= file.limit() - Long.BYTES;
            } else { // in the tables, on a field
                int fields = (file.limit() - Layout.LW_PAGE_SIZE()) / Integer.BYTES - 2;
                offset = Layout.LW_PAGE_SIZE() + offset % fields * Integer.BYTES;
            }
            switch (width) {
                case 0 -> file.put(offset, (byte) value);
                case 1 -> file.putShort(offset, (short) value);
                case 2 -> file.putInt(offset, (int) value);
                default -> file.putLong(offset, value);
            }
        }
        return file.array();
    }

    /** {@return the size of what follows the header's page, but for the data} */
    static long tables() {
        return TINY.participants() * (lw_participant.sizeof() + 64 * ((TINY.objects() * lw_cell.sizeof() + 63) / 64))
                + TINY.objects() * lw_object.sizeof();
    }
}
