package org.latchwork.lock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.latchwork.region.abi.Layout;
import org.latchwork.region.abi.lw_object;
import org.latchwork.region.abi.lw_participant;
import org.latchwork.testing.CProgram;
import org.latchwork.testing.Child;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.ProcessTest;

/** What proves a death, and what does not; and that each is dealt with once and for all, whoever else dies over it. */
@ProcessTest
class RegionDeathTest {
    /** Far more than one, of 10 ms each. */
    private static final int LOOKS = 30;

    @TempDir
    Path directory;

    private Path file;
    private RegionBytes bytes;
    private SyncRegion region;
    private Mutex mutex;

    @BeforeEach
    void open() {
        file = directory.resolve("region");
        bytes = new RegionBytes(file);
        region = SyncRegion.open(file);
        mutex = region.mutex("orders");
    }

    @AfterEach
    void close() {
        region.close();
    }

    /** {@return whether the guard that a thread of this process gets, when it gets it, says that the owner died; repaired and let go} */
    private CompletableFuture<Boolean> acquire() {
        CompletableFuture<Boolean> died = new CompletableFuture<>();
        Thread.ofPlatform().daemon().start(() -> {
            try (Held held = mutex.acquire()) {
                held.markConsistent();
                died.complete(held.ownerDied());
            } catch (Throwable e) {
                died.completeExceptionally(e);
            }
        });
        Conditions.await("it waits, or has it", () -> died.isDone() || (mutex.word().get() & Layout.LW_WAITERS()) != 0);
        return died;
    }

    private void assertNothingIsStolen(CompletableFuture<Boolean> waiter) {
        int owner = mutex.word().get() & Layout.LW_SLOT_MASK();
        long seen = mutex.region().looks();
        Conditions.await("the sentinel looks", () -> mutex.region().looks() >= seen + LOOKS);
        assertFalse(waiter.isDone());
        assertFalse(mutex.tryLock());
        assertEquals(owner, mutex.word().get() & Layout.LW_SLOT_MASK());
    }

    private RegionChild holder() {
        RegionChild holder = RegionChild.start();
        assertEquals("done", holder.ask("open", file));
        assertEquals("false", holder.ask("lock", "orders"));
        return holder;
    }

    private static boolean isStopped(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            return stat.charAt(stat.lastIndexOf(')') + 2) == 'T';
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void aStoppedOwnerIsNotDead() {
        try (RegionChild holder = holder()) {
            holder.child().signal("STOP");
            Conditions.await("it is stopped", () -> isStopped(holder.pid()));
            CompletableFuture<Boolean> waiter = acquire();
            assertNothingIsStolen(waiter);
            try (SyncRegion later = SyncRegion.open(file)) { // attaching recovers the dead as well
                assertFalse(later.mutex("orders").tryLock());
            }
            assertTrue(isStopped(holder.pid()));
            holder.child().signal("CONT");
            assertEquals("done", holder.ask("unlock", "orders"));
            assertFalse(waiter.join());
        }
    }

    @Test
    void anOwnerThatCallsExecIsRecovered() throws IOException {
        Path program = CProgram.compile("region_hand", directory);
        try (Child holder = Child.start(program.toString(), "exec", file.toString(), "orders")) {
            assertEquals("held", holder.line());
            CompletableFuture<Boolean> waiter = acquire();
            assertNothingIsStolen(waiter);
            holder.process().outputWriter().append('\n').flush();
            assertEquals("executed", holder.line());
            assertTrue(waiter.join());
            assertTrue(holder.process().isAlive(), "its process goes on, as another program");
        }
    }

    @Test
    void anOwnerInCIsRecovered() {
        Path program = CProgram.compile("region_hand", directory);
        try (Child holder = Child.start(program.toString(), "exit", file.toString(), "orders")) {
            assertEquals("held", holder.line());
            CompletableFuture<Boolean> waiter = acquire();
            assertNothingIsStolen(waiter);
            holder.signal("KILL");
            assertTrue(waiter.join());
        }
    }

    /** A limit, and not a theft: the child has all that its parent had of the lock. */
    @Test
    void aForkedChildKeepsItsParentAlive() {
        Path program = CProgram.compile("region_hand", directory);
        try (Child parent = Child.start(program.toString(), "fork", file.toString(), "orders")) {
            ProcessHandle child = ProcessHandle.of(Long.parseLong(parent.line().split(" ")[1])).orElseThrow();
            try {
                CompletableFuture<Boolean> waiter = acquire();
                parent.signal("KILL");
                parent.exit();
                assertFalse(ProcessHandle.of(parent.pid()).isPresent(), "the owner is dead");
                assertNothingIsStolen(waiter);
                child.destroyForcibly();
                assertTrue(waiter.join());
            } finally {
                child.destroyForcibly();
            }
        }
    }

    @Test
    void aDeadOwnerWhosePidIsAnothersByNowIsRecovered() {
        try (RegionChild holder = holder()) {
            holder.kill();
            long slot = bytes.participant(holder.pid());
            bytes.word(slot + lw_participant.pid$offset(), (int) ProcessHandle.current().pid());
            assertTrue(acquire().join());
        }
    }

    @Test
    void aLivingOwnerWhosePidLooksDeadKeepsItsLock() throws Exception {
        Process ended = new ProcessBuilder("true").start();
        ended.waitFor();
        try (RegionChild holder = holder()) {
            long slot = bytes.participant(holder.pid());
            bytes.word(slot + lw_participant.pid$offset(), (int) ended.pid());
            CompletableFuture<Boolean> waiter = acquire();
            assertNothingIsStolen(waiter);
            assertEquals("done", holder.ask("unlock", "orders"));
            assertFalse(waiter.join());
        }
    }

    /** Its pid says 1 there, which is another process here, and no pidfd can be had of it. */
    @Test
    void anOwnerInAnotherPidNamespace() {
        List<String> unshare = List.of("unshare", "-p", "-f", "--mount-proc", "--kill-child");
        assumeTrue(Child.start("unshare", "-p", "-f", "--mount-proc", "--kill-child", "true").exit() == 0,
                "skipped: unshare(1) may not make a PID namespace; it needs util-linux and root with CAP_SYS_ADMIN");
        try (RegionChild holder = RegionChild.startBy(unshare)) {
            assertEquals("1", holder.ask("pid"));
            assertEquals("done", holder.ask("open", file));
            assertEquals("false", holder.ask("lock", "orders"));
            CompletableFuture<Boolean> waiter = acquire();
            assertNothingIsStolen(waiter);
            // From there, this process looks as strange: its lock is not stolen either.
            Mutex mine = region.mutex("mine");
            mine.lock();
            assertEquals("false", holder.ask("try", "mine", 20L * LOOKS));
            mine.unlock();
            holder.child().process().toHandle().children().forEach(ProcessHandle::destroyForcibly);
            assertTrue(waiter.join());
        }
    }

    /** The recoverer dies at a step of the recovery, and the next one goes on from whatever it has left. */
    @ParameterizedTest
    @ValueSource(strings = {"recover.begun:1", "recover.word:1", "recover.word:2", "recover.object:1", "recover.object:2", "recover.cleared:1"})
    void aRecovererThatDiesIsRecovered(String fault) {
        region.mutex("other");
        try (RegionChild owner = holder(); RegionChild recoverer = RegionChild.start("-Dorg.latchwork.region.fault=" + fault)) {
            assertEquals("false", owner.ask("lock", "other"));
            assertEquals("done", recoverer.ask("open", file)); // takes a slot, and looks for nobody any more
            owner.kill();
            long slot = bytes.participant(owner.pid());
            recoverer.tell("try", "orders", 60_000); // starts its sentinel
            assertEquals(137, recoverer.child().exit(), "it dies on its way");
            assertEquals(Layout.LW_SLOT_RECOVERING(), bytes.word(slot + lw_participant.state$offset()), "the fault is there");
            assertTrue(acquire().join());
            try (Held held = region.mutex("other").acquire()) {
                assertTrue(held.ownerDied());
                held.markConsistent();
            }
            long recovererSlot = slot(recoverer.pid());
            SyncRegion.open(file).close(); // nobody may have had to wait, and so looked: who attaches does
            Conditions.await("both slots are free", () -> bytes.word(slot + lw_participant.state$offset()) == Layout.LW_SLOT_FREE()
                    && bytes.word(recovererSlot + lw_participant.state$offset()) == Layout.LW_SLOT_FREE());
        }
    }

    /** Whichever comes first in the region's table: the recoverer dies when it has recovered one. */
    @ParameterizedTest
    @ValueSource(strings = {"orders", "other"})
    void whatSomebodyWaitsForIsRecoveredFirst(String name) {
        Mutex other = region.mutex("other");
        Mutex awaited = name.equals("other") ? other : mutex;
        Mutex later = name.equals("other") ? mutex : other;
        try (RegionChild owner = holder(); RegionChild recoverer = RegionChild.start("-Dorg.latchwork.region.fault=recover.object:1")) {
            assertEquals("false", owner.ask("lock", "other"));
            assertEquals("done", recoverer.ask("open", file));
            recoverer.tell("try", name, 60_000);
            Conditions.await("it waits", () -> (awaited.word().get() & Layout.LW_WAITERS()) != 0);
            int held = later.word().get();
            owner.kill();
            assertEquals(137, recoverer.child().exit(), "it dies when it has recovered one");
            assertTrue(LockWord.isInconsistent(awaited.word().get()));
            assertEquals(held, later.word().get());
        }
    }

    private long slot(long pid) {
        for (int slot = 0; slot < RegionOptions.DEFAULT.participants(); slot++) {
            long at = Layout.LW_PAGE_SIZE() + slot * lw_participant.sizeof();
            if (bytes.word(at + lw_participant.pid$offset()) == pid) {
                return at;
            }
        }
        throw new AssertionError("no slot says " + pid);
    }

    /** What another participant does with an object that the dead one never used is not touched: it may be another object by now. */
    @Test
    void anObjectThatTheDeadNeverUsedIsLeftAlone() {
        try (RegionChild holder = holder()) {
            region.mutex("unused");
            holder.kill();
            int deadSlot = (int) ((bytes.participant(holder.pid()) - Layout.LW_PAGE_SIZE()) / lw_participant.sizeof());
            long word = bytes.object("unused") + lw_object.line$offset();
            bytes.word(word, deadSlot + 1); // as a count of another type could look
            assertTrue(acquire().join());
            assertEquals(deadSlot + 1, bytes.word(word));
        }
    }

    /** Freeing the slot would lose what it holds: that is left to a library that knows the type. */
    @Test
    void anObjectOfAnUnknownTypeKeepsTheSlot() {
        try (RegionChild holder = holder()) {
            holder.kill();
            bytes.word(bytes.object("orders") + lw_object.type$offset(), 4711);
            assertTrue(assertThrows(org.latchwork.file.InvalidFileException.class, () -> SyncRegion.open(file)).getMessage().contains("4711"));
            long slot = bytes.participant(holder.pid());
            assertNotEquals(Layout.LW_SLOT_FREE(), bytes.word(slot + lw_participant.state$offset()));
            bytes.word(bytes.object("orders") + lw_object.type$offset(), Layout.LW_MUTEX());
            assertTrue(acquire().join());
        }
    }

    /** Who is stopped with the directory locked keeps others from making objects, and from nothing else. */
    @Test
    void theDeadAreRecoveredWhileSomebodyHasTheDirectory() {
        Path program = CProgram.compile("lock_byte", directory);
        try (Child other = Child.start(program.toString(), file.toString(), "0"); RegionChild holder = holder()) {
            assertEquals("locked", tellAndRead(other));
            AtomicReference<Mutex> made = new AtomicReference<>();
            Thread maker = Thread.ofPlatform().start(() -> made.set(region.mutex("new")));
            Conditions.await("it waits for the directory", () -> maker.getState() == Thread.State.TIMED_WAITING);
            holder.kill();
            assertTrue(acquire().join());
            assertTrue(maker.isAlive(), "the directory is locked still");
            other.signal("KILL");
            Conditions.await("it is made", () -> made.get() != null);
        }
    }

    private static String tellAndRead(Child child) {
        try {
            child.process().outputWriter().append('\n').flush();
            return child.line();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
