package org.latchwork.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.latchwork.file.Durability;
import org.latchwork.file.stage.Folder;
import org.latchwork.file.stage.Stage;
import org.latchwork.testing.CProgram;
import org.latchwork.testing.Child;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.ProcessTest;
import org.latchwork.testing.Strace;
import org.latchwork.testing.StressTime;

/**
 * The power goes: a file system on a loop device is shut down without flushing, and mounted again. What a durability promises is there, and
 * what NONE does not promise is lost, which shows that something can be.
 */
@ProcessTest
@ResourceLock(ProcessTest.WAY_OF_STAGING)
class PowerCutTest {
    private static final byte[] CONTENT = "content ".repeat(2000).getBytes();
    private static final StoreKey FIRST = StoreKey.named("folder/first");
    private static final StoreKey MANIFEST = StoreKey.named("manifest");

    @TempDir
    Path directory;

    private final Mounts mounts = new Mounts();
    private Path shutDown;
    private String type;
    private Path image;
    private Path place;
    private int number;

    @BeforeEach
    void prepare() {
        assumeTrue("root".equals(System.getProperty("user.name")), "skipped: only root can mount an image and shut it down");
        shutDown = CProgram.compile("shutdown_fs", directory);
    }

    @AfterEach
    void unmount() {
        System.clearProperty(Stage.WAY);
        mounts.close();
    }

    private void makeFileSystem(String fileSystem) throws IOException {
        type = fileSystem;
        image = directory.resolve(type + ".image");
        place = mounts.make(type, image, directory.resolve("place"));
    }

    /**
     * The power goes and comes back. Btrfs cannot be shut down: a copy of what has reached its device is the same, if it is made at once
     * (it writes by itself every half minute, a transaction at a time).
     */
    private void cutPower() throws IOException {
        Path cut = image.resolveSibling("cut");
        if (type.equals("btrfs")) {
            assertEquals(0, Child.start("cp", "--sparse=always", image.toString(), cut.toString()).exit(), "a copy is made");
        } else {
            assertEquals(0, Child.start(shutDown.toString(), place.toString()).exit(), "the file system is shut down");
        }
        mounts.unmount(place);
        // Until then the next mount would find the file system that was shut down: the kernel frees a loop device in its own time.
        Conditions.await("the loop device is free", this::loopIsFree);
        if (type.equals("btrfs")) {
            Files.move(cut, image, StandardCopyOption.REPLACE_EXISTING);
        }
        mounts.mountImage(image, place);
    }

    private boolean loopIsFree() {
        return Child.start("sh", "-c", "test -z \"$(losetup -j '" + image + "')\"").exit() == 0;
    }

    @ParameterizedTest
    @ValueSource(strings = {"ext4", "xfs", "btrfs"})
    void whatIsPromisedIsThere(String fileSystem) throws IOException {
        makeFileSystem(fileSystem);
        for (String way : List.of("unnamed", "named")) {
            System.setProperty(Stage.WAY, way);

            // NONE: reported, and lost.
            Path none = fresh();
            publish(none, Durability.NONE);
            cutPower();
            Path lost = none.resolve(FIRST.path());
            assertTrue(!Files.exists(lost) || Files.size(lost) == 0, "NONE loses, so this test can fail");

            // DURABLE: reported, and there, each time; also what somebody else had published with NONE.
            Path durable = fresh();
            publish(durable, Durability.DURABLE);
            cutPower();
            assertWhole(durable, FIRST);
            Path again = fresh();
            publish(again, Durability.NONE);
            publish(again, Durability.DURABLE); // finds it
            cutPower();
            assertWhole(again, FIRST);

            // A directory that somebody syncs takes the name along, and not the content: which CONTENT had synced before.
            Path trap = fresh();
            publish(trap, Durability.NONE);
            sync(trap.resolve("names/folder"));
            cutPower();
            assertTrue(Files.exists(trap.resolve(FIRST.path())), "the name is on disk");
            System.out.println("power cut, " + type + ", " + way + ": NONE, then fsync of the directory: "
                    + Files.size(trap.resolve(FIRST.path())) + " of " + CONTENT.length + " bytes");
            assertTrue(Files.size(trap.resolve(FIRST.path())) < CONTENT.length, "the trap is there");
            Path content = fresh();
            publish(content, Durability.CONTENT);
            sync(content.resolve("names/folder"));
            cutPower();
            assertWhole(content, FIRST);

            Path transaction = fresh();
            transaction(transaction, Durability.DURABLE);
            cutPower();
            assertWhole(transaction, MANIFEST);
        }
    }

    /** Killed, and the power cut, at each call that changes something or syncs: no public name is torn, and a manifest stands for all. */
    @ParameterizedTest
    @ValueSource(strings = {"ext4", "xfs", "btrfs"})
    @Tag("stress")
    void atEveryStep(String fileSystem) throws IOException {
        Strace.require();
        makeFileSystem(fileSystem);
        Map<String, Integer> seen = new TreeMap<>();
        int cells = 0;
        StressTime time = StressTime.start();
        for (Scenario scenario : List.of(
                Scenario.PUT, Scenario.PUT_NAMED, Scenario.TRANSACTION, Scenario.TRANSACTION_NAMED, Scenario.BATCH)) {
            List<Cells.Cell> calls;
            try (ScenarioChild child = start()) {
                calls = Cells.of(child, scenario, fresh(), directory.resolve("strace.log"));
            }
            for (Cells.Cell cell : calls) {
                if (time.isOver()) {
                    break;
                }
                if (!cell.line().matches(".*\\b(mkdirat|linkat|unlinkat|pwrite64|fsync|syncfs)\\(.*|.*O_(CREAT|TMPFILE).*")) {
                    continue;
                }
                Path store = fresh();
                try (ScenarioChild child = start()) {
                    Strace strace = Strace.attach(child.awaitReady().process(), directory.resolve("strace.log"),
                            List.of("-e", "trace=" + Cells.TRACED, "-e", "inject=" + cell.call() + ":signal=KILL:when=" + cell.when()));
                    child.tell(scenario, store);
                    assertEquals(128 + 9, child.process().exit());
                    strace.detach();
                }
                sync(place); // the names that there are reach the disk: the worst that can come between
                cutPower();
                cells++;
                try {
                    seen.merge(Files.exists(store.resolve("store")) ? "a store" : "nothing", 1, Integer::sum);
                    if (Files.exists(store)) {
                        scenario.assertWhole(store);
                    }
                } catch (Throwable failure) {
                    throw new AssertionError(scenario + ", power cut at " + cell, failure);
                }
            }
        }
        System.out.println("power cut, " + type + ": " + cells + (time.isOver() ? " cells, until the time was over, " : " cells, ") + seen);
        assertTrue(cells > 0 && (seen.size() == 2 || time.isOver()), "both were seen");
    }

    private ScenarioChild start() throws IOException {
        return ScenarioChild.start(directory);
    }

    private Path fresh() {
        return place.resolve("store-" + number++);
    }

    private static void publish(Path folder, Durability durability) throws IOException {
        try (PublishStore store = PublishStore.open(folder)) {
            store.publish(FIRST, new ByteArrayInputStream(CONTENT), durability);
        }
    }

    private static void transaction(Path folder, Durability durability) throws IOException {
        try (PublishStore store = PublishStore.open(folder); PublishTransaction transaction = store.begin()) {
            transaction.publish(FIRST, new ByteArrayInputStream(CONTENT));
            transaction.manifest(MANIFEST, new ByteArrayInputStream(CONTENT));
            transaction.commit(durability);
        }
    }

    private static void sync(Path folder) {
        try (Folder open = Folder.open(folder)) {
            open.sync();
        }
    }

    private static void assertWhole(Path folder, StoreKey key) throws IOException {
        for (StoreKey each : List.of(FIRST, key)) {
            assertTrue(Arrays.equals(CONTENT, Files.readAllBytes(folder.resolve(each.path()))), each + " is whole");
        }
    }
}
