package org.latchwork.publish;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.latchwork.file.Durability;
import org.latchwork.futex.FutexArray;
import org.latchwork.testing.Child;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.FutexSleepers;
import org.latchwork.testing.Strace;
import org.latchwork.testing.Waiters;
import org.latchwork.wait.Deadline;
import org.latchwork.wait.EngineTest;
import org.latchwork.wait.WaitOutcome;

/** Waiting for a name: whoever publishes it, however the waiter's thread is made, and whatever does not work. */
@Timeout(180)
@EngineTest
class StoreAwaitTest {
    private static final StoreKey NAME = StoreKey.named("name");
    private static final byte[] CONTENT = "content".getBytes(UTF_8);
    private static final String WATCHER = "latchwork-inotify";

    @TempDir
    Path directory;
    private PublishStore store;

    @BeforeEach
    void open() {
        store = PublishStore.open(directory.resolve("store"));
    }

    @AfterEach
    void close() {
        store.close();
    }

    private Path path(String relative) {
        return store.path().resolve(relative);
    }

    /** A thread that waits for a key, in the kernel or with its request at the engine. */
    private final class Waiter {
        private final StoreKey key;
        private final FutureTask<Awaited> task;
        private final Thread thread;

        Waiter(boolean virtual, StoreKey key) {
            this(virtual, key, Deadline.NEVER);
        }

        Waiter(boolean virtual, StoreKey key, Deadline deadline) {
            this.key = key;
            this.task = new FutureTask<>((Callable<Awaited>) () -> store.await(key, deadline));
            this.thread = virtual ? Thread.ofVirtual().start(task) : Thread.ofPlatform().daemon().start(task);
        }

        /** It has said on the board that it waits, and is in its wait. */
        Waiter awaitWaiting() {
            Conditions.await(key + " is waited for", () -> (word(key) & 1) == 1 && isBlocked());
            return this;
        }

        private boolean isBlocked() {
            String innermost = Stream.of(thread.getStackTrace()).map(StackTraceElement::toString).toList().toString();
            // The store's own gate is the engine's as well, and is passed before the first look: only the wait itself comes after the last one.
            return innermost.contains("engine.") && (innermost.contains("Futex.awaitAny(") || innermost.contains("FutexArray.await("));
        }

        Awaited end() {
            try {
                return task.get(Conditions.HANG.toSeconds(), TimeUnit.SECONDS);
            } catch (Exception e) {
                throw new AssertionError(key + " is still waited for, or the wait failed", e);
            }
        }

        void endsWithFile() {
            Awaited awaited = end();
            assertEquals(WaitOutcome.WOKEN, awaited.outcome());
            assertEquals(key, awaited.file().orElseThrow().key());
            assertEquals(CONTENT.length, awaited.file().orElseThrow().size());
        }
    }

    /** {@return the key's word on the board, 0 where there is no board yet} */
    private int word(StoreKey key) {
        try (FileChannel board = FileChannel.open(path(NoticeBoard.FILE), StandardOpenOption.READ)) {
            ByteBuffer word = ByteBuffer.allocate(4).order(ByteOrder.nativeOrder());
            board.read(word, 4L * NoticeBoard.index(key));
            return word.getInt(0);
        } catch (IOException e) {
            return 0;
        }
    }

    /** A publisher has found the waiter on the board; the lowest bit is the waiter's, which may have set it again before its last look. */
    private void assertTold(int before) {
        assertEquals((before >> 1) + 1, word(NAME) >> 1);
    }

    private static void shell(String command, Object... arguments) {
        List<String> all = new ArrayList<>(List.of("sh", "-ec", command, "sh"));
        Stream.of(arguments).map(Object::toString).forEach(all::add);
        assertEquals(0, Child.start(all.toArray(String[]::new)).exit(), command);
    }

    private Path content() {
        try {
            Path file = directory.resolve("content");
            return Files.exists(file) ? file : Files.write(file, CONTENT);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

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

    @Test
    void publishedByOneWhoIsKilledBeforeItWakes() throws IOException {
        Strace.require();
        Path log = directory.resolve("strace.log");
        for (int attempt = 0; ; attempt++) {
            StoreKey key = StoreKey.named("killed-" + attempt);
            try (PublishingChild child = new PublishingChild(store.path())) {
                Waiter waiter = new Waiter(attempt % 2 == 1, key).awaitWaiting();
                Strace strace = Strace.attachThread(child.thread, log,
                        List.of("-e", "trace=linkat,futex", "-e", "inject=futex:signal=KILL:when=1"));
                child.tell(key);
                assertEquals(128 + 9, child.child.exit());
                List<String> lines = strace.detach();
                if (lines.stream().anyMatch(line -> line.contains("FUTEX_WAKE, 2147483647"))) {
                    assertTrue(lines.getFirst().matches("linkat\\(.*\"" + key + "\".* = 0"), lines::toString);
                    assertEquals("+++ killed by SIGKILL +++", lines.getLast());
                    waiter.endsWithFile();
                    return;
                }
                assertTrue(attempt < 5, () -> "the JVM's own futex calls come first each time: " + lines);
                store.publish(key, CONTENT, Durability.NONE);
                waiter.endsWithFile();
            }
        }
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

    /** A waiter in a child, whose calls fail as told; a stranger publishes, so that the board says nothing. */
    @ParameterizedTest
    @CsvSource({"inotify_init1, EMFILE", "inotify_add_watch, ENOSPC", "inotify_add_watch, EACCES", "fstatfs, EIO"})
    void whereInotifyIsRefusedTheNameIsLookedAtAgain(String call, String error) throws IOException {
        Strace.require();
        try (Child child = Child.jvm(WaiterMain.class, store.path())) {
            assertEquals("ready", child.line());
            Strace strace = Strace.attach(child, directory.resolve("strace.log"),
                    List.of("-e", "trace=inotify_init1,inotify_add_watch,fstatfs", "-e", "inject=" + call + ":error=" + error));
            write(child, NAME);
            awaitWaiting(child);
            shell("mkdir -p \"${2%/*}\"; ln \"$1\" \"$2\"", content(), path("names/name"));
            assertEquals("WOKEN", child.line());
            List<String> lines = strace.detach();
            assertTrue(lines.stream().anyMatch(line -> line.contains(call + "(") && line.contains("(INJECTED)")), lines::toString);
        }
    }

    private void awaitWaiting(Child child) {
        Conditions.await("the child sleeps on the board",
                () -> FutexSleepers.in(child.pid(), path(NoticeBoard.FILE), 4L * NoticeBoard.index(NAME)) == 1);
    }

    /** The instance breaks under those who wait: they look again. */
    @Test
    void anInotifyThatBreaksEndsNoWait() throws IOException {
        Strace.require();
        StoreKey warmUp = StoreKey.named("warm-up");
        try (Child child = Child.jvm(WaiterMain.class, store.path())) {
            assertEquals("ready", child.line());
            write(child, warmUp); // the thread has its classes, then: it will not read them
            Conditions.await("it waits", () -> (word(warmUp) & 1) == 1);
            shell("mkdir -p \"${2%/*}\"; ln \"$1\" \"$2\"", content(), path(warmUp.path()));
            assertEquals("WOKEN", child.line());
            write(child, NAME);
            awaitWaiting(child);
            Strace strace = Strace.attachThread(watcher(child), directory.resolve("strace.log"),
                    List.of("-e", "trace=read", "-e", "inject=read:error=EIO:when=1"));
            shell("touch \"$1\"", path("names/else")); // what the instance tells of before it is read again
            Conditions.await("its thread has ended", () -> watcher(child) < 0);
            awaitWaiting(child);
            shell("ln \"$1\" \"$2\"", content(), path("names/name"));
            assertEquals("WOKEN", child.line());
            List<String> lines = strace.detach();
            assertTrue(lines.stream().anyMatch(line -> line.contains("(INJECTED)")), lines::toString);
        }
    }

    /** {@return the kernel's id of the child's thread that reads inotify, or −1} Of its name the kernel keeps 15 characters. */
    private static long watcher(Child child) {
        try (Stream<Path> threads = Files.list(Path.of("/proc/" + child.pid() + "/task"))) {
            return threads.filter(thread -> {
                try {
                    return WATCHER.startsWith(Files.readString(thread.resolve("comm")).strip());
                } catch (IOException e) {
                    return false; // it has just ended
                }
            }).mapToLong(thread -> Long.parseLong(thread.getFileName().toString())).findAny().orElse(-1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits for the keys that it reads, and tells the outcome. */
    static final class WaiterMain {
        public static void main(String[] arguments) throws IOException {
            try (PublishStore store = PublishStore.open(Path.of(arguments[0]))) {
                System.out.println("ready");
                BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
                for (String line; (line = in.readLine()) != null; ) {
                    System.out.println(store.await(StoreKey.parse(line), Deadline.NEVER).outcome());
                }
            }
        }
    }

    private static void write(Child child, StoreKey key) throws IOException {
        var writer = child.process().outputWriter();
        writer.write(key + "\n");
        writer.flush();
    }

    /** A warm process that publishes what it is told to. */
    private static final class PublishingChild implements AutoCloseable {
        private final Child child;
        private final long thread;

        PublishingChild(Path store) {
            // Not compiled: who asks for a compilation wakes the compiler's threads, by a futex call of the JVM's own.
            child = Child.start(Map.of(), Child.jvmCommand(List.of("-Xint"), PublisherMain.class, store));
            thread = Long.parseLong(child.line());
        }

        void tell(StoreKey key) throws IOException {
            write(child, key);
        }

        String answer() {
            return child.line();
        }

        @Override
        public void close() {
            child.close();
        }
    }

    static final class PublisherMain {
        public static void main(String[] arguments) throws IOException {
            Path folder = Path.of(arguments[0]);
            // What it may do later it has done before: it has published, with somebody waiting and with nobody.
            try (PublishStore store = PublishStore.open(folder);
                    StoreFolder again = StoreFolder.open(folder);
                    NoticeBoard board = new NoticeBoard(again)) {
                for (int i = 0; i < 50; i++) {
                    StoreKey key = StoreKey.named("warm-up/" + ProcessHandle.current().pid() + "/" + i);
                    if (i % 2 == 0) {
                        NoticeBoard.expect(board.forWaiters(), NoticeBoard.index(key));
                    }
                    store.publish(key, CONTENT, Durability.NONE);
                }
                System.out.println(Files.readSymbolicLink(Path.of("/proc/thread-self")).getFileName());
                BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
                for (String line; (line = in.readLine()) != null; ) {
                    System.out.println(store.publish(StoreKey.parse(line), CONTENT, Durability.NONE));
                }
            }
        }
    }

    /** Nobody waits: no futex call. Somebody did, and has left: one, once. */
    @Test
    void aPublicationWithoutWaitersMakesNoFutexCall() throws IOException {
        Strace.require();
        try (PublishingChild child = new PublishingChild(store.path())) {
            assertTrue(Files.exists(path(NoticeBoard.FILE)));
            assertEquals(0, wakes(child, StoreKey.named("never waited for")));
            StoreKey left = StoreKey.named("left");
            assertEquals(WaitOutcome.TIMED_OUT, store.await(left, Deadline.after(Duration.ofMillis(1))).outcome());
            assertEquals(1, wakes(child, left));
            assertEquals(0, word(left) & 1);
        }
    }

    private long wakes(PublishingChild child, StoreKey key) throws IOException {
        Strace strace = Strace.attachThread(child.thread, directory.resolve("strace.log"), List.of("-e", "trace=futex,linkat"));
        child.tell(key);
        assertEquals("CREATED", child.answer());
        List<String> lines = strace.detach();
        assertTrue(lines.stream().anyMatch(line -> line.startsWith("linkat(")), lines::toString);
        return lines.stream().filter(line -> line.contains("FUTEX_WAKE, ")).count(); // the JVM's own are private
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
        Conditions.await("the thread has ended", () -> watchers() == 0);
        Conditions.await("and the instance is closed", () -> descriptors() == descriptors - 1);
        Waiter again = new Waiter(false, NAME).awaitWaiting();
        shell("ln \"$1\" \"$2\"", content(), path("names/name"));
        again.endsWithFile();
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
