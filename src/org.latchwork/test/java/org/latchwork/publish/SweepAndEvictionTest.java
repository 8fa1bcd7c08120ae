package org.latchwork.publish;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.latchwork.file.Durability;
import org.latchwork.file.PublishOutcome;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.Waiters;

/** What goes from a store, and what never does. */
class SweepAndEvictionTest {
    private static final Duration HOUR = Duration.ofHours(1);

    @TempDir
    Path directory;
    private PublishStore store;

    @BeforeEach
    void open() {
        store = PublishStore.open(directory.resolve("store"));
    }

    /** Publishes a file of so many bytes that is so many hours old. */
    private StoreKey aged(String name, int bytes, int hours) throws IOException {
        StoreKey key = StoreKey.named(name);
        store.publish(key, new byte[bytes], Durability.NONE);
        age(key, hours);
        return key;
    }

    private void age(StoreKey key, int hours) throws IOException {
        Files.setLastModifiedTime(store.path().resolve(key.path()), FileTime.from(Instant.now().minus(HOUR.multipliedBy(hours))));
    }

    private Set<String> left() {
        return store.keys().map(StoreKey::toString).collect(Collectors.toSet());
    }

    @Test
    void byAge() throws IOException {
        aged("a", 1, 10);
        aged("folder/b", 10, 5);
        aged("c", 100, 2);
        assertEquals(new StoreEviction(2, 11, 1, 100), store.evict(EvictionPolicy.byAge(HOUR.multipliedBy(3)), key -> true));
        assertEquals(Set.of("c"), left());
        assertEquals(new StoreEviction(0, 0, 1, 100), store.evict(EvictionPolicy.byAge(HOUR.multipliedBy(3)), key -> true));
        assertNothingPrivate();
    }

    @Test
    void bySizeTheOldestFirst() throws IOException {
        aged("a", 10, 5);
        aged("b", 10, 9);
        aged("c", 10, 7);
        aged("d", 10, 3);
        assertEquals(new StoreEviction(2, 20, 2, 20), store.evict(EvictionPolicy.bySize(25), key -> true));
        assertEquals(Set.of("a", "d"), left());
        assertEquals(new StoreEviction(1, 10, 1, 10), store.evict(EvictionPolicy.bySize(10), key -> true));
        assertEquals(Set.of("d"), left());
    }

    @Test
    void whatIsYoungStaysWhateverItsSize() throws IOException {
        aged("young", 1000, 0);
        aged("old", 1, 2);
        assertEquals(new StoreEviction(1, 1, 1, 1000), store.evict(EvictionPolicy.bySize(0), key -> true));
        assertEquals(new StoreEviction(0, 0, 1, 1000), store.evict(new EvictionPolicy(0, Duration.ZERO, HOUR), key -> true));
        EvictionPolicy spareAll = EvictionPolicy.bySize(0).keeping(Duration.ofDays(1_000_000));
        assertEquals(new StoreEviction(0, 0, 1, 1000), store.evict(spareAll, key -> true));
        assertEquals(new StoreEviction(1, 1000, 0, 0), store.evict(EvictionPolicy.bySize(0).keeping(Duration.ZERO), key -> true));
    }

    @Test
    void onlyWhatMayGoGoes() throws IOException {
        aged("manifest", 10, 9);
        StoreKey content = store.put(new byte[20], Durability.NONE).key();
        age(content, 2);
        assertEquals(new StoreEviction(1, 20, 0, 0), store.evict(EvictionPolicy.bySize(0), StoreKey::isContent));
        assertEquals(Set.of("manifest"), left());
    }

    @Test
    void negativePoliciesAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> EvictionPolicy.bySize(-1));
        assertThrows(IllegalArgumentException.class, () -> EvictionPolicy.byAge(Duration.ofNanos(-1)));
        assertThrows(IllegalArgumentException.class, () -> EvictionPolicy.bySize(1).keeping(Duration.ofNanos(-1)));
    }

    @Test
    void aReaderReadsOn() throws IOException {
        StoreKey key = aged("a", 100, 2);
        try (SeekableByteChannel reader = store.open(key)) {
            store.evict(EvictionPolicy.bySize(0), any -> true);
            assertTrue(store.find(key).isEmpty());
            assertEquals(100, reader.read(ByteBuffer.allocate(200)));
        }
    }

    /**
     * Four threads publish the same old files again and look whether what was reported stays; two others evict whatever is old, without a
     * pause. Files are made old again only while nobody has them reported.
     */
    @Test
    void whatWasReportedIsNotEvicted() throws IOException {
        int rounds = 500;
        AtomicBoolean done = new AtomicBoolean();
        AtomicLong missed = new AtomicLong();
        AtomicLong evicted = new AtomicLong();
        Waiters<Boolean> evictors = Waiters.start(2, () -> {
            while (!done.get()) {
                evicted.addAndGet(store.evict(EvictionPolicy.bySize(0), key -> true).evicted());
            }
            return true;
        });
        Waiters<Integer> publishers = Waiters.start(4, () -> {
            int existed = 0;
            long hang = System.nanoTime() + Conditions.HANG.toNanos();
            for (int i = 0; i < rounds || evicted.get() < 50 && System.nanoTime() < hang; i++) {
                byte[] content = (Thread.currentThread().threadId() + " " + i % 5).getBytes(UTF_8);
                Published published = store.put(content, Durability.NONE);
                existed += published.outcome() == PublishOutcome.EXISTED ? 1 : 0;
                // Taken aside and brought back within an instant, at worst; never gone.
                boolean there = false;
                for (int look = 0; look < 10_000 && !there; look++) {
                    there = store.find(published.key()).isPresent();
                    missed.addAndGet(there ? 0 : 1);
                }
                assertTrue(there, () -> "evicted after it was reported: " + published);
                try {
                    age(published.key(), 2);
                } catch (NoSuchFileException takenAside) {
                    assertTrue(i > 0); // it comes back, and is young
                }
            }
            return existed;
        });
        List<Integer> existed = publishers.take(4);
        done.set(true);
        evictors.take(2);
        System.out.println("eviction race: of at least " + 4 * rounds + " publications "
                + existed.stream().mapToInt(Integer::intValue).sum()
                + " found the file, " + evicted + " evictions, " + missed + " looks in the instant between");
        assertTrue(evicted.get() >= 50, "little was evicted, so little was shown");
        assertTrue(existed.stream().mapToInt(Integer::intValue).sum() > 0, "nothing existed, so nothing was shown");
        assertNothingPrivate();
    }

    /** What an evictor has taken aside when it dies is brought back, also over several folders; what has been published since stays. */
    @Test
    void aDeadEvictorsFilesComeBack() throws IOException {
        StoreKey first = aged("a/b/c", 1, 2);
        StoreKey second = aged("d", 2, 2);
        StoreKey again = aged("e", 3, 2);
        Path dead = Files.createDirectories(store.path().resolve("tmp/.staged-1-x"));
        Files.createFile(dead.resolve("owner"));
        for (StoreKey key : List.of(first, second, again)) {
            Path aside = dead.resolve("evicted").resolve(key.path());
            Files.createDirectories(aside.getParent());
            Files.move(store.path().resolve(key.path()), aside);
        }
        store.publish(again, new byte[30], Durability.NONE);
        assertEquals(Set.of("e"), left());
        assertEquals(new StoreSweep(1, 0, 3), store.sweep());
        assertEquals(Set.of("a/b/c", "d", "e"), left());
        assertEquals(30, store.find(again).orElseThrow().size());
        assertEquals(1, Files.getAttribute(store.path().resolve(first.path()), "unix:nlink"));
        assertNothingPrivate();
    }

    @Test
    void checkFindsWhatShouldNotBeThere() throws IOException {
        StoreKey fine = store.put("fine".getBytes(UTF_8), Durability.NONE).key();
        StoreKey corrupt = store.put("corrupt".getBytes(UTF_8), Durability.NONE).key();
        assertEquals(new StoreCheck(2, 11, List.of()), store.check(key -> {}));

        Path root = store.path();
        Path file = root.resolve(corrupt.path());
        Files.delete(file);
        Files.writeString(file, "other!!");
        Files.writeString(root.resolve("objects/README"), "");
        Files.writeString(root.resolve("stray"), "");
        Files.writeString(root.resolve("tmp/stray"), "");
        Files.createSymbolicLink(root.resolve("objects/" + "0".repeat(2)), root);
        Set<StoreKey> seen = new HashSet<>();
        StoreCheck check = store.check(seen::add);
        assertEquals(Set.of(fine, corrupt), seen);
        assertEquals(2, check.files());
        assertEquals(Set.of(
                "stray does not belong into a store",
                "tmp/stray is no writer's private folder, and no sweep removes it",
                "objects/README has a name that no key has",
                "objects/00 has a name that no key has",
                corrupt.path() + " can be written: its mode is 0644",
                corrupt.path() + " has a content that does not fit its key"),
                check.problems().stream()
                        .map(problem -> root.relativize(problem.path()) + " " + problem.what()).collect(Collectors.toSet()));
    }

    private void assertNothingPrivate() throws IOException {
        try (var names = Files.list(store.path().resolve("tmp"))) {
            assertEquals(List.of(), names.toList());
        }
    }
}
