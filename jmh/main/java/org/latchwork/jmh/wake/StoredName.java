package org.latchwork.jmh.wake;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.latchwork.file.Durability;
import org.latchwork.file.PublishOutcome;
import org.latchwork.publish.PublishStore;
import org.latchwork.publish.PublishTransaction;
import org.latchwork.publish.StoreKey;
import org.latchwork.wait.Deadline;

/** Each number is a name in a store, whose file is staged before; the waiter is in {@link PublishStore#await}. */
final class StoredName implements Waking {
    /** futex_waitv(2): which thread of the waiter's it is, is known. */
    private static final String SLEEPS_IN = "449 ";

    private final PublishStore store;
    private PublishTransaction staged;

    /** Opens one end; without a board, which is made impossible, inotify alone tells. */
    StoredName(Path directory, boolean board) {
        store = PublishStore.open(directory.resolve("store"));
        if (!board) {
            try {
                Files.createDirectories(store.path().resolve("board"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static StoreKey key(int number) {
        return StoreKey.named("n%08x".formatted(number));
    }

    @Override
    public void prepare(int number) {
        discard();
        staged = store.begin();
        try {
            staged.publish(key(number), new ByteArrayInputStream(new byte[0]));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void wake(int number) {
        if (staged.commit(Durability.NONE).outcome() != PublishOutcome.CREATED) {
            throw new IllegalStateException("somebody else has made " + key(number));
        }
    }

    @Override
    public void await(int number) {
        if (store.await(key(number), Deadline.NEVER).file().isEmpty()) {
            throw new IllegalStateException("the wait for " + key(number) + " has ended without it");
        }
    }

    @Override
    public void settle(int number) {
        try {
            Files.delete(store.path().resolve("names").resolve(key(number).toString()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void discard() {
        if (staged != null) {
            staged.close();
        }
    }

    @Override
    public String sleepsIn() {
        return SLEEPS_IN;
    }

    @Override
    public void close() {
        discard();
        store.close();
    }
}
