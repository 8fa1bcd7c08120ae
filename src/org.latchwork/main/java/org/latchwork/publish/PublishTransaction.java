package org.latchwork.publish;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.latchwork.LinuxException;
import org.latchwork.file.Durability;
import org.latchwork.file.PublishOutcome;
import org.latchwork.file.stage.Advice;
import org.latchwork.file.stage.Buffer;
import org.latchwork.file.stage.Folder;
import org.latchwork.file.stage.Stage;
import org.latchwork.linux.Posix;

/**
 * Many files that become public together, or a batch that pays once for all.
 *
 * <p>Each file is staged as it is added; {@link #commit} syncs them all by one syncfs(2), links them in the order in which they were added,
 * syncs their folders, and links the manifest last. A reader that begins at the manifest sees all of it or nothing; who looks for the files
 * by themselves sees each whole, from its own link on. A crash leaves no manifest, or all. What was linked before it stays: whoever
 * commits the same again finds it.
 *
 * <p>Without a manifest it is a batch: the same files, one price.
 *
 * <p>Each file holds a descriptor until {@link #close}. Safe for use by many threads, which take turns.
 */
public final class PublishTransaction implements AutoCloseable {
    private final StoreFolder store;
    private final Publisher publisher;
    private final ReentrantLock using = new ReentrantLock();
    private final Map<StoreKey, Stage> pending = new LinkedHashMap<>();
    private StoreKey manifest;
    private boolean ended;

    PublishTransaction(StoreFolder store, Publisher publisher) {
        this.store = store;
        this.publisher = publisher;
    }

    /**
     * How a commit ended.
     *
     * @param outcome COLLISION if the manifest's name, or one of the files', stands for another content: then there is no new manifest;
     *     else CREATED if anything was, EXISTED if all was there
     * @param files what became of each file, the manifest's included
     */
    public record Result(PublishOutcome outcome, Map<StoreKey, PublishOutcome> files) {
        /** {@return the key that collided, if one did} */
        public Optional<StoreKey> collision() {
            return files.entrySet().stream().filter(file -> file.getValue() == PublishOutcome.COLLISION).map(Map.Entry::getKey).findFirst();
        }
    }

    /**
     * Stages a content.
     *
     * @param content read to its end; not closed
     * @return its key
     * @throws IOException if the content cannot be read
     * @throws LinuxException if the kernel refuses: ENOSPC, EMFILE and so on
     * @throws IllegalStateException if the transaction has ended
     */
    public StoreKey put(InputStream content) throws IOException {
        return locked(() -> {
            Stage stage = store.stage();
            StoreKey key;
            try (Buffer buffer = Buffer.take()) {
                MessageDigest digest = buffer.sha256();
                int length;
                for (long size = 0; (length = Publisher.fill(content, buffer)) > 0; size += length) {
                    digest.update(buffer.array(), 0, length);
                    stage.write(buffer.filled(buffer.array(), 0, length), size);
                }
                key = StoreKey.content(digest.digest());
            } catch (Throwable failure) {
                stage.close();
                throw failure;
            }
            add(key, stage);
            return key;
        });
    }

    /**
     * Stages a content that gets a name.
     *
     * @param name the name
     * @param content read to its end; not closed
     * @throws IOException if the content cannot be read
     * @throws LinuxException if the kernel refuses: ENOSPC, EMFILE and so on
     * @throws IllegalArgumentException if the key is a content's, or the transaction has another content of that name
     * @throws IllegalStateException if the transaction has ended
     */
    public void publish(StoreKey name, InputStream content) throws IOException {
        PublishStore.requireName(name);
        locked(() -> {
            stageNamed(name, content);
            return null;
        });
    }

    /**
     * Stages the file that appears last: it should say which the others are.
     *
     * @param name the name
     * @param content read to its end; not closed
     * @throws IOException if the content cannot be read
     * @throws LinuxException if the kernel refuses: ENOSPC, EMFILE and so on
     * @throws IllegalArgumentException if the key is a content's, or the transaction has another content of that name
     * @throws IllegalStateException if the transaction has ended, or has a manifest
     */
    public void manifest(StoreKey name, InputStream content) throws IOException {
        PublishStore.requireName(name);
        locked(() -> {
            if (manifest != null) {
                throw new IllegalStateException("the transaction has the manifest " + manifest);
            }
            stageNamed(name, content);
            manifest = name;
            return null;
        });
    }

    private void stageNamed(StoreKey name, InputStream content) throws IOException {
        if (pending.containsKey(name)) {
            throw new IllegalArgumentException("the transaction has a content for " + name);
        }
        Stage stage = store.stage();
        try (Buffer buffer = Buffer.take()) {
            Publisher.fill(stage, content, buffer, 0);
        } catch (Throwable failure) {
            stage.close();
            throw failure;
        }
        add(name, stage);
    }

    private void add(StoreKey key, Stage stage) {
        if (pending.putIfAbsent(key, stage) != null) {
            stage.close(); // the same content, twice
        }
    }

    /**
     * {@code syncfs(fd)}, {@code linkat(...)} for each file, {@code fsync(folder)} for each folder, {@code linkat(...)} for the manifest,
     * {@code fsync(folder)} for its own: the syncs as the durability asks. Makes it all public.
     *
     * <ul>
     * <li>NONE syncs nothing.
     * <li>CONTENT: after a loss of power the manifest is missing or is whole, and then so are all the files, with their names.
     * <li>DURABLE: what was reported is there after a loss of power.
     * </ul>
     * syncfs(2) waits for everything that anybody has written to the file system, not for these files alone.
     *
     * <p>If it fails, what was linked stays public, and no manifest has come. It can be tried again, unless syncing has failed.
     *
     * @param durability what has to be on disk when this returns
     * @return how it ended
     * @throws LinuxException if the kernel refuses: ENOSPC, EDQUOT, EIO and so on, as the message says
     * @throws IllegalStateException if the transaction has ended
     */
    public Result commit(Durability durability) {
        Objects.requireNonNull(durability, "durability");
        try {
            return locked(() -> {
                sync(durability);
                Map<StoreKey, PublishOutcome> outcomes = new LinkedHashMap<>();
                Set<String> folders = new LinkedHashSet<>();
                boolean collided = false;
                for (Map.Entry<StoreKey, Stage> file : pending.entrySet()) {
                    if (!collided && !file.getKey().equals(manifest)) {
                        collided = !link(file.getKey(), file.getValue(), durability, outcomes);
                        folders.add(file.getKey().folder());
                    }
                }
                // A manifest on disk must not speak of names that are not.
                if (!collided && (durability.syncsName() || durability.syncsContent() && manifest != null)) {
                    folders.forEach(this::syncNames);
                }
                if (!collided && manifest != null) {
                    collided = !link(manifest, pending.get(manifest), durability, outcomes);
                    if (!collided && durability.syncsName()) {
                        syncNames(manifest.folder());
                    }
                }
                ended = true;
                return new Result(collided ? PublishOutcome.COLLISION
                        : outcomes.containsValue(PublishOutcome.CREATED) ? PublishOutcome.CREATED : PublishOutcome.EXISTED,
                        Collections.unmodifiableMap(outcomes));
            });
        } catch (IOException e) {
            throw new UncheckedIOException("nothing is read from streams here", e);
        }
    }

    private void sync(Durability durability) {
        if (!durability.syncsContent() || pending.isEmpty()) {
            return;
        }
        int result = Posix.syncfs(store.root().descriptor());
        if (result < 0) {
            ended = true; // what is on disk is unknown, and a second syncfs would not tell
            throw Advice.failed(-result, "syncfs(\"" + store.path() + "\")", store.path());
        }
    }

    /** {@return whether the name stands for this content now} */
    private boolean link(StoreKey key, Stage stage, Durability durability, Map<StoreKey, PublishOutcome> outcomes) {
        try (Folder folder = store.root().makeFolder(key.folder())) {
            PublishOutcome outcome = publisher.linkOnly(stage, folder, key);
            // Somebody else's may have come after the syncfs.
            while (outcome == PublishOutcome.EXISTED && durability.syncsContent()
                    && !Stage.syncPublished(folder.descriptor(), key.file(), store.path(key))) {
                outcome = publisher.linkOnly(stage, folder, key);
            }
            outcomes.put(key, outcome);
            return outcome != PublishOutcome.COLLISION;
        }
    }

    private void syncNames(String relative) {
        try (Folder folder = store.root().makeFolder(relative)) {
            store.syncNames(folder, relative);
        }
    }

    private interface Step<T> {
        T perform() throws IOException;
    }

    private <T> T locked(Step<T> step) throws IOException {
        using.lock();
        try {
            if (ended) {
                throw new IllegalStateException("the transaction has ended");
            }
            store.requireOpen();
            return step.perform();
        } finally {
            using.unlock();
        }
    }

    /** All the others also when one of them fails. */
    private static void closeAll(Collection<Stage> stages) {
        RuntimeException failed = null;
        for (Stage stage : stages) {
            try {
                stage.close();
            } catch (RuntimeException e) {
                failed = failed == null ? e : failed;
            }
        }
        if (failed != null) {
            throw failed;
        }
    }

    /** Ends the transaction; what was not committed is gone. Doing it again does nothing. */
    @Override
    public void close() {
        using.lock();
        try {
            ended = true;
            List<Stage> stages = List.copyOf(pending.values());
            pending.clear();
            closeAll(stages);
        } finally {
            using.unlock();
        }
    }
}
