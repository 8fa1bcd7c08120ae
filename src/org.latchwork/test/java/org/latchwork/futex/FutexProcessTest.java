package org.latchwork.futex;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.latchwork.file.SharedFile;
import org.latchwork.testing.CProgram;
import org.latchwork.testing.Child;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.FutexSleepers;
import org.latchwork.testing.ProcessTest;
import org.latchwork.testing.Waiters;
import org.latchwork.wait.WaitOutcome;

/** The same contract between processes, Java and C: exact wake counts, requeueing, values that differ, stopped waiters, and privacy. */
@ProcessTest
class FutexProcessTest {
    private static final int WORDS = 1024;
    private static final int PROCESSES = 10;

    @TempDir
    static Path directory;

    private final SharedFile memfd = SharedFile.memfd("words", WORDS * 4);
    private final FutexArray array = FutexArray.over(memfd.map(WORDS * 4), 0, WORDS, FutexArray.Spacing.PACKED);
    private final List<Child> children = new ArrayList<>();
    /** Where each child has mapped word 0. */
    private final List<Long> bases = new ArrayList<>();

    @AfterEach
    void close() {
        children.forEach(Child::close);
        array.close();
    }

    private String path() {
        return "/proc/" + ProcessHandle.current().pid() + "/fd/" + memfd.descriptor();
    }

    private void startC(String command, Object file, int first, int last) {
        children.add(Child.start(program().toString(), command, file.toString(), String.valueOf(first), String.valueOf(last)));
    }

    private static Path program() {
        Path program = directory.resolve("futex_words");
        return Files.exists(program) ? program : CProgram.compile("futex_words", directory);
    }

    private void startJava(int first, int last) {
        children.add(Child.jvm(WordsChild.class, ProcessHandle.current().pid(), memfd.descriptor(), first, last));
    }

    private void readBases() {
        children.forEach(child -> bases.add(Long.parseUnsignedLong(child.line(), 16)));
    }

    private void awaitAsleep(int child, int index) {
        Conditions.await("child " + child + " sleeps on word " + index,
                () -> FutexSleepers.on(children.get(child).pid(), bases.get(child) + 4L * index) == 1);
    }

    @Test
    void aWakeWakesExactlyAllCProcessesWhoWait() {
        for (int i = 0; i < PROCESSES; i++) {
            startC("wait", path(), i + 1, PROCESSES);
        }
        assertExactWakes();
    }

    @Test
    void aWakeWakesExactlyAllJavaProcessesWhoWait() {
        for (int i = 0; i < PROCESSES; i++) {
            startJava(i + 1, PROCESSES);
        }
        assertExactWakes();
    }

    /** On word n wait the first n children: each starts at its own number and takes every word after it. */
    private void assertExactWakes() {
        readBases();
        for (int n = 1; n <= PROCESSES; n++) {
            for (int child = 0; child < n; child++) {
                awaitAsleep(child, n);
            }
            assertEquals(n, n % 2 == 0 ? array.wake(n, n) : Futex.SHARED.wake(array.word(n), n));
            for (int child = 0; child < n; child++) {
                assertEquals("WOKEN " + n, children.get(child).line());
            }
            assertEquals(0, array.wake(n, n));
        }
        children.forEach(child -> assertEquals(0, child.exit()));
    }

    @Test
    void aWakeLeavesTheOthersAsleep() {
        for (int i = 0; i < 5; i++) {
            startC("wait", path(), 0, 0);
        }
        readBases();
        for (int i = 0; i < 5; i++) {
            awaitAsleep(i, 0);
        }
        assertEquals(1, array.wake(0, 1));
        Conditions.await("one process has ended", () -> alive() == 4);
        assertEquals(0, array.wake(0, 0));
        assertEquals(4, array.wakeAll(0));
        children.forEach(child -> assertEquals(0, child.exit()));
        assertEquals(0, array.wakeAll(0));
    }

    private long alive() {
        return children.stream().filter(child -> child.process().isAlive()).count();
    }

    @Test
    void waitersOfOtherProcessesAreRequeued() {
        for (int i = 0; i < 10; i++) {
            startC("wait", path(), 0, 0);
        }
        readBases();
        for (int i = 0; i < 10; i++) {
            awaitAsleep(i, 0);
        }
        assertEquals(-1, array.requeue(0, 1, 3, 7, 1));
        assertEquals(10, array.requeue(0, 0, 3, 7, 1));
        Conditions.await("three processes have ended", () -> alive() == 7);
        assertEquals(0, array.wakeAll(0));
        assertEquals(7, array.wakeAll(1));
        children.forEach(child -> assertEquals(0, child.exit()));
    }

    @Test
    void aChangedValueIsSeenByTheOtherProcess() {
        array.setRelease(3, 1);
        array.setRelease(4, -1);
        startC("wait", path(), 3, 4);
        startJava(3, 4);
        readBases();
        for (Child child : children) {
            assertEquals("VALUE_DIFFERS 3", child.line());
            assertEquals("VALUE_DIFFERS 4", child.line());
        }
    }

    @Test
    void privateFutexesNeverMatchAcrossProcesses() {
        startC("wait", path(), 0, 0);
        startC("wait-private", path(), 0, 0);
        readBases();
        awaitAsleep(0, 0);
        awaitAsleep(1, 0);
        assertEquals(0, Futex.PRIVATE.wake(array.word(0), Integer.MAX_VALUE));
        awaitAsleep(0, 0);
        assertEquals(1, Futex.SHARED.wake(array.word(0), Integer.MAX_VALUE), "the shared waiter alone");
        assertEquals("WOKEN 0", children.getFirst().line());
        assertEquals(0, children.getFirst().exit());
        awaitAsleep(1, 0);
        assertEquals(1, alive());
    }

    @Test
    void aCProgramWakesAJavaWaiter() {
        program(); // a missing compiler skips the test here, not with a waiter asleep
        Waiters<WaitOutcome> waiter = Waiters.start(1, () -> array.await(7, 0, Conditions.HANG));
        Waiters.awaitAsleep(1, array.word(7));
        assertEquals("0", wakeFromC("wake-private", path()));
        Waiters.awaitAsleep(1, array.word(7));
        assertEquals("1", wakeFromC("wake", path()));
        assertEquals(WaitOutcome.WOKEN, waiter.take());
        assertEquals("0", wakeFromC("wake", path()));
    }

    private static String wakeFromC(String command, Object file) {
        try (Child c = Child.start(program().toString(), command, file.toString(), "7", "1000")) {
            return c.line();
        }
    }

    @Test
    void aMappedFileDoesTheSame() throws IOException {
        Path file = Files.write(directory.resolve("words"), new byte[4096]);
        try (FutexArray mapped = FutexArray.map(file, WORDS, FutexArray.Spacing.PACKED)) {
            startC("wait", file, 5, 5);
            readBases();
            awaitAsleep(0, 5);
            assertEquals(1, mapped.wake(5, 10));
            assertEquals("WOKEN 5", children.getFirst().line());

            Waiters<WaitOutcome> waiter = Waiters.start(1, () -> mapped.await(7, 0));
            Waiters.awaitAsleep(1, mapped.word(7));
            assertEquals("1", wakeFromC("wake", file));
            assertEquals(WaitOutcome.WOKEN, waiter.take());
        }
    }

    /** A stopped waiter leaves the queue, and comes back with SIGCONT. */
    @Test
    void aStoppedWaiterTakesNoWakeAndWaitsOnAfterwards() {
        startJava(0, 0);
        readBases();
        awaitAsleep(0, 0);
        children.getFirst().signal("STOP");
        Conditions.await("the child has stopped", () -> stopped(children.getFirst().pid()));
        assertEquals(0, array.wakeAll(0));
        children.getFirst().signal("CONT");
        awaitAsleep(0, 0);
        assertEquals(1, array.wakeAll(0));
        assertEquals("WOKEN 0", children.getFirst().line());
    }

    private static boolean stopped(long pid) {
        try (Stream<Path> tasks = Files.list(Path.of("/proc/" + pid + "/task"))) {
            for (Path task : tasks.toList()) {
                if (!Files.readString(task.resolve("status")).contains("State:\tT (stopped)")) {
                    return false;
                }
            }
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
