package org.latchwork.publish;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.latchwork.file.Durability;
import org.latchwork.file.PublishOutcome;
import org.latchwork.file.StagedFile;
import org.latchwork.file.stage.Stage;

/**
 * The paths that the crash and error matrices go: what is there before, what is done, and what must hold afterwards, whatever happened.
 * The same is done again in the end, and must succeed.
 */
enum Scenario {
    /** A file that is staged and linked, without a store. */
    STAGED_FILE(Way.UNNAMED) {
        @Override
        String act(Path directory) throws IOException {
            return stagedFile(directory);
        }
    },
    STAGED_FILE_NAMED(Way.NAMED) {
        @Override
        String act(Path directory) throws IOException {
            return stagedFile(directory);
        }
    },
    /** A new store, and a content in it. */
    PUT(Way.UNNAMED) {
        @Override
        String act(Path directory) {
            return put(directory);
        }
    },
    /** The mail's literal way. */
    PUT_NAMED(Way.NAMED) {
        @Override
        String act(Path directory) {
            return put(directory);
        }
    },
    /** A content that is hashed while it is staged. */
    PUT_LARGE(Way.NAMED) {
        @Override
        String act(Path directory) throws IOException {
            try (PublishStore store = PublishStore.open(directory)) {
                return store.put(new ByteArrayInputStream(LARGE), Durability.CONTENT).outcome().name();
            }
        }
    },
    /** A name that is there: nothing is staged, and what is there is synced. */
    PUBLISH_EXISTING(Way.UNNAMED) {
        @Override
        void prepare(Path directory) {
            withStore(directory, store -> store.publish(NAME, CONTENT, Durability.NONE));
        }

        @Override
        String act(Path directory) {
            try (PublishStore store = PublishStore.open(directory)) {
                return store.publish(NAME, CONTENT, Durability.DURABLE).name();
            }
        }
    },
    TRANSACTION(Way.UNNAMED) {
        @Override
        String act(Path directory) throws IOException {
            return transaction(directory);
        }
    },
    TRANSACTION_NAMED(Way.NAMED) {
        @Override
        String act(Path directory) throws IOException {
            return transaction(directory);
        }
    },
    BATCH(Way.UNNAMED) {
        @Override
        String act(Path directory) throws IOException {
            try (PublishStore store = PublishStore.open(directory); PublishTransaction batch = store.begin()) {
                batch.put(new ByteArrayInputStream(CONTENT));
                batch.put(new ByteArrayInputStream(LARGE));
                return batch.commit(Durability.DURABLE).outcome().name();
            }
        }
    },
    /** Two dead writers, one of them an evictor. */
    SWEEP(Way.UNNAMED) {
        @Override
        void prepare(Path directory) throws IOException {
            withStore(directory, store -> store.publish(NAME, CONTENT, Durability.NONE));
            Path writer = Files.createDirectories(directory.resolve("tmp/.staged-1-writer"));
            Files.createFile(writer.resolve("owner"));
            Files.write(writer.resolve("0"), CONTENT);
            Path evictor = Files.createDirectories(directory.resolve("tmp/.staged-2-evictor"));
            Files.createFile(evictor.resolve("owner"));
            Path aside = Files.createDirectories(evictor.resolve("evicted/names")).resolve("name");
            Files.move(directory.resolve("names/name"), aside);
        }

        @Override
        String act(Path directory) {
            try (PublishStore store = PublishStore.open(directory)) {
                store.sweep();
                return store.find(NAME).isPresent() ? "restored" : "lost";
            }
        }
    },
    /** Two files that have to go and one that must not. */
    EVICT(Way.UNNAMED) {
        @Override
        void prepare(Path directory) {
            withStore(directory, store -> {
                store.publish(NAME, CONTENT, Durability.NONE);
                for (StoreKey old : new StoreKey[] {StoreKey.named("a/1"), StoreKey.named("a/2")}) {
                    store.publish(old, CONTENT, Durability.NONE);
                    Files.setLastModifiedTime(directory.resolve(old.path()), FileTime.from(Instant.now().minus(Duration.ofHours(2))));
                }
            });
        }

        @Override
        String act(Path directory) {
            try (PublishStore store = PublishStore.open(directory)) {
                StoreEviction eviction = store.evict(EvictionPolicy.bySize(0), key -> true);
                return eviction.kept() + " left";
            }
        }

        @Override
        void assertHolds(PublishStore store) {
            assertTrue(store.find(NAME).isPresent(), "what is young is never evicted");
        }

        @Override
        void assertDone(PublishStore store) {
            assertEquals(1, store.keys().count());
        }
    };

    private enum Way { UNNAMED, NAMED }

    static final StoreKey NAME = StoreKey.named("name");
    static final StoreKey MANIFEST = StoreKey.named("manifest");
    static final byte[] CONTENT = "content".getBytes(UTF_8);
    static final byte[] LARGE = new byte[70_000];

    private final Way way;

    Scenario(Way way) {
        this.way = way;
    }

    /** What is there before; by default, nothing at all. */
    void prepare(Path directory) throws IOException {
        if (!usesStore()) {
            Files.createDirectory(directory);
        }
    }

    /** {@return what came of it, in a word or two} */
    abstract String act(Path directory) throws IOException;

    /** Acts in this scenario's way. */
    final String run(Path directory) throws IOException {
        System.setProperty(Stage.WAY, way == Way.NAMED ? "named" : "unnamed");
        try {
            return act(directory);
        } finally {
            System.clearProperty(Stage.WAY);
        }
    }

    boolean usesStore() {
        return this != STAGED_FILE && this != STAGED_FILE_NAMED;
    }

    /** What must hold beyond the wholeness of all. */
    void assertHolds(PublishStore store) {}

    /** What must be true once it was done to its end. */
    void assertDone(PublishStore store) {
        assertTrue(store.keys().count() > 0);
    }

    /** Public names hold whole, verified content; leftovers are private, and a sweep removes them; doing it again succeeds. */
    final void assertWhole(Path directory) throws IOException {
        if (!usesStore()) {
            assertWholeFile(directory);
            return;
        }
        try (PublishStore store = PublishStore.open(directory)) {
            assertWholeStore(store);
            store.sweep();
            try (var left = Files.list(directory.resolve("tmp"))) {
                assertEquals(0, left.count(), "private leftovers after a sweep");
            }
            assertWholeStore(store);
            if (this == SWEEP) {
                assertTrue(store.find(NAME).isPresent(), "a dead evictor's file comes back");
            }
            assertHolds(store);
        }
        run(directory);
        try (PublishStore store = PublishStore.open(directory)) {
            assertWholeStore(store);
            assertHolds(store);
            assertDone(store);
        }
    }

    private void assertWholeStore(PublishStore store) throws IOException {
        StoreCheck check = store.check(key -> {});
        assertEquals(List.of(), check.problems());
        Map<StoreKey, byte[]> contents = new TreeMap<>();
        for (StoreKey key : store.keys().toList()) {
            try (var content = Channels.newInputStream(store.open(key))) {
                contents.put(key, content.readAllBytes());
            }
        }
        for (var file : contents.entrySet()) {
            byte[] expected = file.getKey().equals(MANIFEST) ? "a b".getBytes(UTF_8)
                    : file.getValue().length > CONTENT.length ? LARGE : CONTENT;
            assertArrayEquals(expected, file.getValue(), file.getKey().toString());
        }
        if (contents.containsKey(MANIFEST)) {
            assertTrue(contents.containsKey(StoreKey.named("a")) && contents.containsKey(StoreKey.named("f/b")), "a manifest, but not all");
        }
    }

    private void assertWholeFile(Path directory) throws IOException {
        Path target = directory.resolve("target");
        if (Files.exists(target)) {
            assertArrayEquals(CONTENT, Files.readAllBytes(target));
        }
        StagedFile.sweep(directory);
        try (var left = Files.list(directory)) {
            assertTrue(left.allMatch(target::equals), "private leftovers after a sweep");
        }
        run(directory);
        assertArrayEquals(CONTENT, Files.readAllBytes(target));
    }

    private static String stagedFile(Path directory) throws IOException {
        try (StagedFile staged = StagedFile.in(directory, 0600)) {
            try (OutputStream stream = staged.outputStream()) {
                stream.write(CONTENT);
            }
            PublishOutcome outcome = staged.publish(directory.resolve("target"), Durability.DURABLE);
            return outcome.name();
        }
    }

    private static String put(Path directory) {
        try (PublishStore store = PublishStore.open(directory)) {
            return store.put(CONTENT, Durability.DURABLE).outcome().name();
        }
    }

    private static String transaction(Path directory) throws IOException {
        try (PublishStore store = PublishStore.open(directory); PublishTransaction transaction = store.begin()) {
            transaction.publish(StoreKey.named("a"), new ByteArrayInputStream(CONTENT));
            transaction.publish(StoreKey.named("f/b"), new ByteArrayInputStream(CONTENT));
            transaction.manifest(MANIFEST, new ByteArrayInputStream("a b".getBytes(UTF_8)));
            return transaction.commit(Durability.DURABLE).outcome().name();
        }
    }

    private interface Preparation {
        void accept(PublishStore store) throws IOException;
    }

    private static void withStore(Path directory, Preparation preparation) {
        try (PublishStore store = PublishStore.open(directory)) {
            preparation.accept(store);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
