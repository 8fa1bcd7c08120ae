package org.latchwork.publish;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.latchwork.file.PublishOutcome.COLLISION;
import static org.latchwork.file.PublishOutcome.CREATED;
import static org.latchwork.file.PublishOutcome.EXISTED;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.latchwork.LinuxException;
import org.latchwork.file.Durability;
import org.latchwork.file.InvalidFileException;
import org.latchwork.file.PublishOutcome;
import org.latchwork.file.stage.Buffer;
import org.latchwork.file.stage.Stage;
import org.latchwork.testing.Conditions;

/** The store in one process. Across processes, crashes and errors have tests of their own. */
class PublishStoreTest {
    private static final byte[] HELLO = "hello\n".getBytes(UTF_8);
    private static final StoreKey HELLO_KEY = StoreKey.content("5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03");

    @TempDir
    Path directory;

    @AfterEach
    void theWayIsTheKernelsAgain() {
        System.clearProperty(Stage.WAY);
    }

    /** Both ways: without a name, and the literal one of a private name, a link and an unlink. */
    private PublishStore open(String way) {
        System.setProperty(Stage.WAY, way);
        return PublishStore.open(directory.resolve("store"));
    }

    private PublishStore open() {
        return PublishStore.open(directory.resolve("store"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"unnamed", "named"})
    void contentsAreFoundByTheirHash(String way) throws IOException {
        try (PublishStore store = open(way)) {
            assertEquals(new Published(HELLO_KEY, CREATED), store.put(HELLO, Durability.NONE));
            assertEquals(new Published(HELLO_KEY, EXISTED), store.put(HELLO, Durability.NONE));
            assertEquals(new Published(HELLO_KEY, EXISTED), store.put(new ByteArrayInputStream(HELLO), Durability.DURABLE));
            assertArrayEquals(HELLO, read(store, HELLO_KEY));
            assertEquals(HELLO.length, store.find(HELLO_KEY).orElseThrow().size());
            assertEquals(Verification.VALID, store.verify(HELLO_KEY));
            assertEquals(Optional.empty(), store.find(StoreKey.named("hello")));
            assertEquals(Verification.MISSING, store.verify(StoreKey.named("hello")));
        }
        Path file = directory.resolve("store").resolve(HELLO_KEY.path());
        assertEquals("r--r--r--", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        assertEquals(1, Files.getAttribute(file, "unix:nlink"), "the private name is gone");
        assertEquals(Set.of(), privateNames());
    }

    /** Sizes around the buffer's, which decides whether the hash or the stage comes first. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 65535, 65536, 65537, 200_000})
    void contentsOfAllSizes(int size) throws IOException {
        byte[] content = new byte[size];
        new Random(size).nextBytes(content);
        for (String way : List.of("unnamed", "named")) {
            try (PublishStore store = open(way)) {
                Published first = store.put(new ByteArrayInputStream(content), Durability.NONE);
                assertEquals(new Published(first.key(), EXISTED), store.put(content, Durability.NONE));
                assertEquals(new Published(first.key(), EXISTED), store.put(new Dribble(content), Durability.NONE));
                assertArrayEquals(content, read(store, first.key()));
                assertEquals(Verification.VALID, store.verify(first.key()));
                Path file = Files.write(directory.resolve("file"), content);
                assertEquals(new Published(first.key(), EXISTED), store.put(file, Durability.CONTENT));
                StoreKey name = StoreKey.named(way);
                assertEquals(CREATED, store.publish(name, new Dribble(content), Durability.NONE));
                assertEquals(EXISTED, store.publish(name, new Dribble(content), Durability.CONTENT));
                assertArrayEquals(content, read(store, name));
                assertEquals(COLLISION, store.publish(name, Arrays.copyOf(content, size + 1), Durability.NONE), "a longer one");
                if (size > 0) {
                    assertEquals(COLLISION, store.publish(name, Arrays.copyOf(content, size - 1), Durability.NONE), "a shorter one");
                    byte[] other = content.clone();
                    other[size - 1] ^= 1;
                    assertEquals(COLLISION, store.publish(name, other, Durability.NONE), "one that differs at its end");
                }
                assertArrayEquals(content, read(store, name));
            }
        }
        assertEquals(Set.of(), privateNames());
    }

    /** A stream that brings as little at a time as it may. */
    private static final class Dribble extends InputStream {
        private final InputStream all;

        Dribble(byte[] content) {
            all = new ByteArrayInputStream(content);
        }

        @Override
        public int read() throws IOException {
            return all.read();
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            return all.read(target, offset, Math.min(length, 1021));
        }
    }

    @ParameterizedTest
    @EnumSource
    void eachDurability(Durability durability) throws IOException {
        try (PublishStore store = open()) {
            for (PublishOutcome expected : List.of(CREATED, EXISTED)) {
                assertEquals(expected, store.put(HELLO, durability).outcome());
                assertEquals(expected, store.publish(StoreKey.named("a/b/c"), HELLO, durability));
                assertEquals(expected, store.put(new ByteArrayInputStream(new byte[100_000]), durability).outcome());
            }
        }
    }

    /** The mail's first step: if the name is there, nothing is made in private. */
    @Test
    void whatExistsIsNotStaged() throws IOException {
        try (PublishStore store = open("named")) {
            StoreKey name = StoreKey.named("name");
            store.put(HELLO, Durability.NONE);
            store.publish(name, HELLO, Durability.NONE);
            assertEquals(1, privateNames().size(), "the private folder of this store, with its owner in it");
        }
        assertEquals(Set.of(), privateNames());
        try (PublishStore store = open("named")) {
            store.put(HELLO, Durability.DURABLE);
            store.publish(StoreKey.named("name"), HELLO, Durability.DURABLE);
            store.publish(StoreKey.named("name"), new byte[0], Durability.DURABLE);
            assertEquals(Set.of(), privateNames());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"unnamed", "named"})
    void aStreamThatBreaksLeavesNothing(String way) throws IOException {
        try (PublishStore store = open(way)) {
            for (int breaksAt : new int[] {0, 10, 65536, 100_000}) {
                InputStream broken = new InputStream() {
                    private int at;

                    @Override
                    public int read() throws IOException {
                        if (at++ >= breaksAt) {
                            throw new IOException("broken");
                        }
                        return 7;
                    }
                };
                assertEquals("broken", assertThrows(IOException.class, () -> store.put(broken, Durability.NONE)).getMessage());
                assertThrows(IOException.class, () -> store.publish(StoreKey.named("x"), broken, Durability.NONE));
            }
            assertEquals(0, store.keys().count());
        }
        assertEquals(Set.of(), privateNames());
    }

    @Test
    void keysAreIterated() throws IOException {
        Set<StoreKey> keys = new TreeSet<>();
        try (PublishStore store = open()) {
            assertEquals(Set.of(), store.keys().collect(Collectors.toSet()));
            for (int i = 0; i < 300; i++) {
                keys.add(store.put(("content " + i).getBytes(UTF_8), Durability.NONE).key());
                StoreKey name = StoreKey.named(i % 3 == 0 ? "name " + i : "folder " + i % 7 + "/name " + i);
                store.publish(name, HELLO, Durability.NONE);
                keys.add(name);
            }
            assertEquals(600, keys.size());
            assertEquals(keys, store.keys().collect(Collectors.toCollection(TreeSet::new)));
            assertEquals(3, store.keys().limit(3).count(), "a stream can end early");
        }
    }

    @Test
    void aContentThatIsOpenStaysReadableWhateverHappens() throws IOException {
        try (PublishStore store = open()) {
            store.put(HELLO, Durability.NONE);
            try (SeekableByteChannel channel = store.open(HELLO_KEY)) {
                Files.delete(directory.resolve("store").resolve(HELLO_KEY.path()));
                ByteBuffer buffer = ByteBuffer.allocate(100);
                assertEquals(HELLO.length, channel.read(buffer));
                assertThrows(NonWritableChannelException.class, () -> channel.write(ByteBuffer.allocate(1)));
                assertThrows(NonWritableChannelException.class, () -> channel.truncate(0));
            }
            LinuxException e = assertThrows(LinuxException.class, () -> store.open(HELLO_KEY));
            assertEquals("ENOENT", e.errnoName());
            assertTrue(e.getMessage().contains(HELLO_KEY.path()), e.getMessage());
        }
    }

    @Test
    void whatIsCorruptIsToldAndLeft() throws IOException {
        try (PublishStore store = open()) {
            store.put(HELLO, Durability.NONE);
            Path file = directory.resolve("store").resolve(HELLO_KEY.path());
            Files.delete(file);
            Files.writeString(file, "jello\n");
            assertEquals(Verification.CORRUPT, store.verify(HELLO_KEY));
            assertEquals(EXISTED, store.put(HELLO, Durability.NONE).outcome(), "the size is right, and more was not asked");
            for (Durability durability : List.of(Durability.CONTENT, Durability.DURABLE)) {
                assertEquals(COLLISION, store.put(HELLO, durability).outcome(), "what is torn must not be called durable");
            }
            Files.writeString(file, "");
            assertEquals(COLLISION, store.put(HELLO, Durability.NONE).outcome());
            assertEquals(COLLISION, store.put(new ByteArrayInputStream(HELLO), Durability.DURABLE).outcome());
            Files.delete(file);
            Files.createDirectory(file);
            assertEquals(COLLISION, store.put(HELLO, Durability.NONE).outcome());
            assertEquals(Verification.CORRUPT, store.verify(HELLO_KEY));
            assertThrows(InvalidFileException.class, () -> store.open(HELLO_KEY));
        }
    }

    /** Larger than a buffer: hashed while it is staged, and compared with the stage. */
    @ParameterizedTest
    @EnumSource
    void largeContentsThatAreTornAreTold(Durability durability) throws IOException {
        byte[] content = new byte[200_000];
        new Random(1).nextBytes(content);
        try (PublishStore store = open()) {
            StoreKey key = store.put(content, Durability.NONE).key();
            Path file = directory.resolve("store").resolve(key.path());
            Files.delete(file);
            Files.write(file, Arrays.copyOf(Arrays.copyOf(content, 150_000), content.length)); // its end is zeros
            PublishOutcome told = durability == Durability.NONE ? EXISTED : COLLISION;
            assertEquals(told, store.put(content, durability).outcome());
            assertEquals(told, store.put(new ByteArrayInputStream(content), durability).outcome());
            // What is corrupt goes by eviction, and can be put anew.
            EvictionPolicy all = new EvictionPolicy(0, null, Duration.ZERO);
            Conditions.await("it is old enough", () -> store.evict(all, any -> store.verify(any) == Verification.CORRUPT).evicted() == 1);
            assertEquals(CREATED, store.put(content, durability).outcome());
            assertEquals(Verification.VALID, store.verify(key));
        }
    }

    /** Symbolic links that others have put into the store lead nobody out of it. */
    @Test
    void symbolicLinksAreNotFollowed() throws IOException {
        Path outside = Files.createDirectory(directory.resolve("outside"));
        Files.writeString(outside.resolve("secret"), "secret");
        try (PublishStore store = open()) {
            store.publish(StoreKey.named("x"), HELLO, Durability.NONE);
            Path names = directory.resolve("store/names");
            Files.createSymbolicLink(names.resolve("folder"), outside);
            Files.createSymbolicLink(names.resolve("file"), outside.resolve("secret"));
            Files.createSymbolicLink(names.resolve("dangling"), outside.resolve("new"));
            for (String name : List.of("folder/secret", "folder/new", "file", "dangling")) {
                StoreKey key = StoreKey.named(name);
                assertEquals(Optional.empty(), store.find(key), name);
                assertThrows(LinuxException.class, () -> store.open(key), name);
                assertEquals(Verification.CORRUPT, store.verify(key), name);
                if (name.contains("/")) {
                    assertEquals("ELOOP", assertThrows(LinuxException.class, () -> store.publish(key, HELLO, Durability.NONE)).errnoName());
                } else {
                    assertEquals(COLLISION, store.publish(key, HELLO, Durability.NONE), name);
                }
            }
            assertEquals(3, store.check(key -> {}).problems().size());
        }
        try (var left = Files.list(outside)) {
            assertEquals(List.of(outside.resolve("secret")), left.toList());
        }
        assertEquals("secret", Files.readString(outside.resolve("secret")));
    }

    @Test
    void aNameThatLeadsThroughAFileIsRefused() {
        try (PublishStore store = open()) {
            store.publish(StoreKey.named("a"), HELLO, Durability.NONE);
            LinuxException e = assertThrows(LinuxException.class, () -> store.publish(StoreKey.named("a/b"), HELLO, Durability.NONE));
            assertEquals("ENOTDIR", e.errnoName());
            assertEquals(Optional.empty(), store.find(StoreKey.named("a/b")));
            store.publish(StoreKey.named("folder/b"), HELLO, Durability.NONE);
            assertEquals(COLLISION, store.publish(StoreKey.named("folder"), HELLO, Durability.NONE));
            assertEquals(Optional.empty(), store.find(StoreKey.named("folder")), "a folder is no file");
            assertThrows(IllegalArgumentException.class, () -> store.publish(HELLO_KEY, HELLO, Durability.NONE));
        }
    }

    @Test
    void whoPublishesAgainRenewsTheTime() throws IOException {
        try (PublishStore store = open()) {
            store.put(HELLO, Durability.NONE);
            StoreKey name = StoreKey.named("name");
            store.publish(name, HELLO, Durability.NONE);
            for (StoreKey key : List.of(HELLO_KEY, name)) {
                Path file = directory.resolve("store").resolve(key.path());
                Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH));
                assertEquals(Instant.EPOCH, store.find(key).orElseThrow().published());
            }
            Instant before = Instant.now().minusSeconds(1); // the kernel's time stamps lag by up to a tick
            store.put(HELLO, Durability.NONE);
            store.publish(name, HELLO, Durability.NONE);
            for (StoreKey key : List.of(HELLO_KEY, name)) {
                assertTrue(store.find(key).orElseThrow().published().isAfter(before));
            }
        }
    }

    @Test
    void onlyAnEmptyFolderBecomesAStore() throws IOException {
        Path missing = directory.resolve("missing");
        PublishStore.open(missing).close();
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(missing)));
        assertEquals("latchwork publish store 1\n", Files.readString(missing.resolve("store")));
        PublishStore.open(missing).close();

        Path strange = Files.createDirectory(directory.resolve("strange"));
        Files.writeString(strange.resolve("thesis.tex"), "");
        String message = assertThrows(InvalidFileException.class, () -> PublishStore.open(strange)).getMessage();
        assertTrue(message.contains("is no publish store") && message.contains("thesis.tex"), message);

        Files.createDirectories(directory.resolve("above/store"));
        Path later = Files.createDirectory(directory.resolve("later"));
        Files.writeString(later.resolve("store"), "latchwork publish store 2\n");
        message = assertThrows(InvalidFileException.class, () -> PublishStore.open(later)).getMessage();
        assertTrue(message.contains("says 'latchwork publish store 2'") && message.contains("store 1'"), message);

        assertEquals("ENOTDIR", assertThrows(LinuxException.class, () -> PublishStore.open(later.resolve("store"))).errnoName());
        assertEquals("ENOENT", assertThrows(LinuxException.class, () -> PublishStore.open(directory.resolve("no/store"))).errnoName());
        message = assertThrows(InvalidFileException.class, () -> PublishStore.open(directory.resolve("above"))).getMessage();
        assertTrue(message.contains("its 'store' is a directory"), message);
        assertFalse(Files.exists(strange.resolve("tmp")));
    }

    @Test
    void nothingWorksAfterClose() {
        PublishStore store = open();
        store.close();
        store.close();
        assertThrows(IllegalStateException.class, () -> store.put(HELLO, Durability.NONE));
        assertThrows(IllegalStateException.class, () -> store.publish(StoreKey.named("x"), HELLO, Durability.NONE));
        assertThrows(IllegalStateException.class, () -> store.find(HELLO_KEY));
        assertThrows(IllegalStateException.class, () -> store.open(HELLO_KEY));
        assertThrows(IllegalStateException.class, store::keys);
        assertThrows(IllegalStateException.class, store::sweep);
        assertThrows(IllegalStateException.class, store::begin);
    }

    @Test
    void nothingLeaks() throws IOException {
        System.clearProperty(Stage.WAY);
        long before = descriptors();
        for (String way : List.of("unnamed", "named")) {
            try (PublishStore store = open(way)) {
                for (int i = 0; i < 50; i++) {
                    StoreKey name = StoreKey.named("a/" + i % 10);
                    store.put(("content " + i % 20).getBytes(UTF_8), Durability.DURABLE);
                    store.publish(name, ("content " + i).getBytes(UTF_8), Durability.DURABLE);
                    store.find(name);
                    store.verify(name);
                    store.open(name).close();
                    store.keys().count();
                }
                store.sweep();
                store.check(key -> {});
                store.evict(new EvictionPolicy(0, null, Duration.ZERO), key -> true);
            }
        }
        assertEquals(before, descriptors());
    }

    static StoreKey key(byte[] content) {
        try (Buffer buffer = Buffer.take()) {
            return StoreKey.content(buffer.sha256().digest(content));
        }
    }

    static long descriptors() throws IOException {
        try (var all = Files.list(Path.of("/proc/self/fd"))) {
            return all.count();
        }
    }

    private static byte[] read(PublishStore store, StoreKey key) throws IOException {
        try (InputStream content = Channels.newInputStream(store.open(key))) {
            return content.readAllBytes();
        }
    }

    private Set<String> privateNames() throws IOException {
        try (var names = Files.list(directory.resolve("store/tmp"))) {
            return names.map(name -> name.getFileName().toString()).collect(Collectors.toSet());
        }
    }
}
