package org.latchwork.lock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.latchwork.futex.FutexArray;
import org.latchwork.region.abi.Layout;
import org.latchwork.region.abi.lw_header;
import org.latchwork.region.abi.lw_object;
import org.latchwork.region.abi.lw_participant;
import org.latchwork.testing.CProgram;
import org.latchwork.testing.Child;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.ProcessTest;
import org.latchwork.wait.Deadline;

/** The client in C ({@code native-headers/latchwork_client.h}) and Java in one region: the same words, the same deaths. */
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // who waits for a lock waits for ever if something is wrong
@ProcessTest
class CClientTest {
    @TempDir
    static Path programs;

    @TempDir
    Path directory;

    private Path file;
    private RegionBytes bytes;
    private final List<RegionChild> children = new ArrayList<>();

    @BeforeEach
    void name() {
        file = directory.resolve("region");
        bytes = new RegionBytes(file);
    }

    @AfterEach
    void end() {
        children.forEach(RegionChild::close);
    }

    private RegionChild c(String fault) {
        Path program = programs.resolve("region_client");
        RegionChild child = RegionChild.startC(Files.exists(program) ? program : CProgram.compile("region_client", programs), fault);
        children.add(child);
        return child;
    }

    private RegionChild start(String language) {
        if (language.equals("C")) {
            return c("");
        }
        RegionChild child = RegionChild.start();
        children.add(child);
        return child;
    }

    /** {@return a process of that language that is attached} */
    private RegionChild attached(String language) {
        RegionChild child = start(language);
        assertEquals("done", child.ask("open", file));
        return child;
    }

    private int word(String name) {
        return bytes.word(bytes.object(name) + lw_object.line$offset());
    }

    private void awaitWaiter(String name) {
        Conditions.await("it waits", () -> (word(name) & Layout.LW_WAITERS()) != 0);
    }

    private int state(long participant) {
        return bytes.word(participant + lw_participant.state$offset());
    }

    // The same layout

    /** Of a new region, all but the time is equal; and a mutex is where the other looks for it. */
    @Test
    void bothMakeTheSame() throws Exception {
        RegionChild c = attached("C");
        assertEquals("done", c.ask("mutex", "orders"));
        try (SyncRegion region = SyncRegion.open(directory.resolve("java"))) {
            region.mutex("orders");
            try (SyncRegion attached = SyncRegion.open(file)) {
                attached.mutex("orders");
            }
            long participants = bytes.participant(c.pid());
            byte[] ours = Files.readAllBytes(directory.resolve("java"));
            byte[] theirs = Files.readAllBytes(file);
            assertEquals(ours.length, theirs.length);
            for (int i = 0; i < ours.length; i++) {
                boolean differs = i >= lw_header.created$offset() && i < lw_header.created$offset() + Long.BYTES
                        || i >= participants && i < participants + 2 * lw_participant.sizeof();
                assertTrue(differs || ours[i] == theirs[i], "byte " + i);
            }
        }
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    }

    @Test
    void otherCapacitiesAreMadeAlike() throws Exception {
        int[][] all = {{1, 1, 0}, {3, 7, 1}, {17, 1000, 4096}, {1022, 9, 100_000}};
        for (int i = 0; i < all.length; i++) {
            Path made = directory.resolve("c" + i);
            assertEquals("done", start("C").ask("make", made, all[i][0], all[i][1], all[i][2]));
            Path ours = directory.resolve("java" + i);
            SyncRegion.open(ours, RegionOptions.DEFAULT.participants(all[i][0]).objects(all[i][1]).dataSize(all[i][2])).close();
            byte[] header = Files.readAllBytes(made);
            byte[] expected = Files.readAllBytes(ours);
            assertEquals(expected.length, header.length);
            assertEquals(-1, java.util.Arrays.mismatch(java.util.Arrays.copyOf(expected, (int) lw_header.created$offset()),
                    java.util.Arrays.copyOf(header, (int) lw_header.created$offset())));
            SyncRegion.open(made).close();
            assertEquals("rw-rw----", PosixFilePermissions.toString(Files.getPosixFilePermissions(made)));
        }
        assertEquals("! EEXIST", start("C").ask("make", directory.resolve("c0"), 1, 1, 0));
        assertEquals("! EINVAL", start("C").ask("make", directory.resolve("new"), 1023, 1, 0));
        assertEquals("! EINVAL", start("C").ask("make", directory.resolve("new"), 1, 65536, 0));
        assertEquals("! EINVAL", start("C").ask("make", directory.resolve("new"), 1, 1, 4L * Integer.MAX_VALUE));
    }

    /** A name that the two looked for in different places would be there twice. */
    @Test
    void namesAreFoundByBoth() {
        RegionChild c = attached("C");
        Set<String> names = new HashSet<>();
        try (SyncRegion region = SyncRegion.open(file)) {
            for (int i = 0; i < 200; i++) {
                String name = i % 3 == 0 ? "größe-" + i : "x".repeat(1 + i % 60) + i;
                names.add(name);
                if (i % 2 == 0) {
                    region.mutex(name);
                    assertEquals("done", c.ask("mutex", name));
                } else {
                    assertEquals("done", c.ask("mutex", name));
                    region.mutex(name);
                }
            }
            assertEquals("! ENAMETOOLONG", c.ask("mutex", "x".repeat(64)));
            assertEquals("! EINVAL", c.ask("mutex", ""));
            region.semaphore("permits", 1);
            assertEquals("! EPROTOTYPE", c.ask("mutex", "permits"));
            names.add("permits");
        }
        List<String> there = new ArrayList<>();
        for (int index = 0; index < RegionOptions.DEFAULT.objects(); index++) {
            if (bytes.word(bytes.object(index) + lw_object.type$offset()) != 0) {
                there.add(name(index));
            }
        }
        assertEquals(names.size(), there.size());
        assertEquals(names, new HashSet<>(there));
    }

    private String name(int index) {
        byte[] name = new byte[Layout.LW_NAME_SIZE()];
        for (int i = 0; i < name.length; i += Integer.BYTES) {
            int word = bytes.word(bytes.object(index) + lw_object.name$offset() + i);
            for (int b = 0; b < Integer.BYTES; b++) {
                name[i + b] = (byte) (word >>> 8 * b);
            }
        }
        return new String(name, StandardCharsets.UTF_8).replaceAll("\0.*", "");
    }

    @Test
    void aFullRegionIsTold() {
        RegionChild c = start("C");
        assertEquals("done", c.ask("make", file, 2, 3, 0));
        assertEquals("done", c.ask("open", file));
        for (int i = 0; i < 3; i++) {
            assertEquals("done", c.ask("mutex", "mutex" + i));
        }
        assertEquals("! ENOSPC", c.ask("mutex", "one-too-many"));
        attached("C");
        assertEquals("! EUSERS", start("C").ask("open", file));
    }

    @Test
    void wordsAreEqual() {
        RegionChild c = attached("C");
        assertEquals("false", c.ask("lock", "orders"));
        assertEquals(Integer.toUnsignedString(word("orders")), c.ask("held", "orders"));
        long slot = bytes.participant(c.pid());
        int index = (int) ((slot - Layout.LW_PAGE_SIZE()) / lw_participant.sizeof());
        // The first thread of a process has the process's id.
        assertEquals(index + 1 | ((int) c.pid() & Layout.LW_THREAD_MASK()) << Layout.LW_THREAD_SHIFT(), word("orders"));
        assertEquals(0, bytes.word(slot + lw_participant.java$offset()));
        try (SyncRegion region = SyncRegion.open(file)) {
            assertTrue(region.mutex("orders").isLocked());
            assertFalse(region.mutex("orders").tryLock());
            assertEquals("done", c.ask("unlock", "orders"));
            assertEquals(0, word("orders"));
            region.mutex("orders").lock();
            assertEquals("! EBUSY", c.ask("trylock", "orders"));
            assertEquals("! EPERM", c.ask("unlock", "orders"));
            region.mutex("orders").unlock();
            assertEquals("false", c.ask("trylock", "orders"));
            long own = bytes.participant(ProcessHandle.current().pid());
            assertEquals(bytes.longWord(own + lw_participant.pid_namespace$offset()), bytes.longWord(slot + lw_participant.pid_namespace$offset()));
            assertEquals(org.latchwork.linux.Processes.startTime(c.pid()), bytes.longWord(slot + lw_participant.start_time$offset()));
        }
    }

    // Taking and waiting

    @Test
    void theyCountTogether() {
        Path words = directory.resolve("words");
        int each = 5_000;
        List<RegionChild> workers = List.of(attached("C"), attached("Java"), attached("C"), attached("Java"));
        try (TwoPartCounter counter = new TwoPartCounter(words)) {
            for (int i = 0; i < workers.size(); i++) {
                workers.get(i).tell("count", "orders", words, i, each);
            }
            workers.forEach(worker -> assertEquals("done", worker.answer()));
            assertTrue(counter.isWhole());
            assertEquals(each * workers.size(), counter.counted());
            assertEquals(0, word("orders") & ~Layout.LW_WAITERS() & ~Layout.LW_STARVING(), "nobody has it");
        }
    }

    @ParameterizedTest
    @CsvSource({"C, C", "C, Java", "Java, C"})
    void whoWaitsIsWoken(String owner, String waiter) {
        RegionChild has = attached(owner);
        RegionChild waits = attached(waiter);
        assertEquals("false", has.ask("lock", "orders"));
        waits.tell("lock", "orders");
        awaitWaiter("orders");
        assertEquals("done", has.ask("unlock", "orders"));
        assertEquals("false", waits.answer());
    }

    @Test
    void deadlines() {
        RegionChild c = attached("C");
        RegionChild other = attached("C");
        assertEquals("false", c.ask("timed", "orders", -5), "a deadline that has passed takes what is free");
        assertEquals("! ETIMEDOUT at the deadline", other.ask("timed", "orders", 25));
        assertEquals("! ETIMEDOUT at the deadline", other.ask("timed", "orders", 0));
        assertEquals("! EINVAL", other.ask("nodeadline", "orders"));
        assertEquals("done", c.ask("unlock", "orders"));
        assertEquals("false", other.ask("timed", "orders", 60_000));
    }

    @Test
    void misuseIsTold() {
        RegionChild c = attached("C");
        assertEquals("! EPERM", c.ask("unlock", "orders"));
        assertEquals("false", c.ask("lock", "orders"));
        assertEquals("! EDEADLK", c.ask("lock", "orders"));
        assertEquals("! EDEADLK", c.ask("timed", "orders", 1000));
        assertEquals("! EBUSY", c.ask("trylock", "orders"));
        assertEquals("! EPERM", c.ask("stranger", "orders"));
        assertEquals("! EINVAL", c.ask("repair", "orders"), "nobody has died");
        assertEquals("done", c.ask("unlock", "orders"));
        assertEquals("! EPERM", c.ask("repair", "orders"));
    }

    @Test
    void wordsAreWaitedForAndWoken() throws Exception {
        Path words = Files.write(directory.resolve("words"), new byte[16]);
        RegionChild c = start("C");
        try (FutexArray array = FutexArray.map(words, 4, FutexArray.Spacing.PACKED)) {
            assertEquals("! EAGAIN", c.ask("wait", words, 1));
            c.tell("wait", words, 0);
            Conditions.await("it sleeps, and is woken", () -> array.wake(0, 1) == 1);
            assertEquals("done", c.answer());
            Thread sleeper = Thread.ofPlatform().start(() -> array.await(0, 0, Deadline.NEVER));
            Conditions.await("it sleeps, and is woken", () -> c.ask("wake", words, 1).equals("1"));
            assertEquals("0", c.ask("wake", words, 0));
            assertEquals("0", c.ask("wake", words, -1));
            Conditions.await("it ends", () -> !sleeper.isAlive());
        }
    }

    // Deaths

    @ParameterizedTest
    @CsvSource({"C, C", "C, Java", "Java, C"})
    void aDeadOwnerIsRecovered(String owner, String waiter) {
        RegionChild dies = attached(owner);
        RegionChild waits = attached(waiter);
        assertEquals("false", dies.ask("lock", "orders"));
        long slot = bytes.participant(dies.pid());
        waits.tell("lock", "orders");
        awaitWaiter("orders");
        dies.kill();
        assertEquals("true", waits.answer());
        assertEquals(dies.pid(), bytes.word(bytes.object("orders") + lw_object.dead_pid$offset()));
        assertEquals("done", waits.ask("repair", "orders"));
        assertEquals("done", waits.ask("unlock", "orders"));
        assertEquals("false", waits.ask("lock", "orders"));
        Conditions.await("the slot is free", () -> state(slot) == Layout.LW_SLOT_FREE());
    }

    @ParameterizedTest
    @ValueSource(strings = {"C", "Java"})
    void tryingFindsTheDead(String owner) {
        RegionChild dies = attached(owner);
        RegionChild c = attached("C");
        assertEquals("false", dies.ask("lock", "orders"));
        assertEquals("! EBUSY", c.ask("trylock", "orders"));
        dies.kill();
        assertEquals("true", c.ask("trylock", "orders"));
    }

    @Test
    void whoAttachesRecoversTheDead() {
        RegionChild dies = attached("Java");
        assertEquals("false", dies.ask("lock", "orders"));
        long slot = bytes.participant(dies.pid());
        dies.kill();
        assertEquals(Layout.LW_SLOT_LIVE(), state(slot), "nobody has looked yet");
        RegionChild c = attached("C");
        assertEquals(Layout.LW_OWNER_DIED(), word("orders"));
        assertEquals(slot, bytes.participant(c.pid()), "the slot was free again");
    }

    @ParameterizedTest
    @ValueSource(strings = {"C", "Java"})
    void aStoppedOwnerKeepsIt(String owner) {
        RegionChild stopped = attached(owner);
        RegionChild c = attached("C");
        assertEquals("false", stopped.ask("lock", "orders"));
        stopped.child().signal("STOP");
        assertEquals("! ETIMEDOUT at the deadline", c.ask("timed", "orders", 100), "ten looks");
        assertEquals("! EBUSY", c.ask("trylock", "orders"));
        stopped.child().signal("CONT");
        assertEquals("done", stopped.ask("unlock", "orders"));
        assertEquals("false", c.ask("lock", "orders"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"C", "Java"})
    void withoutRepairItIsLost(String careless) {
        RegionChild dies = attached("C");
        RegionChild lets = attached(careless);
        RegionChild waits = attached("C");
        assertEquals("false", dies.ask("lock", "orders"));
        dies.kill();
        assertEquals("true", lets.ask("lock", "orders"));
        waits.tell("lock", "orders");
        awaitWaiter("orders");
        assertEquals("done", lets.ask("unlock", "orders"));
        assertEquals("! ENOTRECOVERABLE", waits.answer());
        assertEquals("! ENOTRECOVERABLE", waits.ask("trylock", "orders"));
        assertEquals("! ENOTRECOVERABLE", waits.ask("timed", "orders", 1000));
        assertEquals("! EPERM", waits.ask("unlock", "orders"));
        try (SyncRegion region = SyncRegion.open(file)) {
            assertThrows(UnrecoverableLockException.class, () -> region.mutex("orders").acquire());
        }
    }

    @Test
    void leavingWithALockHeldIsLikeDying() {
        RegionChild leaves = attached("C");
        RegionChild c = attached("C");
        assertEquals("false", leaves.ask("lock", "orders"));
        long slot = bytes.participant(leaves.pid());
        assertEquals("done", leaves.ask("close"));
        assertEquals(Layout.LW_SLOT_FREE(), state(slot));
        assertEquals("true", c.ask("lock", "orders"));
    }

    /** {@code RegionDeathTest#aForkedChildKeepsItsParentAlive} shows what happens without the handler. */
    @Test
    void aForkedChildDoesNotKeepItsParentAlive() {
        RegionChild parent = attached("C");
        RegionChild c = attached("C");
        assertEquals("false", parent.ask("lock", "orders"));
        parent.tell("fork", "orders", file);
        String[] said = parent.answer().split(" ", 2);
        ProcessHandle child = ProcessHandle.of(Long.parseLong(said[0])).orElseThrow();
        try {
            assertEquals("EBADF EBADF EBADF done done false", said[1]);
            assertEquals("! EBUSY", c.ask("trylock", "orders"), "the parent has it still");
            assertEquals("! EBUSY", c.ask("trylock", "child's"));
            c.tell("timed", "orders", 20_000);
            parent.kill();
            assertEquals("true", c.answer());
            assertTrue(child.isAlive());
            assertEquals("! EBUSY", c.ask("trylock", "child's"), "the child is a participant of its own");
        } finally {
            child.destroyForcibly();
        }
        Conditions.await("the child has died as well", () -> c.ask("trylock", "child's").equals("true"));
    }

    @Test
    void anOwnerThatCallsExecIsRecovered() {
        RegionChild becomes = attached("C");
        RegionChild c = attached("C");
        assertEquals("false", becomes.ask("lock", "orders"));
        c.tell("timed", "orders", 20_000);
        awaitWaiter("orders");
        assertEquals("executed", becomes.ask("exec", "orders"));
        assertEquals("true", c.answer());
        assertTrue(becomes.child().process().isAlive(), "its process goes on, as another program");
    }

    /** What the dead one has in an object that C does not know is kept for Java; what C knows does not wait for that. */
    @Test
    void whatCDoesNotKnowIsLeftToJava() {
        RegionChild dies = attached("Java");
        RegionChild c = attached("C");
        assertEquals("done", dies.ask("permit", "permit"));
        assertEquals("false", dies.ask("lock", "orders"));
        long slot = bytes.participant(dies.pid());
        c.tell("lock", "orders");
        awaitWaiter("orders");
        dies.kill();
        assertEquals("true", c.answer());
        assertEquals("done", c.ask("repair", "orders"));
        assertEquals("done", c.ask("unlock", "orders"));
        assertEquals(Layout.LW_SLOT_RECOVERING(), state(slot));
        RegionChild another = attached("C"); // tries again, and takes another slot
        assertEquals(Layout.LW_SLOT_RECOVERING(), state(slot));
        assertEquals("false", another.ask("lock", "orders"));
        assertEquals("done", another.ask("unlock", "orders"));
        try (SyncRegion region = SyncRegion.open(file)) {
            assertEquals(1, region.robustSemaphore("permit", 1).availablePermits());
            Conditions.await("the slot is free", () -> state(slot) != Layout.LW_SLOT_RECOVERING());
        }
    }

    /** Whoever dies at whatever step of taking, waiting and letting go: the others, in both languages, go on. */
    @ParameterizedTest
    @ValueSource(strings = {"acquire.slow:1", "acquire.wait:1", "acquire.wait:4", "acquire.woken:2", "release.freed:1"})
    void killedAtAStep(String fault) {
        Path words = directory.resolve("words");
        try (TwoPartCounter counter = new TwoPartCounter(words)) {
            RegionChild dies = c(fault);
            assertEquals("done", dies.ask("open", file));
            RegionChild c = attached("C");
            RegionChild java = attached("Java");
            dies.tell("count", "orders", words, 0, Integer.MAX_VALUE);
            // The others count until it is dead, and then some.
            while (dies.child().process().isAlive()) {
                c.tell("count", "orders", words, 1, 200);
                java.tell("count", "orders", words, 2, 200);
                assertEquals("done", c.answer());
                assertEquals("done", java.answer());
            }
            assertEquals(137, dies.child().exit());
            c.tell("count", "orders", words, 1, 200);
            java.tell("count", "orders", words, 2, 200);
            assertEquals("done", c.answer());
            assertEquals("done", java.answer());
            assertTrue(counter.isWhole());
        }
    }

    /** The recoverer, in C, dies at a step of the recovery, and the next one, in C or Java, goes on from whatever it has left. */
    @ParameterizedTest
    @CsvSource({"recover.begun:1, C", "recover.word:2, C", "recover.object:1, C", "recover.cleared:1, C",
        "recover.begun:1, Java", "recover.word:1, Java", "recover.object:2, Java", "recover.cleared:1, Java"})
    void aRecovererThatDiesIsRecovered(String fault, String next) {
        RegionChild owner = attached(next.equals("C") ? "Java" : "C");
        RegionChild recoverer = c(fault);
        assertEquals("done", recoverer.ask("open", file));
        assertEquals("false", owner.ask("lock", "orders"));
        assertEquals("false", owner.ask("lock", "other"));
        owner.kill();
        long slot = bytes.participant(owner.pid());
        recoverer.tell("lock", "orders");
        assertEquals(137, recoverer.child().exit(), "it dies on its way");
        assertEquals(Layout.LW_SLOT_RECOVERING(), state(slot), "the fault is there");
        RegionChild survivor = attached(next);
        assertEquals("true", survivor.ask("lock", "orders"));
        assertEquals("true", survivor.ask("lock", "other"));
        assertEquals(survivor.pid(), bytes.word(slot + lw_participant.pid$offset()), "the slot was free again");
    }

    @Test
    void aMakerThatDiesLeavesAFreeEntry() {
        RegionChild dies = c("create.filled:1");
        assertEquals("done", dies.ask("open", file));
        dies.tell("mutex", "orders");
        assertEquals(137, dies.child().exit());
        assertThrows(AssertionError.class, () -> bytes.object("orders"));
        assertEquals("false", attached("C").ask("lock", "orders"));
    }

    // Files

    @Test
    void whatIsNoRegionIsRefused() throws Exception {
        RegionChild c = start("C");
        Path other = Files.writeString(directory.resolve("other"), "x".repeat(10_000));
        assertEquals("! EBADMSG", c.ask("open", other));
        assertEquals("! EBADMSG", c.ask("open", Files.createFile(directory.resolve("empty"))));
        assertEquals("! EISDIR", c.ask("open", directory));
        assertEquals("! ENOENT", c.ask("open", directory.resolve("no/folder")));
        SyncRegion.open(file).close();
        assertEquals("! ELOOP", c.ask("open", Files.createSymbolicLink(directory.resolve("link"), file)));
        assertEquals("done", c.ask("open", file));
        assertEquals("done", c.ask("close"));

        bytes.word(lw_header.version$offset(), 4711);
        assertEquals("! EPROTONOSUPPORT", c.ask("open", file));
        bytes.word(lw_header.version$offset(), Layout.LW_VERSION());
        long[] words = {lw_header.participants$offset(), lw_header.objects$offset(), lw_header.participants_offset$offset(),
            lw_header.objects_offset$offset(), lw_header.cells_offset$offset(), lw_header.cells_stride$offset(), lw_header.data_offset$offset(),
            lw_header.data_size$offset(), lw_header.size$offset()};
        for (long word : words) {
            int good = bytes.word(word);
            for (int bad : new int[] {0, good + 4096, -1, Integer.MAX_VALUE}) {
                bytes.word(word, bad);
                assertEquals(bad == good ? "done" : "! EBADMSG", c.ask("open", file), "offset " + word + ": " + bad);
            }
            bytes.word(word, good);
        }
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
        assertEquals("! EACCES", c.ask("open", file));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        assertEquals("done", c.ask("open", file));
        assertEquals("done", c.ask("close"));
        bytes.cut(100_000);
        assertEquals("! EBADMSG", c.ask("open", file));
    }

    @Test
    void aRegionOfAnEarlierBootIsReplacedIfNobodyHasIt() throws Exception {
        SyncRegion.open(file).close();
        bytes.longWord(lw_header.boot_id_low$offset(), 4711);
        Object old = Files.getAttribute(file, "unix:ino");
        Path program = CProgram.compile("lock_byte", directory);
        try (Child other = Child.start(program.toString(), file.toString(), String.valueOf(Layout.LW_PAGE_SIZE()))) {
            other.process().outputWriter().append('\n').flush();
            assertEquals("locked", other.line());
            assertEquals("! ESTALE", start("C").ask("open", file));
            assertEquals(old, Files.getAttribute(file, "unix:ino"));
            other.signal("KILL");
            other.exit();
        }
        // Openers in both languages who all judge it dead end in one region.
        List<RegionChild> openers = List.of(start("C"), start("Java"), start("C"), start("C"));
        openers.forEach(opener -> opener.tell("open", file));
        openers.forEach(opener -> assertEquals("done", opener.answer()));
        openers.forEach(opener -> bytes.participant(opener.pid()));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whoWaitsInAReplacedRegionIsTold(boolean relative) throws Exception {
        RegionChild has = attached("C");
        RegionChild waits = relative ? start("C") : attached("C");
        if (relative) { // to where it was when it attached
            assertEquals("done", waits.ask("chdir", directory));
            assertEquals("done", waits.ask("open", file.getFileName()));
            assertEquals("done", waits.ask("chdir", "/"));
        }
        assertEquals("false", has.ask("lock", "orders"));
        waits.tell("lock", "orders");
        awaitWaiter("orders");
        Files.delete(file);
        try (SyncRegion another = SyncRegion.open(file)) {
            assertEquals("! ESTALE", waits.answer());
            assertEquals("! ESTALE", waits.ask("mutex", "orders"));
            assertFalse(another.mutex("orders").isLocked());
        }
    }

    @Test
    void anAnonymousRegionIsAttachedToByItsDescriptor() {
        try (SyncRegion region = SyncRegion.anonymous()) {
            Mutex mutex = region.mutex("orders");
            RegionChild c = start("C");
            assertEquals("done", c.ask("inherit", "/proc/" + ProcessHandle.current().pid() + "/fd/" + region.descriptor()));
            assertEquals("false", c.ask("lock", "orders"));
            assertFalse(mutex.tryLock());
            c.kill();
            try (Held held = mutex.acquire()) {
                assertTrue(held.ownerDied());
            }
        }
    }

    @Test
    void attachingAndLeavingLeavesNothing() {
        RegionChild c = attached("C");
        assertEquals("done 0", c.ask("again", file, 500));
        for (int slot = 1; slot < RegionOptions.DEFAULT.participants(); slot++) {
            assertEquals(Layout.LW_SLOT_FREE(), state(Layout.LW_PAGE_SIZE() + slot * lw_participant.sizeof()));
        }
    }

    @Test
    void whoMakesAnObjectWaitsForTheDirectory() throws Exception {
        RegionChild c = attached("C");
        Path program = CProgram.compile("lock_byte", directory);
        try (Child other = Child.start(program.toString(), file.toString(), "0")) {
            other.process().outputWriter().append('\n').flush();
            assertEquals("locked", other.line());
            c.tell("lock", "orders");
            assertFalse(c.child().process().waitFor(50, TimeUnit.MILLISECONDS));
            other.signal("KILL");
            assertEquals("false", c.answer());
        }
    }

    // Compilers

    /** In each of the languages, strictly; and twice in one program. */
    @ParameterizedTest
    @ValueSource(strings = {"gcc -std=c11 -O2 -Wpedantic -Wshadow", "gcc -std=gnu17 -O0", "clang -std=c11 -Wpedantic", "g++ -std=c++11 -x c++ -Wpedantic",
        "clang++ -std=c++20 -x c++"})
    void itCompiles(String compiler) throws Exception {
        CProgram.requireCompiler();
        Path main = Files.writeString(directory.resolve("main.c"), """
                #ifndef _GNU_SOURCE
                #define _GNU_SOURCE 1
                #endif
                #define LW_CLIENT 1
                #include "latchwork.h"
                #ifdef __cplusplus
                extern "C"
                #endif
                struct lw_process *others(void);
                int main(void) { return others() == &lw_process_state ? 0 : 1; }
                """);
        Path other = Files.writeString(directory.resolve("other.c"), """
                #ifndef _GNU_SOURCE
                #define _GNU_SOURCE 1
                #endif
                #define LW_CLIENT 1
                #include "latchwork.h"
                #ifdef __cplusplus
                extern "C"
                #endif
                struct lw_process *others(void);
                struct lw_process *others(void) { return &lw_process_state; }
                """);
        List<String> command = new ArrayList<>(List.of(compiler.split(" ")));
        String name = command.getFirst();
        org.junit.jupiter.api.Assumptions.assumeTrue(Child.start("sh", "-c", "command -v " + name + " > /dev/null").exit() == 0,
                "skipped: no " + name);
        command.addAll(List.of("-Wall", "-Wextra", "-Werror", "-pthread", "-I", System.getProperty("latchwork.native.headers"),
                "-o", directory.resolve("program").toString(), main.toString(), other.toString()));
        assertEquals(0, Child.start(command.toArray(String[]::new)).exit());
        assertEquals(0, Child.start(directory.resolve("program").toString()).exit(), "one list of regions for both files");
    }
}
