package org.latchwork.publish;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.latchwork.file.Durability;
import org.latchwork.futex.FutexArray;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.Waiters;
import org.latchwork.wait.Deadline;
import org.latchwork.wait.EngineTest;
import org.latchwork.wait.WaitOutcome;

/** Waiting for a name: whoever publishes it, and however the waiter's thread is made. What is one for all engines: {@link StoreAwaitProcessTest}. */
@Timeout(180)
@EngineTest
class StoreAwaitTest extends StoreWaiting {
    @Test
    void whatIsThereIsNotWaitedFor() {
        store.publish(NAME, CONTENT, Durability.NONE);
        Awaited awaited = store.await(NAME, Deadline.NEVER);
        assertEquals(WaitOutcome.VALUE_DIFFERS, awaited.outcome());
        assertEquals(store.find(NAME), awaited.file());
        Deadline passed = Deadline.after(Duration.ZERO);
        assertEquals(new Awaited(Optional.empty(), WaitOutcome.TIMED_OUT), store.await(StoreKey.named("other"), passed));
        assertFalse(Files.exists(path(NoticeBoard.FILE)), "nobody has waited: there is no board");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void publishedByThisProcess(boolean virtual) {
        Waiter waiter = new Waiter(virtual, NAME).awaitWaiting();
        int before = word(NAME);
        store.publish(NAME, CONTENT, Durability.NONE);
        waiter.endsWithFile();
        assertTold(before);
        StoreKey key = PublishStoreTest.key(CONTENT);
        waiter = new Waiter(virtual, key).awaitWaiting();
        store.put(CONTENT, Durability.NONE);
        waiter.endsWithFile();
    }

    @Test
    void committedInATransaction() throws IOException {
        Waiter waiter = new Waiter(false, NAME).awaitWaiting();
        int before = word(NAME);
        try (PublishTransaction transaction = store.begin()) {
            transaction.publish(StoreKey.named("part"), new ByteArrayInputStream(CONTENT));
            transaction.manifest(NAME, new ByteArrayInputStream(CONTENT));
            assertFalse(waiter.task.isDone());
            transaction.commit(Durability.NONE);
        }
        waiter.endsWithFile();
        assertTold(before);
    }

    /** No name comes, so that nothing but the board can wake. */
    @Test
    void theBoardWakesByItself() {
        try (StoreFolder one = StoreFolder.open(store.path()); NoticeBoard waiters = new NoticeBoard(one);
                StoreFolder other = StoreFolder.open(store.path()); NoticeBoard publishers = new NoticeBoard(other)) {
            FutexArray words = waiters.forWaiters();
            int index = NoticeBoard.index(NAME);
            int expected = NoticeBoard.expect(words, index);
            assertEquals(expected, NoticeBoard.expect(words, index), "two waiters expect the same");
            FutureTask<WaitOutcome> waiter = new FutureTask<>(() -> words.await(index, expected));
            Thread.ofPlatform().daemon().start(waiter);
            Waiters.awaitAsleep(1, words.word(index));
            publishers.tell(StoreKey.named("another"));
            assertEquals(expected, words.get(index), "another key has another word");
            publishers.tell(NAME);
            assertEquals(WaitOutcome.WOKEN, ended(waiter));
            assertEquals(expected + 1, words.get(index));
            publishers.tell(NAME);
            assertEquals(expected + 1, words.get(index), "where nobody waits nothing changes");
        }
    }

    private static <T> T ended(FutureTask<T> task) {
        try {
            return task.get(Conditions.HANG.toSeconds(), TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** A wake that is lost is a waiter that never returns. */
    @Test
    void noWakeOfTheBoardIsLost() {
        int rounds = 20_000;
        try (StoreFolder folder = StoreFolder.open(store.path()); NoticeBoard board = new NoticeBoard(folder)) {
            FutexArray words = board.forWaiters();
            int index = NoticeBoard.index(NAME);
            AtomicInteger published = new AtomicInteger();
            AtomicInteger seen = new AtomicInteger();
            FutureTask<Integer> waiter = new FutureTask<>(() -> {
                while (seen.get() < rounds) {
                    int expected = NoticeBoard.expect(words, index);
                    int there = published.getOpaque();
                    if (there == seen.get()) {
                        words.await(index, expected);
                    } else {
                        seen.set(there);
                    }
                }
                return seen.get();
            });
            Thread.ofPlatform().daemon().start(waiter);
            for (int i = 1; i <= rounds; i++) {
                published.setOpaque(i);
                board.tell(NAME);
                int round = i;
                long hang = System.nanoTime() + Conditions.HANG.toNanos();
                while (seen.get() < round) {
                    assertTrue(System.nanoTime() < hang, () -> "the waiter has missed round " + round);
                    Thread.onSpinWait();
                }
            }
            assertEquals(rounds, ended(waiter));
        }
    }

    @Test
    void publishedByAnotherJvm() throws IOException {
        try (PublishingChild child = new PublishingChild(store.path())) {
            Waiter waiter = new Waiter(false, NAME).awaitWaiting();
            Waiter virtual = new Waiter(true, NAME).awaitWaiting();
            int before = word(NAME);
            child.tell(NAME);
            waiter.endsWithFile();
            virtual.endsWithFile();
            assertEquals("CREATED", child.answer());
            assertTold(before);
        }
    }

    @ParameterizedTest
    @CsvSource({"false, ln", "true, ln", "false, mv"})
    void publishedByAStranger(boolean virtual, String how) {
        store.publish(StoreKey.named("makes the folder"), CONTENT, Durability.NONE);
        Waiter waiter = new Waiter(virtual, NAME).awaitWaiting();
        shell(how + " \"$1\" \"$2\"", content(), path("names/name"));
        waiter.endsWithFile();
    }

    /** The folders come one by one, are removed again under the waiter's hands, and come again. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theFolderIsMissingAtFirst(boolean virtual) {
        StoreKey key = StoreKey.named("a/b/c");
        Waiter waiter = new Waiter(virtual, key).awaitWaiting();
        for (String step : List.of("mkdir names", "mkdir names/a", "rmdir names/a", "rmdir names", "mkdir names", "mkdir names/a names/a/b",
                "mv names/a names/away", "touch names/a", "rm names/a", "mkdir -p names/a/b", "ln ../content names/a/b/c")) {
            assertFalse(waiter.task.isDone(), step);
            content();
            shell("cd \"$1\"; " + step, store.path());
        }
        waiter.endsWithFile();
        StoreKey content = StoreKey.content("0".repeat(64));
        waiter = new Waiter(virtual, content).awaitWaiting();
        shell("mkdir -p \"$1\"", path("objects/00"));
        shell("ln \"$1\" \"$2\"", content(), path(content.path()));
        waiter.endsWithFile();
    }

    @Test
    void twoHundredVirtualThreadsEachForItsOwn() {
        List<Waiter> waiters = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            waiters.add(new Waiter(true, StoreKey.named("folder-" + i % 10 + "/" + i)));
        }
        waiters.forEach(Waiter::awaitWaiting);
        for (int i = 199; i >= 0; i--) {
            assertFalse(waiters.get(i).task.isDone());
            if (i % 2 == 0) {
                store.publish(waiters.get(i).key, CONTENT, Durability.NONE);
            } else {
                shell("mkdir -p \"${2%/*}\"; ln \"$1\" \"$2\"", content(), path(waiters.get(i).key.path()));
            }
            waiters.get(i).endsWithFile();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anInterruptEndsIt(boolean virtual) throws Exception {
        FutureTask<Boolean> task = new FutureTask<>(() -> {
            Awaited awaited = store.await(NAME, Deadline.NEVER);
            assertEquals(WaitOutcome.INTERRUPTED, awaited.outcome());
            assertTrue(Thread.currentThread().isInterrupted(), "the status stays set");
            assertEquals(WaitOutcome.INTERRUPTED, store.await(NAME, Deadline.NEVER).outcome(), "before it begins, too");
            assertThrows(InterruptedException.class, awaited::throwIfInterrupted);
            return Thread.currentThread().isInterrupted();
        });
        Thread thread = virtual ? Thread.ofVirtual().start(task) : Thread.ofPlatform().daemon().start(task);
        Conditions.await("it waits", () -> (word(NAME) & 1) == 1);
        thread.interrupt();
        assertFalse(ended(task));
    }

    @ParameterizedTest
    @CsvSource({"false, false", "false, true", "true, false", "true, true"})
    void neverEarly(boolean virtual, boolean realtime) {
        for (int millis : new int[] {1, 30, 130}) {
            long begin = System.nanoTime();
            Instant beginning = Instant.now();
            Deadline deadline = realtime ? Deadline.at(beginning.plusMillis(millis)) : Deadline.after(Duration.ofMillis(millis));
            assertEquals(new Awaited(Optional.empty(), WaitOutcome.TIMED_OUT), new Waiter(virtual, NAME, deadline).end());
            if (realtime) {
                assertFalse(Instant.now().isBefore(beginning.plusMillis(millis)));
            } else {
                assertTrue(System.nanoTime() - begin >= TimeUnit.MILLISECONDS.toNanos(millis));
            }
        }
    }

    @Test
    void closingTheStoreEndsIt() {
        List<Waiter> waiters = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            waiters.add(new Waiter(i % 2 == 0, StoreKey.named("name-" + i)));
        }
        waiters.subList(0, 30).forEach(Waiter::awaitWaiting); // the others may be anywhere
        try (PublishStore other = PublishStore.open(store.path())) {
            FutureTask<Awaited> elsewhere = new FutureTask<>(() -> other.await(StoreKey.named("name-7"), Deadline.NEVER));
            Thread.ofVirtual().start(elsewhere);
            store.close();
            for (Waiter waiter : waiters.subList(0, 30)) {
                assertEquals(new Awaited(Optional.empty(), WaitOutcome.CLOSED), waiter.end());
            }
            assertThrows(IllegalStateException.class, () -> store.await(NAME, Deadline.NEVER));
            other.publish(StoreKey.named("name-7"), CONTENT, Durability.NONE);
            assertTrue(ended(elsewhere).file().isPresent(), "another store, of the same folder, is not closed");
        }
    }

    /** The board's permissions are the folder's: who can publish can wake. */
    @ParameterizedTest
    @CsvSource({"rwx------, rw-------", "rwxrwx---, rw-rw----", "rwxr-xr-x, rw-r--r--", "rwxrwxrwx, rw-rw-rw-"})
    void theBoardIsMadeWholeWithTheFoldersPermissions(String folder, String board) throws IOException {
        Files.setPosixFilePermissions(store.path(), PosixFilePermissions.fromString(folder));
        assertEquals(WaitOutcome.TIMED_OUT, store.await(NAME, Deadline.after(Duration.ofMillis(1))).outcome());
        assertEquals(board, PosixFilePermissions.toString(Files.getPosixFilePermissions(path(NoticeBoard.FILE))));
        byte[] page = Files.readAllBytes(path(NoticeBoard.FILE));
        assertEquals(4096, page.length);
        assertEquals("LWNB", new String(page, 0, 4, UTF_8));
        assertEquals(List.of(), store.check(key -> {}).problems());
        assertEquals(0, store.sweep().removed());
        try (Stream<Path> left = Files.list(path("tmp"))) {
            assertEquals(0, left.count());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "short", "folder"})
    void withoutAUsableBoardInotifyTells(String board) throws IOException {
        if (board.equals("folder")) {
            Files.createDirectory(path(NoticeBoard.FILE));
        } else {
            Files.writeString(path(NoticeBoard.FILE), board);
        }
        Waiter waiter = new Waiter(false, NAME);
        Conditions.await("it waits", waiter::isBlocked);
        store.publish(NAME, CONTENT, Durability.NONE);
        waiter.endsWithFile();
    }

    @Test
    void aBoardThatIsCutUnderTheWaiterDoesNotMatter() throws IOException {
        Waiter waiter = new Waiter(false, NAME).awaitWaiting();
        try (FileChannel board = FileChannel.open(path(NoticeBoard.FILE), StandardOpenOption.WRITE)) {
            board.truncate(0);
        }
        store.publish(NAME, CONTENT, Durability.NONE);
        waiter.endsWithFile();
        waiter = new Waiter(true, StoreKey.named("other"));
        Conditions.await("it waits", waiter::isBlocked);
        store.publish(waiter.key, CONTENT, Durability.NONE);
        waiter.endsWithFile();
    }

    @Test
    void nothingLeaks() throws IOException {
        store.publish(StoreKey.named("folder/there"), CONTENT, Durability.NONE);
        await(StoreKey.named("folder/first"));
        Conditions.await("the last watch is gone", () -> watches() == 0);
        long descriptors = descriptors();
        for (int i = 0; i < 1000; i++) {
            await(StoreKey.named(i % 2 == 0 ? "folder/" + i : "missing/" + i));
        }
        for (int i = 0; i < 200; i++) { // those that are woken
            Waiter waiter = new Waiter(i % 3 == 0, StoreKey.named("folder/there-" + i)).awaitWaiting();
            store.publish(waiter.key, CONTENT, Durability.NONE);
            waiter.endsWithFile();
        }
        Conditions.await("the last watch is gone", () -> watches() == 0);
        assertEquals(descriptors, descriptors());
        assertEquals(1, watchers(), "one thread for all");
    }

    private void await(StoreKey key) {
        assertEquals(WaitOutcome.TIMED_OUT, store.await(key, Deadline.after(Duration.ofNanos(200_000))).outcome());
    }

    private static long watchers() {
        return Thread.getAllStackTraces().keySet().stream().filter(thread -> thread.getName().equals(WATCHER)).count();
    }

    private static long descriptors() {
        try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
            // Of other tests there may be an io_uring that goes when it has been idle for a while.
            return all.filter(file -> !link(file).contains("io_uring")).count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String link(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException e) {
            return ""; // the listing's own
        }
    }

    /** {@return the watches of all inotify instances of this process (proc_pid_fdinfo(5))} */
    private static long watches() {
        try (Stream<Path> all = Files.list(Path.of("/proc/self/fdinfo"))) {
            return all.flatMap(file -> {
                try {
                    return Files.readAllLines(file).stream();
                } catch (IOException e) {
                    return Stream.empty(); // the listing's own
                }
            }).filter(line -> line.startsWith("inotify ")).count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
