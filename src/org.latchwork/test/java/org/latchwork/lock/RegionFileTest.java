package org.latchwork.lock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.latchwork.LinuxException;
import org.latchwork.file.FileReplacedException;
import org.latchwork.file.FileTruncatedException;
import org.latchwork.file.InvalidFileException;
import org.latchwork.region.abi.Layout;
import org.latchwork.region.abi.lw_header;
import org.latchwork.testing.Child;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.ProcessTest;
import org.latchwork.testing.StressTime;

/** A region's file: which is taken for one, who replaces or deletes it, and what becomes of those who use one that is lost. */
@ProcessTest
class RegionFileTest {
    @TempDir
    Path directory;

    private Path newRegion(String name) {
        Path file = directory.resolve(name);
        SyncRegion.open(file).close();
        return file;
    }

    private static String refusal(Path file) {
        InvalidFileException refused = assertThrows(InvalidFileException.class, () -> SyncRegion.open(file));
        assertTrue(refused.getMessage().startsWith(file + ": "), refused.getMessage());
        return refused.getMessage();
    }

    private static void assertContains(String text, Object... parts) {
        for (Object part : parts) {
            assertTrue(text.contains(part.toString()), () -> "\"" + text + "\" does not say " + part);
        }
    }

    // What is refused

    @Test
    void whatIsNoRegionIsRefusedByNameAndLeftAsItIs() throws IOException {
        Path text = Files.writeString(directory.resolve("text"), "no region".repeat(100));
        assertContains(refusal(text), "is no region", "0x");
        assertEquals("no region".repeat(100), Files.readString(text));
        Path empty = Files.createFile(directory.resolve("empty"));
        assertContains(refusal(empty), "is no region", "0 bytes");
        assertContains(refusal(directory), "is a directory");
        Path link = Files.createSymbolicLink(directory.resolve("link"), newRegion("there"));
        assertContains(refusal(link), "symbolic link");
        assertThrows(InvalidFileException.class, () -> SyncRegion.delete(text));
        assertTrue(Files.exists(text));
    }

    @Test
    void aHeaderThatDiffersIsRefusedWithBothValues() throws IOException {
        Path good = newRegion("good");
        record Field(long offset, int value, String name) {}
        for (Field field : List.of(
                new Field(lw_header.version$offset(), 77, "version 77"),
                new Field(lw_header.layout$offset(), 78, "layout hash 78"),
                new Field(lw_header.page_size$offset(), 65536, "page size 65536"),
                new Field(lw_header.participants$offset(), 0, "1 to 1022 participants, not 0"),
                new Field(lw_header.objects$offset(), -1, "objects, not -1"),
                new Field(lw_header.participants_offset$offset(), 64, "offset of participants 64"),
                new Field(lw_header.objects_offset$offset(), 65, "offset of objects 65"),
                new Field(lw_header.cells_offset$offset(), 66, "offset of cells 66"),
                new Field(lw_header.cells_stride$offset(), 67, "stride of cells 67"),
                new Field(lw_header.data_offset$offset(), 68, "offset of data 68"),
                new Field(lw_header.size$offset(), 69, "size 69"))) {
            Path bad = Files.copy(good, directory.resolve("bad"), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);
            RegionBytes bytes = new RegionBytes(bad);
            int right = bytes.word(field.offset);
            bytes.word(field.offset, field.value);
            assertContains(refusal(bad), field.name);
            if (!field.name.contains(", not")) {
                assertContains(refusal(bad), Integer.toUnsignedString(right));
            }
        }
        Path cut = Files.copy(good, directory.resolve("cut"), StandardCopyOption.COPY_ATTRIBUTES);
        long size = Files.size(good);
        new RegionBytes(cut).cut(size - 1);
        assertContains(refusal(cut), "too short", size - 1, size);
    }

    @Test
    void whatEverybodyCanWriteIsRefused() throws IOException {
        Path file = newRegion("region");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
        assertContains(refusal(file), "0666", "everybody");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-r--"));
        SyncRegion.open(file).close();
    }

    /** As in {@code /dev/shm}: somebody else has put a file under the name that we look for. */
    @Test
    void whatBelongsToAnotherUserIsRefusedUnlessItsGroupLetsUsIn() throws IOException {
        assumeTrue((int) Files.getAttribute(directory, "unix:uid") == 0, "skipped: only root can give files away");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
        Path file = newRegion("region");
        Files.setAttribute(file, "unix:uid", 4711);
        Files.setAttribute(file, "unix:gid", 4712);
        assertContains(refusal(file), "4711", "4712", "0600", "user 0");
        assumeTrue(Child.start("setpriv", "--reuid", "4713", "--regid", "4713", "--groups", "4712", Child.java(), "-version").exit() == 0,
                "skipped: another user cannot run this java, or there is no setpriv(1) (Debian: apt-get install util-linux)");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw----"));
        try (RegionChild member = RegionChild.startBy(List.of("setpriv", "--reuid", "4713", "--regid", "4713", "--groups", "4712"));
                RegionChild owner = RegionChild.startBy(List.of("setpriv", "--reuid", "4711", "--regid", "4711", "--clear-groups"));
                RegionChild rootsGuest = RegionChild.startBy(List.of("setpriv", "--reuid", "4713", "--regid", "4713", "--groups", "4714"))) {
            assertEquals("done", owner.ask("open", file));
            assertEquals("done", member.ask("open", file));
            Files.setAttribute(file, "unix:gid", 4714);
            Files.setAttribute(file, "unix:uid", 0);
            assertEquals("done", rootsGuest.ask("open", file), "root's is trusted by all");
        }
    }

    // Creation

    @Test
    void aFullFileSystemIsAnErrorAtOpen() throws IOException {
        Path small = Files.createDirectory(directory.resolve("small"));
        assumeTrue(Child.start("mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", small.toString()).exit() == 0,
                "skipped: mount(8) needs root with CAP_SYS_ADMIN");
        try {
            LinuxException full = assertThrows(LinuxException.class, () -> SyncRegion.open(small.resolve("region")));
            assertEquals("ENOSPC", full.errnoName());
            try (var names = Files.list(small)) {
                assertEquals(List.of(), names.toList(), "nothing is left");
            }
            RegionOptions tiny = new RegionOptions(4, 16, 0, 0600);
            try (SyncRegion region = SyncRegion.open(small.resolve("tiny"), tiny)) {
                region.mutex("fits").lock();
            }
        } finally {
            Child.start("umount", "-l", small.toString()).exit();
        }
    }

    // Replacing and deleting

    private static void makeItOfAnotherBoot(Path file) {
        RegionBytes bytes = new RegionBytes(file);
        bytes.longWord(lw_header.boot_id_low$offset(), ~bytes.longWord(lw_header.boot_id_low$offset()));
    }

    private static long created(Path file) {
        return new RegionBytes(file).longWord(lw_header.created$offset());
    }

    private static Object inode(Path file) throws IOException {
        return Files.getAttribute(file, "unix:ino");
    }

    @Test
    void aRegionOfAnEarlierBootIsReplaced() {
        Path file = directory.resolve("region");
        SyncRegion old = SyncRegion.open(file);
        old.mutex("orders").lock();
        long created = created(file);
        makeItOfAnotherBoot(file);
        // As long as somebody holds it, it is not: a boot id that looks strange is no proof of death.
        assertContains(refusal(file), "somebody has it locked");
        assertEquals(created, created(file));
        old.close();
        try (SyncRegion region = SyncRegion.open(file)) {
            assertNotEquals(created, created(file));
            assertTrue(region.mutex("orders").tryLock());
        }
    }

    @Test
    void openersWhoAllJudgeARegionDeadEndInOneRegion() throws IOException {
        raceToReplace(40, StressTime.endless());
    }

    @Test
    @Tag("stress")
    void openersWhoAllJudgeARegionDeadEndInOneRegionForLonger() throws IOException {
        raceToReplace(100_000, StressTime.start());
    }

    private void raceToReplace(int rounds, StressTime time) throws IOException {
        List<RegionChild> openers = new ArrayList<>();
        int round = 0;
        try {
            for (int i = 0; i < 4; i++) {
                openers.add(RegionChild.start());
            }
            RegionOptions small = new RegionOptions(8, 8, 0, 0600);
            Path file = directory.resolve("region");
            for (; round < rounds && !time.isOver(); round++) {
                if (round % 3 == 0) { // deleted meanwhile, too: one of the openers races with this
                    SyncRegion.open(file, small).close();
                    openers.forEach(opener -> opener.tell("open", file));
                    try {
                        SyncRegion.delete(file);
                    } catch (IllegalStateException somebodyIsAttached) {
                        // that is the other good end
                    }
                } else {
                    SyncRegion.open(file, small).close();
                    makeItOfAnotherBoot(file);
                    openers.forEach(opener -> opener.tell("open", file));
                }
                Set<String> answers = new HashSet<>();
                openers.forEach(opener -> answers.add(opener.answer()));
                assertEquals(Set.of("done"), answers, "round " + round);
                Set<String> inodes = new HashSet<>();
                openers.forEach(opener -> inodes.add(opener.ask("inode")));
                assertEquals(Set.of(inode(file).toString()), inodes, "round " + round + ": more than one region");
                openers.forEach(opener -> opener.ask("close"));
            }
        } finally {
            openers.forEach(RegionChild::close);
        }
        System.out.println("rounds of replacing and deleting: " + round);
    }

    @Test
    void onlyWhatNobodyUsesIsDeleted() {
        Path file = directory.resolve("region");
        assertFalse(SyncRegion.delete(file));
        SyncRegion region = SyncRegion.open(file);
        try (RegionChild child = RegionChild.start()) {
            assertThrows(IllegalStateException.class, () -> SyncRegion.delete(file));
            assertEquals("done", child.ask("open", file));
            assertEquals("false", child.ask("lock", "orders"));
            region.close();
            assertThrows(IllegalStateException.class, () -> SyncRegion.delete(file));
            child.kill();
            assertTrue(Files.exists(file));
            assertTrue(SyncRegion.delete(file), "the dead do not count");
            assertFalse(Files.exists(file));
        }
    }

    // Lost under those who use it

    private static CompletableFuture<Throwable> failureOf(Mutex mutex) {
        CompletableFuture<Throwable> failure = new CompletableFuture<>();
        Thread.ofPlatform().daemon().start(() -> {
            try {
                mutex.lock();
                failure.complete(null);
            } catch (Throwable e) {
                failure.complete(e);
            }
        });
        return failure;
    }

    private static void awaitWaiter(Mutex mutex) {
        Conditions.await("it waits", () -> (mutex.word().get() & Layout.LW_WAITERS()) != 0 && mutex.region().looks() > 2);
    }

    @Test
    void whoWaitsInAReplacedRegionIsTold() throws IOException {
        Path file = directory.resolve("region");
        try (SyncRegion region = SyncRegion.open(file)) {
            Mutex mutex = region.mutex("orders");
            mutex.lock();
            CompletableFuture<Throwable> waiter = failureOf(mutex);
            awaitWaiter(mutex);
            assertFalse(region.isReplaced());
            Files.delete(file);
            long seen = mutex.region().looks();
            Conditions.await("the sentinel looks", () -> mutex.region().looks() > seen + 3);
            assertFalse(waiter.isDone(), "a name that is gone splits nobody yet");
            assertFalse(region.isReplaced());
            newRegion("region");
            assertTrue(region.isReplaced());
            assertEquals(FileReplacedException.class, waiter.join().getClass());
            assertEquals(FileReplacedException.class, failureOf(mutex).join().getClass(), "later ones as well");
            assertThrows(FileReplacedException.class, () -> region.mutex("another"));
            mutex.unlock(); // what is held can be let go
            mutex.lock(); // and what does not wait goes on
        }
    }

    @Test
    void whoWaitsInACutRegionIsTold() {
        Path file = directory.resolve("region");
        try (SyncRegion region = SyncRegion.open(file)) {
            Mutex mutex = region.mutex("orders");
            mutex.lock();
            CompletableFuture<Throwable> waiter = failureOf(mutex);
            awaitWaiter(mutex);
            new RegionBytes(file).cut(Layout.LW_PAGE_SIZE());
            assertEquals(FileTruncatedException.class, waiter.join().getClass());
        }
        assertContains(refusal(file), "too short");
    }

    /** What a thread meets that is not blocked yet. */
    static final class CutProgram {
        private CutProgram() {}

        public static void main(String[] arguments) throws Exception {
            int warmup = Integer.parseInt(arguments[1]);
            for (String operation : List.of("lock", "unlock", "tryLock", "tryTimed", "isLocked", "mutex", "remove", "close")) {
                Path file = Path.of(arguments[0], operation);
                SyncRegion region = SyncRegion.open(file);
                Mutex mutex = region.mutex("orders");
                for (int i = 0; i < warmup; i++) {
                    mutex.lock();
                    mutex.unlock();
                    mutex.tryLock();
                    mutex.isLocked();
                    mutex.unlock();
                }
                if (operation.equals("unlock")) {
                    mutex.lock();
                }
                new RegionBytes(file).cut(Layout.LW_PAGE_SIZE());
                String end;
                try {
                    switch (operation) {
                        case "lock" -> mutex.lock();
                        case "unlock" -> mutex.unlock();
                        case "tryLock" -> mutex.tryLock();
                        case "tryTimed" -> mutex.tryLock(10, java.util.concurrent.TimeUnit.MILLISECONDS);
                        case "isLocked" -> mutex.isLocked();
                        case "mutex" -> region.mutex("another");
                        case "remove" -> region.remove("orders");
                        default -> region.close();
                    }
                    Thread.yield();
                    end = "nothing";
                } catch (RuntimeException | InternalError e) {
                    end = e.getClass().getSimpleName();
                }
                System.out.println(operation + " " + end);
                region.close();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-Xint 0", "-XX:TieredStopAtLevel=4 0", "-Xbatch 12000",
        "-XX:-TieredCompilation -XX:CompileThresholdScaling=1 -Xbatch 12000"})
    void everyOperationOnACutRegionThrows(String mode) {
        List<String> options = new ArrayList<>(List.of(mode.split(" ")));
        String warmup = options.removeLast();
        options.addAll(List.of("-XX:ErrorFile=" + directory.resolve("crash"), "-XX:-CreateCoredumpOnCrash"));
        try (Child child = Child.start(java.util.Map.of(), Child.jvmCommand(options, CutProgram.class, directory, warmup))) {
            for (String operation : List.of("lock", "unlock", "tryLock", "tryTimed", "isLocked", "mutex", "remove")) {
                String line = child.line();
                // From compiled code, which what attaching uses can be by now, and from the fast path it is the JVM's own.
                boolean byTheJvm = !mode.startsWith("-Xint") || operation.matches("lock|unlock|try.*");
                assertTrue(line.equals(operation + " FileTruncatedException") || byTheJvm && line.equals(operation + " InternalError"),
                        () -> mode + ": " + line);
            }
            assertEquals("close nothing", child.line());
            assertEquals(0, child.exit());
        }
    }

    // Passing on

    @Test
    void anAnonymousRegionIsPassedToAChild() {
        try (SyncRegion region = SyncRegion.anonymous(); RegionChild child = RegionChild.start()) {
            Mutex mutex = region.mutex("orders");
            mutex.lock();
            assertEquals("done", child.ask("reopen", ProcessHandle.current().pid(), region.descriptor()));
            assertEquals("false", child.ask("try", "orders", 1));
            mutex.unlock();
            assertEquals("false", child.ask("lock", "orders"));
            assertFalse(mutex.tryLock());
            child.kill(); // it has a description of its own, so its death is seen though this process lives
            try (Held held = mutex.acquire()) {
                assertTrue(held.ownerDied());
                held.markConsistent();
            }
            try (SyncRegion again = SyncRegion.inherited(region.descriptor())) {
                assertTrue(again.mutex("orders").tryLock());
                assertFalse(mutex.tryLock());
            }
            assertFalse(region.isReplaced());
        }
        assertThrows(LinuxException.class, () -> SyncRegion.inherited(1_000_000));
    }

    // Leaving

    private static long sentinels() {
        return Thread.getAllStackTraces().keySet().stream().filter(thread -> thread.getName().equals("latchwork-sentinel")).count();
    }

    /** Also with a sentinel each, and after attempts that fail. */
    @Test
    void hundredsOfAttachmentsLeaveNothing() throws IOException {
        Path file = directory.resolve("region");
        try (SyncRegion first = SyncRegion.open(file)) {
            first.mutex("orders").lock();
            Path tiny = directory.resolve("tiny");
            SyncRegion only = SyncRegion.open(tiny, RegionOptions.DEFAULT.participants(1));
            attach(file, tiny);
            long descriptors = descriptors();
            long mappings = mappings();
            long threads = sentinels();
            for (int i = 0; i < 300; i++) {
                attach(file, tiny);
            }
            assertEquals(descriptors, descriptors(), "descriptors of regions");
            assertEquals(mappings, mappings(), "mappings of regions");
            assertEquals(threads, sentinels(), "threads");
            only.close();
        }
    }

    private static void attach(Path file, Path full) {
        try (SyncRegion region = SyncRegion.open(file)) {
            assertFalse(region.mutex("orders").tryLock()); // starts a sentinel
        }
        assertThrows(IllegalStateException.class, () -> SyncRegion.open(full));
    }

    /** Those of the regions alone: what else this JVM has open comes and goes. */
    private long descriptors() throws IOException {
        try (var open = Files.list(Path.of("/proc/self/fd"))) {
            return open.filter(descriptor -> {
                try {
                    return Files.readSymbolicLink(descriptor).startsWith(directory);
                } catch (IOException closedMeanwhile) {
                    return false;
                }
            }).count();
        }
    }

    private long mappings() throws IOException {
        try (var maps = Files.lines(Path.of("/proc/self/maps"))) {
            return maps.filter(line -> line.contains(directory.toString())).count();
        }
    }

    @Test
    void whoeverIsInARegionThatIsClosedIsToldSo() throws InterruptedException {
        Path file = directory.resolve("region");
        try (SyncRegion owner = SyncRegion.open(file)) {
            owner.mutex("held").lock();
            for (int round = 0; round < 30; round++) {
                SyncRegion region = SyncRegion.open(file);
                Mutex held = region.mutex("held");
                List<Thread> threads = new ArrayList<>();
                List<Throwable> ends = java.util.Collections.synchronizedList(new ArrayList<>());
                for (int i = 0; i < 6; i++) {
                    int kind = i;
                    Thread.Builder builder = i % 2 == 0 ? Thread.ofPlatform() : Thread.ofVirtual();
                    threads.add(builder.start(() -> {
                        try {
                            Mutex busy = region.mutex("busy");
                            while (true) {
                                switch (kind / 2) {
                                    case 0 -> held.lock();
                                    case 1 -> held.tryAcquire(org.latchwork.wait.Deadline.after(java.time.Duration.ofMillis(2)));
                                    default -> {
                                        try (var _ = busy.acquire()) {
                                            region.mutex("busy");
                                        }
                                    }
                                }
                            }
                        } catch (Throwable e) {
                            ends.add(e);
                        }
                    }));
                }
                Conditions.await("all are at it", () -> (held.word().get() & Layout.LW_WAITERS()) != 0);
                region.close();
                for (Thread thread : threads) {
                    thread.join();
                }
                assertEquals(6, ends.size());
                for (Throwable end : ends) {
                    assertTrue(end instanceof IllegalStateException && !(end instanceof InvalidFileException), () -> "it ended with " + end);
                }
                try (Held again = owner.mutex("busy").acquire()) { // whoever had it has lost it by closing
                    again.markConsistent();
                }
            }
        }
    }

    /** Of the fast path, between its look at the address and its access, too: who comes late there takes nothing that others have. */
    @Test
    void whoComesLateToARegionThatIsClosedTakesNothingInIt() throws InterruptedException {
        Path file = directory.resolve("region");
        try (SyncRegion others = SyncRegion.open(file)) {
            Mutex theirs = others.mutex("busy");
            for (int round = 0; round < 300; round++) {
                SyncRegion region = SyncRegion.open(file);
                Mutex busy = region.mutex("busy");
                AtomicLong taken = new AtomicLong();
                List<Throwable> ends = java.util.Collections.synchronizedList(new ArrayList<>());
                Thread late = Thread.ofPlatform().start(() -> {
                    try {
                        while (true) {
                            busy.lock();
                            busy.unlock();
                            taken.setPlain(taken.getPlain() + 1);
                        }
                    } catch (Throwable e) {
                        ends.add(e);
                    }
                });
                Conditions.await("it is at it", () -> taken.get() > 100);
                region.close();
                try (Held held = theirs.acquire()) {
                    held.markConsistent();
                    int word = theirs.word().get();
                    assertTrue(late.join(Conditions.HANG), "it goes on for ever");
                    assertEquals(word, theirs.word().get(), "while it is held, nobody else changes it");
                }
                assertEquals(1, ends.size());
                assertEquals(IllegalStateException.class, ends.get(0).getClass(), () -> "it ended with " + ends);
            }
        }
    }

    /** As long as a native call has a piece of the memory, this participant could do something with what it holds: so it keeps it. */
    @Test
    void closingWaitsForWhoHasTheMemoryInANativeCall() throws Exception {
        Path file = directory.resolve("region");
        SyncRegion region = SyncRegion.open(file);
        Mutex mutex = region.mutex("orders");
        mutex.lock();
        Pipe pipe = Pipe.open();
        java.util.concurrent.Executor threads = task -> Thread.ofPlatform().daemon().start(task);
        CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> {
            try {
                pipe.sink().write(mutex.region().memory().segment().asByteBuffer()); // far more than a pipe holds
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }, threads);
        pipe.source().read(ByteBuffer.allocate(1)); // it has begun
        CompletableFuture<Void> closer = CompletableFuture.runAsync(region::close, threads);
        try (SyncRegion other = SyncRegion.open(file)) {
            Mutex theirs = other.mutex("orders");
            Conditions.await("it is being closed", () -> !mutex.region().isOpen());
            assertFalse(theirs.tryLock());
            long seen = theirs.region().looks();
            Conditions.await("the sentinel looks", () -> theirs.region().looks() > seen + 5);
            assertFalse(theirs.tryLock(), "it was stolen");
            assertFalse(closer.isDone());
            pipe.source().close(); // the write ends
            writer.join();
            closer.join();
            try (Held held = theirs.acquire()) {
                assertTrue(held.ownerDied());
                held.markConsistent();
            }
        } finally {
            pipe.sink().close();
        }
    }

    @Test
    void twoAttachmentsOfOneProcessAreTwoParticipants() {
        Path file = directory.resolve("region");
        SyncRegion one = SyncRegion.open(file);
        try (SyncRegion two = SyncRegion.open(file)) {
            assertNotEquals(one.mutex("a").region().slot(), two.mutex("a").region().slot());
            one.mutex("a").lock();
            assertFalse(two.mutex("a").tryLock());
            long seen = two.mutex("a").region().looks();
            Conditions.await("the sentinel looks", () -> two.mutex("a").region().looks() > seen + 5);
            assertFalse(two.mutex("a").tryLock(), "a lock of one's own process is a lock");
            one.close();
            try (Held held = two.mutex("a").acquire()) {
                assertTrue(held.ownerDied());
                held.markConsistent();
            }
        }
    }
}
