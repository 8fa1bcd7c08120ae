package org.latchwork.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.latchwork.lock.Mutex;
import org.latchwork.lock.RegionReport;
import org.latchwork.lock.SyncRegion;
import org.latchwork.testing.Child;
import org.latchwork.testing.Conditions;

/** {@code latchwork inspect} and {@code latchwork watch}, as packaged. */
class InspectIT {
    private final Command command = Command.packaged();

    @TempDir
    Path directory;

    private Path file() {
        return directory.resolve("region");
    }

    @Test
    void holdersWaitersAndACycle() throws Exception {
        try (SyncRegion region = SyncRegion.open(file())) {
            Mutex a = region.mutex("a");
            Mutex b = region.mutex("b");
            region.rwLock("idle");
            CountDownLatch bothHeld = new CountDownLatch(2);
            Thread one = deadlock(a, b, bothHeld);
            Thread other = deadlock(b, a, bothHeld);
            Conditions.await("they wait for each other", () -> SyncRegion.inspect(file()).cycles().size() == 1);

            String shown = command.latchwork("inspect", file().toString()).out();
            long pid = ProcessHandle.current().pid();
            assertTrue(shown.contains("1 of 64 participants, 3 of 1024 objects"), shown);
            assertTrue(shown.matches("(?s).*\\n0 +alive +" + pid + " +Java +20.*"), shown);
            assertTrue(shown.matches("(?s).*\\na +mutex +held +" + pid + "/" + one.threadId() + " +" + pid + "/" + other.threadId() + ", since 20.*"),
                    shown);
            assertTrue(shown.matches("(?s).*\\nidle +read-write lock +free +- +-\\n.*"), shown);
            assertTrue(shown.contains("CYCLE: process " + pid + " thread "), shown);

            String json = command.latchwork("inspect", "--json", file().toString()).out();
            assertTrue(json.contains("{\"name\":\"a\",\"type\":\"mutex\",\"state\":\"held\",\"holder\":{\"slot\":0,\"pid\":" + pid + ",\"thread\":"
                    + one.threadId() + ",\"gone\":false}"), json);
            assertTrue(json.contains("\"cycles\":[[{\"pid\":" + pid), json);

            String watched = command.latchwork("watch", "--interval", "0.01", "--count", "2", file().toString()).out();
            assertEquals(2, watched.split("CYCLE", -1).length - 1, watched);
            one.interrupt();
            one.join();
            other.join();
            assertEquals(List.of(), SyncRegion.inspect(file()).cycles());
        }
    }

    private static Thread deadlock(Mutex first, Mutex second, CountDownLatch bothHeld) {
        return Thread.ofPlatform().start(() -> {
            first.lock();
            bothHeld.countDown();
            try {
                bothHeld.await();
                second.lockInterruptibly();
                second.unlock();
            } catch (InterruptedException e) {
                // lets the other one go on
            } finally {
                first.unlock();
            }
        });
    }

    /** Holds a lock until it is killed. */
    static final class Holder {
        private Holder() {}

        public static void main(String[] arguments) throws Exception {
            SyncRegion.open(Path.of(arguments[0])).mutex("orders").lock();
            System.out.println("held");
            Thread.sleep(Long.MAX_VALUE);
        }
    }

    @Test
    void stoppedDeadAndUnrecoverable() {
        try (Child holder = Child.start(Child.java(), "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"),
                Holder.class.getName(), file().toString())) {
            assertEquals("held", holder.line());
            holder.signal("STOP");
            Conditions.await("it is stopped", () -> stateOf(0) == RegionReport.State.STOPPED);
            holder.signal("KILL");
            holder.exit();
            assertEquals(RegionReport.State.DEAD, stateOf(0), "nobody has recovered it: looking does not");
            String shown = command.latchwork("inspect", file().toString()).out();
            assertTrue(shown.matches("(?s).*\\n0 +dead +" + holder.pid() + " .*\\norders +mutex +held +" + holder.pid() + "/.*"), shown);
        }
        try (SyncRegion region = SyncRegion.open(file())) {
            assertEquals("owner died", stateOfOrders());
            region.mutex("orders").acquire().close();
            assertEquals("unrecoverable", stateOfOrders());
        }
    }

    private RegionReport.State stateOf(int slot) {
        return SyncRegion.inspect(file()).participants().get(slot).state();
    }

    private String stateOfOrders() {
        return SyncRegion.inspect(file()).objects().getFirst().state();
    }

    @Test
    void whatIsNoRegionIsTold() throws IOException {
        command.latchwork("inspect", file().toString()).is(2, "",
                "latchwork inspect: openat(AT_FDCWD, \"" + file() + "\", O_RDONLY|O_NOFOLLOW|O_CLOEXEC) failed: ENOENT (2): No such file or directory\n");
        Files.writeString(file(), "hello\n");
        Command.Result result = command.latchwork("inspect", file().toString());
        assertTrue(result.err().contains("is no region"), result.err());
    }
}
