package org.latchwork.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.latchwork.file.Durability;
import org.latchwork.testing.Child;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.FutexSleepers;
import org.latchwork.testing.ProcessTest;
import org.latchwork.testing.Strace;
import org.latchwork.wait.Deadline;
import org.latchwork.wait.WaitOutcome;

/** What waiting for a name is like for whole processes: whatever does not work, which calls are made, and what is left. The engines have no part in it. */
@ProcessTest
@Timeout(180)
class StoreAwaitProcessTest extends StoreWaiting {
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

    /** Nobody waits: no futex call. Somebody did, and has left: one, once. */
    @Test
    void aPublicationWithoutWaitersMakesNoFutexCall() throws IOException {
        Strace.require();
        try (PublishingChild child = new PublishingChild(store.path())) {
            assertTrue(Files.exists(path(NoticeBoard.FILE)));
            assertEquals(0, wakes(child, StoreKey.named("never waited for")));
            StoreKey left = StoreKey.named("left");
            for (int millis = 1; (word(left) & 1) == 0; millis *= 2) { // until it came to say that it waits before the time was over
                assertEquals(WaitOutcome.TIMED_OUT, store.await(left, Deadline.after(Duration.ofMillis(millis))).outcome());
                assertTrue(millis < Conditions.HANG.toMillis(), "it never says so");
            }
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

    /** When nobody has waited for a while, the thread ends and the instance is closed; who comes then has new ones. */
    @Test
    void theThreadEndsWhenNobodyWaitsAndComesBack() throws IOException {
        try (Child child = Child.jvm(WaiterMain.class, store.path())) {
            assertEquals("ready", child.line());
            StoreKey first = StoreKey.named("first");
            write(child, first);
            Conditions.await("it waits", () -> (word(first) & 1) == 1);
            shell("mkdir -p \"${2%/*}\"; ln \"$1\" \"$2\"", content(), path(first.path()));
            assertEquals("WOKEN", child.line());
            assertTrue(watcher(child) > 0, "the thread is there");
            assertEquals(1, instances(child));
            Conditions.await("the thread has ended", () -> watcher(child) < 0);
            Conditions.await("and the instance is closed", () -> instances(child) == 0);
            write(child, NAME);
            awaitWaiting(child);
            shell("ln \"$1\" \"$2\"", content(), path("names/name"));
            assertEquals("WOKEN", child.line());
        }
    }

    private static long instances(Child child) {
        try (Stream<Path> all = Files.list(Path.of("/proc/" + child.pid() + "/fd"))) {
            return all.filter(file -> {
                try {
                    return Files.readSymbolicLink(file).toString().contains("inotify");
                } catch (IOException e) {
                    return false; // it has just been closed
                }
            }).count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
