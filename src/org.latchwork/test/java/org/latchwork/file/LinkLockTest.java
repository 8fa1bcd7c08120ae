package org.latchwork.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.latchwork.LinuxException;
import org.latchwork.testing.Child;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.ProcessTest;
import org.latchwork.testing.Waiters;

/** One at a time; the dead lose it, the living never. */
@ProcessTest
class LinkLockTest {
    @TempDir
    Path directory;
    private Path file;

    @BeforeEach
    void name() {
        file = directory.resolve("lock");
    }

    @Test
    void oneHasIt() throws IOException {
        try (LinkLock lock = LinkLock.tryAcquire(file).orElseThrow()) {
            assertEquals(file, lock.path());
            assertEquals(Optional.empty(), LinkLock.tryAcquire(file));
            assertTrue(LinkLock.owner(file).orElseThrow().startsWith("process " + ProcessHandle.current().pid() + " of pid:["));
            assertEquals(List.of("lock"), names(), "the private name is gone");
        }
        assertEquals(List.of(), names());
        assertEquals(Optional.empty(), LinkLock.owner(file));
        LinkLock again = LinkLock.tryAcquire(file).orElseThrow();
        again.close();
        again.close();
        assertEquals(List.of(), names());
    }

    @Test
    void waitingEndsWithTheTime() throws InterruptedException {
        try (LinkLock lock = LinkLock.tryAcquire(file).orElseThrow()) {
            long begin = System.nanoTime();
            assertEquals(Optional.empty(), LinkLock.acquire(lock.path(), Duration.ofMillis(30)));
            assertTrue(System.nanoTime() - begin >= 30_000_000, "never early");
            assertEquals(Optional.empty(), LinkLock.acquire(lock.path(), Duration.ZERO));
        }
        LinkLock.acquire(file, Duration.ofSeconds(Long.MAX_VALUE)).orElseThrow().close();
    }

    @Test
    void waitingEndsWithAnInterrupt() {
        try (LinkLock lock = LinkLock.tryAcquire(file).orElseThrow()) {
            Thread.currentThread().interrupt();
            assertThrows(InterruptedException.class, () -> LinkLock.acquire(lock.path(), Conditions.HANG));
            assertFalse(Thread.interrupted());
        }
    }

    /** Four processes, each 200 times: read a number, write the next. */
    @Test
    void processesTakeTurns() throws IOException {
        Path counter = Files.writeString(directory.resolve("counter"), "0");
        List<Child> children = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            children.add(Child.jvm(Counter.class, file, counter, 200));
        }
        for (Child child : children) {
            assertEquals(0, child.exit());
        }
        assertEquals("800", Files.readString(counter));
        assertEquals(List.of("counter"), names());
    }

    static final class Counter {
        public static void main(String[] arguments) throws Exception {
            Path counter = Path.of(arguments[1]);
            for (int i = 0; i < Integer.parseInt(arguments[2]); i++) {
                try (LinkLock lock = LinkLock.acquire(Path.of(arguments[0]), Conditions.HANG).orElseThrow()) {
                    Files.writeString(counter, String.valueOf(Integer.parseInt(Files.readString(counter)) + 1));
                    assert lock.path() != null;
                }
            }
        }
    }

    @Test
    void aDeadOwnerLosesItAndAStoppedOneDoesNot() throws IOException {
        try (Child child = Child.jvm(Owner.class, file)) {
            assertEquals("has it", child.line());
            assertTrue(LinkLock.owner(file).orElseThrow().startsWith("process " + child.pid() + " "));
            assertEquals(Optional.empty(), LinkLock.tryAcquire(file));
            child.signal("STOP");
            assertEquals(Optional.empty(), LinkLock.tryAcquire(file), "who is stopped lives");
            child.signal("KILL");
            child.exit();
        }
        assertTrue(Files.exists(file), "it is left behind");
        try (LinkLock lock = LinkLock.tryAcquire(file).orElseThrow()) {
            assertEquals(Optional.empty(), LinkLock.tryAcquire(lock.path()));
        }
        assertEquals(List.of(), names());
    }

    static final class Owner {
        public static void main(String[] arguments) throws InterruptedException {
            try (LinkLock lock = LinkLock.tryAcquire(Path.of(arguments[0])).orElseThrow()) {
                System.out.println("has it");
                Thread.currentThread().join(Conditions.HANG);
                System.out.println(lock.path());
            }
        }
    }

    @Test
    void whatIsProofAndWhatIsNot() throws IOException {
        LinkLockOwner self = LinkLockOwner.self();
        LinkLockOwner other = new LinkLockOwner(self.boot(), self.namespace(), 0, 0);
        assertEquals(self, LinkLockOwner.parse(self.toString()));
        assertProof(false, self.toString());
        // The id is used again.
        assertProof(true, new LinkLockOwner(self.boot(), self.namespace(), self.pid(), self.start() - 1).toString());
        assertProof(true, new LinkLockOwner(self.boot(), self.namespace(), 1 << 30, 1).toString()); // no such process
        // The machine has started again.
        assertProof(true, new LinkLockOwner("another", self.namespace(), self.pid(), self.start()).toString());
        assertProof(false, new LinkLockOwner(self.boot(), "pid:[1]", 1 << 30, 1).toString()); // in a container, where that id may live
        assertProof(false, "");
        assertProof(false, "12345\n"); // somebody else's lock file
        assertProof(false, other.toString().replace("\n", "")); // cut
        assertProof(false, "link-lock a b c d\n");
    }

    private void assertProof(boolean dead, String content) throws IOException {
        Files.writeString(file, content);
        Optional<LinkLock> lock = LinkLock.tryAcquire(file);
        assertEquals(dead, lock.isPresent(), content);
        lock.ifPresent(LinkLock::close);
        assertEquals(dead ? List.of() : List.of("lock"), names());
        Files.deleteIfExists(file);
    }

    /** Eight threads find a dead lock; in each round one gets it, and it stays that one's. */
    @Test
    void oneOfManyBreaksIt() throws IOException {
        LinkLockOwner self = LinkLockOwner.self();
        String dead = new LinkLockOwner(self.boot(), self.namespace(), 1 << 30, 1).toString();
        for (int round = 0; round < 200; round++) {
            Files.writeString(file, dead);
            List<Optional<LinkLock>> locks = Waiters.start(8, () -> LinkLock.tryAcquire(file)).take(8);
            assertEquals(1, locks.stream().filter(Optional::isPresent).count());
            assertEquals(Optional.empty(), LinkLock.tryAcquire(file));
            locks.forEach(lock -> lock.ifPresent(LinkLock::close));
            assertEquals(List.of(), names());
        }
    }

    @Test
    void whatIsNoLongerItsOwnStays() throws IOException {
        LinkLock lock = LinkLock.tryAcquire(file).orElseThrow();
        Files.delete(file); // by hand
        LinkLock others = LinkLock.tryAcquire(file).orElseThrow();
        lock.close();
        assertEquals(List.of("lock"), names());
        others.close();
        assertEquals(List.of(), names());
    }

    @Test
    void errorsAreNamed() {
        assertEquals("ENOENT", assertThrows(LinuxException.class, () -> LinkLock.tryAcquire(directory.resolve("no/lock"))).errnoName());
        assertEquals("ENAMETOOLONG",
                assertThrows(LinuxException.class, () -> LinkLock.tryAcquire(directory.resolve("x".repeat(250)))).errnoName());
    }

    private List<String> names() throws IOException {
        try (var files = Files.list(directory)) {
            return files.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }
}
