package org.latchwork.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.latchwork.file.Durability;
import org.latchwork.file.PublishOutcome;
import org.latchwork.futex.FutexArray;
import org.latchwork.lock.SyncRegion;
import org.latchwork.publish.PublishStore;
import org.latchwork.publish.StoreKey;
import org.latchwork.testing.Child;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.NativeThread;
import org.latchwork.testing.Waiters;
import org.latchwork.wait.Deadline;
import org.latchwork.wait.WaitPolicy;

/** The examples that the javadoc shows do what they say. */
class ExamplesTest {
    @TempDir
    Path directory;

    @Test
    void checkpoint() {
        Path file = directory.resolve("file");
        NativeThread<Boolean> parent = NativeThread.start(() -> CheckpointExample.parent(file));
        Conditions.await("the parent has made the file", () -> Files.exists(file));
        try (Child child = Child.jvm(CheckpointChild.class, file)) {
            assertEquals("true", child.line());
        }
        assertTrue(parent.result());
    }

    /** The child of the example, as a process. */
    static final class CheckpointChild {
        public static void main(String[] arguments) {
            System.out.println(CheckpointExample.child(Path.of(arguments[0])));
        }
    }

    @Test
    void gate() {
        try (FutexArray gates = FutexArray.allocate(2, FutexArray.Spacing.CACHE_LINE)) {
            NativeThread<Boolean> passer = NativeThread.start(() -> {
                FutexArrayExample.pass(gates, 1);
                return true;
            });
            Conditions.await("it stands at the gate", passer::isInFutexCall);
            FutexArrayExample.open(gates, 1);
            assertTrue(passer.result());
        }
    }

    @Test
    void awaitAny() {
        try (FutexArray orders = FutexArray.allocate(1, FutexArray.Spacing.PACKED);
                FutexArray signs = FutexArray.memfd("signs", 1, FutexArray.Spacing.PACKED)) {
            NativeThread<Integer> worker = NativeThread.start(() -> WaitingExample.nextOrder(orders, signs));
            Waiters.awaitAsleep(1, signs.word(0));
            orders.setRelease(0, 7);
            assertEquals(1, orders.wake(0, 1));
            assertEquals(7, worker.result());
            orders.setRelease(0, 0);
            worker = NativeThread.start(() -> WaitingExample.nextOrder(orders, signs));
            Waiters.awaitAsleep(1, signs.word(0));
            signs.setRelease(0, 1);
            assertEquals(1, signs.wakeAll(0));
            assertEquals(-1, worker.result());
        }
    }

    @Test
    void async() throws Exception {
        try (FutexArray answers = FutexArray.memfd("answers", 2, FutexArray.Spacing.PACKED)) {
            CompletableFuture<String> told = WaitingExample.whenAnswered(answers, 1);
            answers.setRelease(1, 42);
            Conditions.await("it is told", () -> answers.wake(1, 1) == 1 || told.isDone());
            assertTrue(told.get().endsWith(" 42"), told.get());
        }
    }

    @Test
    void policy() throws Exception {
        try (FutexArray answers = FutexArray.allocate(1, FutexArray.Spacing.PACKED)) {
            WaitPolicy policy = WaitPolicy.adaptive();
            assertEquals(0, WaitingExample.answer(answers, 0, Deadline.after(Duration.ofMillis(1)), policy));
            answers.set(0, 9);
            assertEquals(9, WaitingExample.answer(answers, 0, Deadline.NEVER, policy));
        }
    }

    @Test
    void store() throws IOException {
        String key = "sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"; // as sha256sum says
        assertEquals("CREATED " + key + " CREATED VALID", PublishStoreExample.tour(directory.resolve("store")));
        assertEquals("EXISTED " + key + " EXISTED VALID", PublishStoreExample.tour(directory.resolve("store")));
        assertEquals("hello\n", Files.readString(directory.resolve("store/names/greetings/hello")));
    }

    @Test
    void lock() {
        Path file = directory.resolve("region");
        LockExample.shareALock(file);
        try (SyncRegion region = SyncRegion.open(file)) {
            try (SyncRegion dying = SyncRegion.open(file)) {
                dying.mutex("orders").lock();
            }
            assertTrue(LockExample.updateOrRepair(region.mutex("orders")));
            assertFalse(LockExample.updateOrRepair(region.mutex("orders")));
        }
    }

    @Test
    void counting() throws Exception {
        try (SyncRegion region = SyncRegion.open(directory.resolve("region"))) {
            CountingExample.useOneOfThree(region);
            CountingExample.useOneOfThreeAndMaybeDie(region);
            assertEquals(3, region.semaphore("printers", 3).availablePermits());
            assertEquals(3, region.robustSemaphore("licences", 3).availablePermits());
            region.countDown("ready", 2).countDown();
            CountingExample.startWhenAllAreReady(region);
            CountingExample.load(region);
            CountingExample.use(region);
            assertTrue(region.completion("loaded").isDone());
        }
    }

    @Test
    void barrier() {
        Path file = directory.resolve("region");
        try (SyncRegion region = SyncRegion.open(file)) {
            NativeThread<Integer> one = NativeThread.start(() -> CountingExample.workInSteps(region, 4));
            try (SyncRegion leaving = SyncRegion.open(file)) {
                NativeThread<Integer> other = NativeThread.start(() -> CountingExample.workInSteps(leaving, 3));
                assertEquals(3, other.result());
            }
            assertEquals(3, one.result(), "the fourth step was not done together");
            assertTrue(region.barrier("step", 2).isBroken());
        }
    }

    @Test
    void await() {
        Path folder = directory.resolve("store");
        try (PublishStore store = PublishStore.open(folder)) {
            Waiters<String> waiter = Waiters.start(1, () -> PublishStoreExample.whenThere(store));
            Conditions.await("it waits", () -> Files.exists(folder.resolve("board")));
            store.publish(StoreKey.named("greetings/hello"), "hello\n".getBytes(StandardCharsets.UTF_8), Durability.NONE);
            assertEquals("hello\n", waiter.take());
        }
    }

    @Test
    void publish() throws IOException {
        assertEquals(PublishOutcome.CREATED, StagedFileExample.publishAnswer(directory));
        assertEquals(42, Files.readAllBytes(directory.resolve("answer"))[0]);
        assertEquals(PublishOutcome.EXISTED, StagedFileExample.publishAnswer(directory), "somebody was first, with the same");
        Files.write(directory.resolve("answer"), new byte[4096]);
        assertEquals(PublishOutcome.COLLISION, StagedFileExample.publishAnswer(directory), "somebody was first, with something else");
    }
}
