package org.latchwork.publish;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.latchwork.LinuxException;
import org.latchwork.file.Durability;
import org.latchwork.file.PublishOutcome;
import org.latchwork.file.stage.Folder;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.Waiters;

/** Folders that are held open, and what becomes of them under the store's hands. */
class HeldFoldersTest {
    private static final byte[] CONTENT = "content".getBytes(UTF_8);
    private static final StoreKey NAME = StoreKey.named("folder/name");
    private static final StoreKey OTHER = StoreKey.named("folder/other");

    @TempDir
    Path directory;
    private PublishStore store;
    private Path folder;

    @BeforeEach
    void open() {
        store = PublishStore.open(directory.resolve("store"));
        folder = directory.resolve("store/names/folder");
        store.publish(NAME, CONTENT, Durability.NONE);
    }

    @AfterEach
    void close() {
        store.close();
    }

    @ParameterizedTest
    @EnumSource
    void aRemovedFolderIsMadeAgain(Durability durability) throws IOException {
        Files.delete(folder.resolve("name"));
        Files.delete(folder);
        assertEquals(Optional.empty(), store.find(NAME));
        assertEquals(PublishOutcome.CREATED, store.publish(NAME, CONTENT, durability));
        assertArrayEquals(CONTENT, Files.readAllBytes(folder.resolve("name")));
    }

    @Test
    void aFolderThatOthersMakeAgainIsFoundAtOnce() throws IOException {
        Files.delete(folder.resolve("name"));
        Files.delete(folder);
        Files.createDirectory(folder);
        Files.write(folder.resolve("name"), CONTENT);
        assertTrue(store.find(NAME).isPresent());
        assertEquals(PublishOutcome.CREATED, store.publish(OTHER, CONTENT, Durability.NONE));
        assertTrue(Files.exists(folder.resolve("other")));
    }

    /** Nothing says so but its name, which is asked once a second. */
    @Test
    void aFolderThatIsMovedAwayIsNotUsedForLong() throws IOException {
        Files.move(folder, directory.resolve("away"));
        Conditions.await("the folder is opened anew", () -> store.find(NAME).isEmpty());
        assertEquals(PublishOutcome.CREATED, store.publish(NAME, CONTENT, Durability.NONE));
        assertTrue(Files.exists(folder.resolve("name")));
    }

    @Test
    void aSymbolicLinkInItsPlaceIsNotFollowed() throws IOException {
        Path away = Files.move(folder, directory.resolve("away"));
        Files.createSymbolicLink(folder, away);
        Conditions.await("the folder is opened anew", () -> store.find(NAME).isEmpty());
        assertEquals("ELOOP", assertThrows(LinuxException.class,
                () -> store.publish(OTHER, CONTENT, Durability.NONE)).errnoName());
        assertFalse(Files.exists(away.resolve("other")));
    }

    @Test
    void thereAreOnlySoMany() throws IOException {
        long before = PublishStoreTest.descriptors();
        for (int i = 0; i < 3 * HeldFolders.MOST; i++) {
            store.publish(StoreKey.named("many-" + i + "/name"), CONTENT, Durability.NONE);
        }
        long held = PublishStoreTest.descriptors() - before;
        assertTrue(held <= HeldFolders.MOST, () -> held + " descriptors");
    }

    /** A descriptor that is closed under a user's hands could be another folder's by then: each file would lie where it does not belong. */
    @Test
    void nobodysDescriptorIsClosed() throws Exception {
        try (Folder root = Folder.open(directory); HeldFolders folders = new HeldFolders(root)) {
            for (int i = 0; i < 8; i++) {
                folders.make("f" + i).close();
                Files.createFile(directory.resolve("f" + i + "/is-" + i));
            }
            assertNull(folders.find("missing"));
            AtomicBoolean over = new AtomicBoolean();
            Waiters<Boolean> forgetful = Waiters.start(1, () -> {
                while (!over.get()) {
                    for (int i = 0; i < 8; i++) {
                        try (HeldFolders.Held held = folders.find("f" + i)) {
                            folders.forget(held);
                        }
                    }
                }
                return true;
            });
            Waiters<Boolean> users = Waiters.start(2, () -> {
                for (int i = 0; i < 20_000; i++) {
                    try (HeldFolders.Held held = folders.find("f" + i % 8)) {
                        if (held.folder().status("is-" + i % 8) == null) {
                            return false;
                        }
                    }
                }
                return true;
            });
            for (boolean right : users.take(2)) {
                assertTrue(right);
            }
            over.set(true);
            forgetful.take();
        }
    }
}
