package org.latchwork.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.latchwork.checkpoint.Checkpoint;
import org.latchwork.file.Durability;
import org.latchwork.futex.FutexArray;
import org.latchwork.lock.Held;
import org.latchwork.lock.SyncRegion;
import org.latchwork.publish.PublishStore;
import org.latchwork.wait.Deadline;

/** Goes once through what the children of the tests do, so that {@link ChildArchive} has the classes. {@code arguments}: an empty folder. */
final class ChildRehearsal {
    private ChildRehearsal() {}

    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        locks(folder.resolve("region"));
        waits(folder.resolve("words"));
        store(folder.resolve("store"));
        try (Checkpoint checkpoint = Checkpoint.init(folder.resolve("checkpoint"))) {
            checkpoint.await(0, 1, TimeUnit.MILLISECONDS);
            checkpoint.wake(0, 0, 1, TimeUnit.MILLISECONDS);
        }
        new BufferedReader(new InputStreamReader(System.in)).readLine();
        System.out.println("rehearsed " + ProcessHandle.current().pid());
    }

    private static void locks(Path file) throws Exception {
        try (SyncRegion region = SyncRegion.open(file)) {
            try (Held held = region.mutex("mutex").acquire()) {
                held.await(region.mutex("mutex").condition("condition"), Deadline.after(1, TimeUnit.MILLISECONDS));
            }
            try (SyncRegion again = SyncRegion.open(file)) {
                again.mutex("mutex").acquire().close();
            }
            region.rwLock("rw").tryAcquireRead().ifPresent(held -> held.close());
            region.rwLock("rw").tryAcquireWrite().ifPresent(held -> held.close());
            region.ticketLock("ticket").acquire().close();
            region.semaphore("semaphore", 1).acquire();
            region.robustSemaphore("robust", 1).acquire();
            region.countDown("count", 1).countDown();
            region.barrier("barrier", 1).await();
            region.guardedSegment("guarded", 64);
            region.eventCount("events").signal();
            region.spinLock("spin").acquire().close();
            region.seqLock("seq");
        }
    }

    private static void waits(Path file) throws Exception {
        Files.write(file, new byte[4096]);
        try (FutexArray words = FutexArray.map(file, 16, FutexArray.Spacing.PACKED)) {
            words.await(0, 0, 1, TimeUnit.MILLISECONDS);
            Thread.ofVirtual().start(() -> words.await(0, 0, 1, TimeUnit.MILLISECONDS)).join();
            words.wakeAll(0);
        }
    }

    private static void store(Path folder) throws IOException, InterruptedException {
        try (PublishStore store = PublishStore.open(folder)) {
            store.put("content".getBytes(StandardCharsets.UTF_8), Durability.NONE);
            store.keys().forEach(store::find);
            store.sweep();
        }
    }
}
