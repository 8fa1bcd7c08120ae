package org.latchwork.publish;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.latchwork.LinuxException;
import org.latchwork.file.Durability;
import org.latchwork.file.PublishOutcome;
import org.latchwork.file.stage.Stage;
import org.latchwork.testing.Child;
import org.latchwork.testing.ProcessTest;

/** Stores on file systems that are full, only readable, another user's, or laid over another. */
@ProcessTest
@ResourceLock(ProcessTest.WAY_OF_STAGING)
class StorePlacesTest {
    private final Mounts mounts = new Mounts();

    @TempDir
    Path directory;

    @AfterEach
    void unmount() {
        System.clearProperty(Stage.WAY);
        mounts.close();
    }

    private static byte[] content(int number, int size) {
        byte[] content = new byte[size];
        new Random(number).nextBytes(content);
        return content;
    }

    /** No room for content, no room for names: told, nothing half public, and there is room again when something goes. */
    @ParameterizedTest
    @ValueSource(strings = {"size=512k", "nr_inodes=40"})
    void aFullFileSystem(String limit) throws IOException {
        for (String way : List.of("unnamed", "named")) {
            Path small = mounts.mount(directory.resolve("small-" + way), "-t", "tmpfs", "-o", limit, "none");
            System.setProperty(Stage.WAY, way);
            try (PublishStore store = PublishStore.open(small.resolve("store"))) {
                List<StoreKey> keys = new ArrayList<>();
                LinuxException full = assertThrows(LinuxException.class, () -> {
                    for (int i = 0; i < 1000; i++) {
                        keys.add(store.put(content(i, 20_000), Durability.CONTENT).key());
                    }
                });
                assertEquals("ENOSPC", full.errnoName());
                assertTrue(full.getMessage().contains("the file system is full"), full.getMessage());
                assertTrue(keys.size() > 5, () -> keys.size() + " were put");
                StoreCheck check = store.check(key -> {});
                assertEquals(List.of(), check.problems());
                assertEquals(keys.size(), check.files());
                assertEquals(PublishOutcome.EXISTED, store.put(content(0, 20_000), Durability.DURABLE).outcome(), "that needs no room");

                Files.delete(small.resolve("store").resolve(keys.get(1).path()));
                Files.delete(small.resolve("store").resolve(keys.get(2).path()));
                assertEquals(PublishOutcome.CREATED, store.put(content(1, 20_000), Durability.CONTENT).outcome());
                assertEquals(0, store.sweep().removed());
            }
            try (var left = Files.list(small.resolve("store/tmp"))) {
                assertEquals(0, left.count());
            }
        }
    }

    /** Btrfs has quotas in every kernel that has it, and they hold for root; ext4's are a matter of the kernel's configuration. */
    @Test
    void aQuotaThatIsUsedUp() throws IOException {
        assumeTrue("root".equals(System.getProperty("user.name")), "skipped: only root can mount an image and set a quota");
        Path place = mounts.make("btrfs", directory.resolve("image"), directory.resolve("place"));
        for (String way : List.of("unnamed", "named")) {
            System.setProperty(Stage.WAY, way);
            Path volume = place.resolve(way);
            shell("btrfs subvolume create \"$1\"; btrfs quota enable \"$1\"; btrfs qgroup limit 4M \"$1\"", volume);
            List<StoreKey> keys = new ArrayList<>();
            try (PublishStore store = PublishStore.open(volume.resolve("store"))) {
                LinuxException usedUp = assertThrows(LinuxException.class, () -> {
                    for (int i = 0; i < 1000; i++) {
                        keys.add(store.put(content(i, 100_000), Durability.CONTENT).key());
                    }
                });
                assertEquals("EDQUOT", usedUp.errnoName());
                assertTrue(usedUp.getMessage().contains("the quota of this user, group or project is used up"), usedUp.getMessage());
                assertTrue(keys.size() > 5, () -> keys.size() + " were put");
                StoreCheck check = store.check(key -> {});
                assertEquals(List.of(), check.problems());
                assertEquals(keys.size(), check.files());
                shell("btrfs qgroup limit none \"$1\"", volume);
                assertEquals(PublishOutcome.CREATED, store.put(content(keys.size(), 100_000), Durability.CONTENT).outcome());
                assertEquals(0, store.sweep().removed());
            }
            try (var left = Files.list(volume.resolve("store/tmp"))) {
                assertEquals(0, left.count());
            }
        }
    }

    private static void shell(String command, Path argument) {
        assertEquals(0, Child.start("sh", "-ec", command, "sh", argument.toString()).exit(), command);
    }

    @Test
    void aFileSystemThatIsOnlyRead() throws IOException {
        Path place = mounts.mount(directory.resolve("place"), "-t", "tmpfs", "-o", "size=1m", "none");
        StoreKey key;
        try (PublishStore store = PublishStore.open(place.resolve("store"))) {
            key = store.put(content(1, 100), Durability.NONE).key();
        }
        mounts.remount(place, "ro");
        try (PublishStore store = PublishStore.open(place.resolve("store"))) {
            assertEquals(100, store.find(key).orElseThrow().size());
            assertEquals(Verification.VALID, store.verify(key));
            assertEquals(1, store.keys().count());
            assertEquals(PublishOutcome.EXISTED, store.put(content(1, 100), Durability.DURABLE).outcome());
            assertFails("EROFS", () -> store.put(content(2, 100), Durability.NONE));
            assertFails("EROFS", () -> store.publish(StoreKey.named("x"), content(2, 100), Durability.NONE));
            try (PublishTransaction transaction = store.begin()) {
                assertFails("EROFS", () -> transaction.put(new ByteArrayInputStream(new byte[1])));
            }
            assertFails("EROFS", () -> store.evict(EvictionPolicy.bySize(0), any -> true));
            assertEquals(0, store.sweep().removed());
        }
        assertFails("EROFS", () -> PublishStore.open(place.resolve("other")));
    }

    /** Another user's store can be read, and what is in it exists; nothing can be put in. */
    @Test
    void noPermission() throws IOException {
        Path readable = Path.of(System.getProperty("latchwork.classes"));
        assumeTrue("root".equals(System.getProperty("user.name")), "skipped: only root can become another user");
        List<String> asNobody = List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups");
        List<String> command = new ArrayList<>(asNobody);
        command.addAll(List.of("test", "-r", readable.toString()));
        assumeTrue(Child.start(Map.of(), command).exit() == 0,
                "skipped: no setpriv (Debian: apt-get install util-linux), or nobody may not read " + readable);
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path ours = Files.createDirectory(directory.resolve("ours"));
        Files.setPosixFilePermissions(ours, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path theirs = Files.createDirectory(directory.resolve("theirs"));
        Files.setPosixFilePermissions(theirs, PosixFilePermissions.fromString("rwxrwxrwx"));
        try (PublishStore store = PublishStore.open(ours)) {
            store.put("there".getBytes(UTF_8), Durability.NONE);
        }
        command = new ArrayList<>(asNobody);
        command.addAll(Child.jvmCommand(List.of(), Nobody.class, ours, theirs));
        try (Child nobody = Child.start(Map.of(), command)) {
            assertEquals("VALID EXISTED", nobody.line());
            assertEquals("EACCES EACCES EACCES", nobody.line());
            // In a place of its own nobody publishes, without root's right to AT_EMPTY_PATH.
            assertEquals("CREATED EXISTED CREATED", nobody.line());
            assertEquals(0, nobody.exit());
        }
        try (PublishStore store = PublishStore.open(ours)) {
            assertEquals(1, store.check(key -> {}).files());
        }
    }

    /** Runs as nobody. */
    static final class Nobody {
        public static void main(String[] arguments) {
            byte[] there = "there".getBytes(UTF_8);
            try (PublishStore store = PublishStore.open(Path.of(arguments[0]))) {
                Published existing = store.put(there, Durability.DURABLE);
                System.out.println(store.verify(existing.key()) + " " + existing.outcome());
                System.out.println(errno(() -> store.put(new byte[1], Durability.NONE)) + " "
                        + errno(() -> store.publish(StoreKey.named("x"), there, Durability.NONE)) + " "
                        + errno(() -> PublishStore.open(Path.of(arguments[0], "objects/new"))));
            }
            try (PublishStore store = PublishStore.open(Path.of(arguments[1], "store"))) {
                System.out.print(store.put(there, Durability.DURABLE).outcome() + " " + store.put(there, Durability.DURABLE).outcome());
            }
            System.setProperty(Stage.WAY, "named");
            try (PublishStore store = PublishStore.open(Path.of(arguments[1], "store"))) {
                System.out.println(" " + store.put(new byte[1], Durability.DURABLE).outcome());
            }
        }

        private static String errno(Runnable call) {
            try {
                call.run();
                return "none";
            } catch (LinuxException e) {
                return e.errnoName();
            }
        }
    }

    @Test
    void laidOverAnotherFileSystem() throws IOException {
        for (String part : List.of("lower", "upper", "work")) {
            Files.createDirectory(directory.resolve(part));
        }
        // What lies below was published before, and is not there twice after.
        try (PublishStore store = PublishStore.open(directory.resolve("lower/store"))) {
            store.put(content(0, 100), Durability.NONE);
        }
        Path merged = mounts.mount(directory.resolve("merged"), "-t", "overlay", "-o", "lowerdir=" + directory.resolve("lower")
                + ",upperdir=" + directory.resolve("upper") + ",workdir=" + directory.resolve("work"), "none");
        for (String way : List.of("unnamed", "named")) {
            System.setProperty(Stage.WAY, way);
            try (PublishStore store = PublishStore.open(merged.resolve("store"))) {
                assertEquals(PublishOutcome.EXISTED, store.put(content(0, 100), Durability.DURABLE).outcome());
                for (Durability durability : Durability.values()) {
                    byte[] content = (way + durability).getBytes(UTF_8);
                    assertEquals(PublishOutcome.CREATED, store.put(content, durability).outcome());
                    assertEquals(PublishOutcome.EXISTED, store.put(content, durability).outcome());
                    assertEquals(PublishOutcome.CREATED, store.publish(StoreKey.named(way + durability), content, durability));
                    assertEquals(PublishOutcome.EXISTED, store.publish(StoreKey.named(way + durability), content, durability));
                }
                assertEquals(List.of(), store.check(key -> {}).problems());
                assertEquals(0, store.sweep().removed());
            }
        }
        try (PublishStore store = PublishStore.open(merged.resolve("store"))) {
            assertEquals(13, store.keys().count());
            EvictionPolicy all = EvictionPolicy.bySize(0).keeping(Duration.ZERO);
            assertEquals(13, store.evict(all, key -> true).evicted());
            assertEquals(0, store.keys().count());
        }
    }

    private static void assertFails(String errno, Executable call) {
        assertEquals(errno, assertThrows(LinuxException.class, call).errnoName());
    }
}
