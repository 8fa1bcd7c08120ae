package org.latchwork.publish;

import static java.nio.charset.StandardCharsets.UTF_8;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.latchwork.file.Durability;
import org.latchwork.file.stage.Stage;
import org.latchwork.testing.Waiters;

/** Many files, a manifest last. */
class PublishTransactionTest {
    private static final StoreKey A = StoreKey.named("a/1");
    private static final StoreKey B = StoreKey.named("b/2");
    private static final StoreKey MANIFEST = StoreKey.named("manifest");

    @TempDir
    Path directory;

    @AfterEach
    void theWayIsTheKernelsAgain() {
        System.clearProperty(Stage.WAY);
    }

    private static InputStream text(String text) {
        return new ByteArrayInputStream(text.getBytes(UTF_8));
    }

    @ParameterizedTest
    @EnumSource
    void allOrNothing(Durability durability) throws IOException {
        for (String way : List.of("unnamed", "named")) {
            System.setProperty(Stage.WAY, way);
            try (PublishStore store = PublishStore.open(directory.resolve(way))) {
                for (var expected : List.of(CREATED, EXISTED)) {
                    try (PublishTransaction transaction = store.begin()) {
                        transaction.manifest(MANIFEST, text("a/1 b/2")); // first or last, it comes last
                        transaction.publish(A, text("one"));
                        transaction.publish(B, text("two"));
                        StoreKey content = transaction.put(text("three"));
                        assertEquals(content, transaction.put(text("three")), "twice is once");
                        assertEquals(expected == CREATED ? 0 : 4, store.keys().count(), "nothing before the commit");
                        var result = transaction.commit(durability);
                        assertEquals(expected, result.outcome());
                        assertEquals(Map.of(A, expected, B, expected, content, expected, MANIFEST, expected), result.files());
                        assertEquals(List.of(A, B, content, MANIFEST), List.copyOf(result.files().keySet()), "in this order");
                        assertEquals(Optional.empty(), result.collision());
                        assertThrows(IllegalStateException.class, () -> transaction.commit(durability));
                    }
                }
                assertEquals(4, store.keys().count());
                assertEquals(new StoreSweep(0, way.equals("named") ? 1 : 0, 0), store.sweep());
            }
            assertEquals("a/1 b/2", Files.readString(directory.resolve(way).resolve("names/manifest")));
        }
    }

    @Test
    void aCollisionKeepsTheManifestBack() throws IOException {
        try (PublishStore store = PublishStore.open(directory.resolve("store"))) {
            store.publish(B, "other".getBytes(UTF_8), Durability.NONE);
            try (PublishTransaction transaction = store.begin()) {
                transaction.publish(A, text("one"));
                transaction.publish(B, text("two"));
                transaction.publish(StoreKey.named("c"), text("three"));
                transaction.manifest(MANIFEST, text("all"));
                var result = transaction.commit(Durability.DURABLE);
                assertEquals(COLLISION, result.outcome());
                assertEquals(Optional.of(B), result.collision());
                assertEquals(Map.of(A, CREATED, B, COLLISION), result.files());
            }
            assertEquals(Optional.empty(), store.find(MANIFEST));
            assertEquals(Optional.empty(), store.find(StoreKey.named("c")));
            store.publish(StoreKey.named("taken"), "other".getBytes(UTF_8), Durability.NONE);
            try (PublishTransaction transaction = store.begin()) {
                transaction.manifest(StoreKey.named("taken"), text("all"));
                assertEquals(Optional.of(StoreKey.named("taken")), transaction.commit(Durability.NONE).collision());
            }
        }
    }

    @Test
    void withoutAManifestItIsABatch() throws IOException {
        try (PublishStore store = PublishStore.open(directory.resolve("store"))) {
            try (PublishTransaction batch = store.begin()) {
                for (int i = 0; i < 200; i++) {
                    batch.put(text("content " + i));
                }
                assertEquals(CREATED, batch.commit(Durability.DURABLE).outcome());
            }
            assertEquals(200, store.keys().filter(key -> store.verify(key) == Verification.VALID).count());
            try (PublishTransaction empty = store.begin()) {
                assertEquals(EXISTED, empty.commit(Durability.DURABLE).outcome());
            }
        }
    }

    @Test
    void whatIsNotCommittedIsGone() throws IOException {
        System.setProperty(Stage.WAY, "named");
        try (PublishStore store = PublishStore.open(directory.resolve("store"))) {
            long before = PublishStoreTest.descriptors();
            PublishTransaction ended;
            try (PublishTransaction transaction = store.begin()) {
                ended = transaction;
                transaction.publish(A, text("one"));
                InputStream broken = new InputStream() {
                    @Override
                    public int read() throws IOException {
                        throw new IOException("broken");
                    }
                };
                assertThrows(IOException.class, () -> transaction.publish(B, broken));
                assertThrows(IOException.class, () -> transaction.put(broken));
                assertThrows(IllegalArgumentException.class, () -> transaction.publish(A, text("again")));
                StoreKey content = store.put(new byte[0], Durability.NONE).key();
                assertThrows(IllegalArgumentException.class, () -> transaction.publish(content, text("")));
                transaction.manifest(MANIFEST, text("m"));
                assertThrows(IllegalStateException.class, () -> transaction.manifest(B, text("m")));
            }
            assertThrows(IllegalStateException.class, () -> ended.publish(B, text("two")));
            assertEquals(1, store.keys().count(), "the empty content");
            // The private folder's own and its lock's descriptor stay for the next stage, and the empty content's folder for the next use.
            assertEquals(before + 3, PublishStoreTest.descriptors());
        }
        try (var left = Files.list(directory.resolve("store/tmp"))) {
            assertEquals(0, left.count());
        }
    }

    /** Of many that commit the same, each file is created by one, and every one ends with the whole of it. */
    @Test
    void manyCommitTheSame() throws IOException {
        try (PublishStore store = PublishStore.open(directory.resolve("store"))) {
            var results = Waiters.start(8, () -> {
                try (PublishTransaction transaction = store.begin()) {
                    for (int i = 0; i < 20; i++) {
                        transaction.publish(StoreKey.named("file " + i), text("content " + i));
                    }
                    transaction.manifest(MANIFEST, text("twenty"));
                    return transaction.commit(Durability.NONE);
                }
            }).take(8);
            for (StoreKey key : results.getFirst().files().keySet()) {
                assertEquals(1, results.stream().filter(result -> result.files().get(key) == CREATED).count(), key.toString());
                assertEquals(7, results.stream().filter(result -> result.files().get(key) == EXISTED).count(), key.toString());
            }
            assertEquals(21, results.getFirst().files().size());
            assertTrue(store.find(MANIFEST).isPresent());
            assertFalse(store.keys().anyMatch(key -> store.verify(key) != Verification.VALID));
        }
    }
}
