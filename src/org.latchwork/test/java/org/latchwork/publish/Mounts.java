package org.latchwork.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.latchwork.testing.Child;

/** File systems of a test's own, which only root may mount. */
final class Mounts implements AutoCloseable {
    private final Deque<Path> mounted = new ArrayDeque<>();

    /** Mounts; where that is not possible, the test is skipped and says so. */
    Path mount(Path at, String... arguments) throws IOException {
        Files.createDirectories(at);
        int status = run("mount", List.of(arguments), at);
        assumeTrue(status == 0, () -> "skipped: mount " + String.join(" ", arguments) + " fails; it needs root with CAP_SYS_ADMIN, "
                + "the file system, and for an image a loop device");
        mounted.push(at);
        return at;
    }

    /**
     * Makes a file system in a file, and mounts it.
     *
     * @param type ext4, xfs or btrfs
     */
    Path make(String type, Path image, Path at) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            // mkfs.xfs takes no less than 300 MiB, mkfs.btrfs no less than 109.
            file.setLength((type.equals("xfs") ? 320L : type.equals("btrfs") ? 160L : 64L) << 20);
        }
        List<String> mkfs = List.of("mkfs." + type, "-q", type.equals("ext4") ? "-F" : "-f", image.toString());
        assumeTrue(starts(mkfs), () -> "skipped: " + mkfs.getFirst()
                + " fails or is missing (Debian: apt-get install e2fsprogs xfsprogs btrfs-progs)");
        return mountImage(image, at);
    }

    Path mountImage(Path image, Path at) throws IOException {
        return mount(at, "-o", "loop", image.toString());
    }

    static boolean starts(List<String> command) {
        try {
            return Child.start(Map.of(), command).exit() == 0;
        } catch (UncheckedIOException e) {
            return false;
        }
    }

    /** Changes a mount. */
    void remount(Path at, String options) {
        assertEquals(0, run("mount", List.of("-o", "remount," + options), at), options);
    }

    /** Takes one away, for good. */
    void unmount(Path at) {
        assertEquals(0, run("umount", List.of(), at), () -> "umount " + at);
        mounted.remove(at);
    }

    private static int run(String command, List<String> arguments, Path at) {
        List<String> all = new ArrayList<>(List.of(command));
        all.addAll(arguments);
        all.add(at.toString());
        return Child.start(Map.of(), all).exit();
    }

    @Override
    public void close() {
        while (!mounted.isEmpty()) {
            run("umount", List.of("-l"), mounted.pop());
        }
    }
}
