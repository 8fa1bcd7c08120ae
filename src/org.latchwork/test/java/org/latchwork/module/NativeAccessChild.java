package org.latchwork.module;

import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.latchwork.checkpoint.Checkpoint;
import org.latchwork.file.LinkLock;
import org.latchwork.file.SharedFile;
import org.latchwork.file.StagedFile;
import org.latchwork.futex.Futex;
import org.latchwork.futex.FutexArray;
import org.latchwork.futex.FutexVector;
import org.latchwork.publish.BuildIdCache;
import org.latchwork.publish.PublishStore;

/** Uses every public entry to native code, twice, beginning with the one it is told: arguments {@code DIRECTORY FIRST}. */
final class NativeAccessChild {
    private interface Entry {
        AutoCloseable use() throws Exception;
    }

    private NativeAccessChild() {}

    private static Map<String, Entry> entries(Path directory) throws Exception {
        Path file = Files.write(directory.resolve("file"), new byte[64]);
        Map<String, Entry> entries = new LinkedHashMap<>();
        entries.put("FutexArray.allocate", () -> FutexArray.allocate(1, FutexArray.Spacing.PACKED));
        entries.put("FutexArray.memfd", () -> FutexArray.memfd("x", 1, FutexArray.Spacing.PACKED));
        entries.put("Futex.wake", () -> {
            // Its word comes from an arena, which needs no native access.
            try (Arena arena = Arena.ofConfined()) {
                Futex.SHARED.wake(arena.allocate(4, 4), 1);
            }
            return null;
        });
        entries.put("FutexVector", () -> {
            new FutexVector(1);
            return null;
        });
        entries.put("SharedFile.open", () -> SharedFile.open(file));
        entries.put("SharedFile.memfd", () -> SharedFile.memfd("x", 1));
        entries.put("StagedFile.in", () -> StagedFile.in(directory, 0600));
        entries.put("LinkLock.tryAcquire", () -> LinkLock.tryAcquire(directory.resolve("lock")).orElseThrow());
        entries.put("PublishStore.open", () -> PublishStore.open(directory.resolve("store")));
        entries.put("BuildIdCache.open", () -> BuildIdCache.open(directory.resolve("cache")));
        entries.put("Checkpoint.init", () -> Checkpoint.init(directory.resolve("checkpoint")));
        entries.put("Checkpoint.reinit", () -> Checkpoint.reinit(directory.resolve("checkpoint")));
        return entries;
    }

    public static void main(String[] arguments) throws Exception {
        Map<String, Entry> entries = entries(Path.of(arguments[0]));
        use(arguments[1], entries.get(arguments[1]));
        for (int round = 0; round < 2; round++) {
            for (Map.Entry<String, Entry> entry : entries.entrySet()) {
                use(entry.getKey(), entry.getValue());
            }
        }
        System.out.println("done");
    }

    private static void use(String name, Entry entry) {
        try {
            AutoCloseable used = entry.use();
            if (used != null) {
                used.close();
            }
            System.out.println(name + ": works");
        } catch (Throwable thrown) {
            System.out.println(name + ": " + thrown.getClass().getName() + ": " + thrown.getMessage());
        }
    }
}
