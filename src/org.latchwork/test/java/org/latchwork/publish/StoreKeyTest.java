package org.latchwork.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys lead into the store and nowhere else. */
class StoreKeyTest {
    private static final String HASH = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";

    @Test
    void textAndPlace() {
        StoreKey content = StoreKey.content(HASH);
        assertTrue(content.isContent());
        assertEquals("sha256:" + HASH, content.toString());
        assertEquals("objects/58/" + HASH.substring(2), content.path());
        StoreKey name = StoreKey.named("a/b/c");
        assertFalse(name.isContent());
        assertEquals("a/b/c", name.toString());
        assertEquals("names/a/b", name.folder());
        assertEquals("c", name.file());
        assertEquals("names", StoreKey.named("c").folder());
        for (StoreKey key : List.of(content, name, StoreKey.named("ä €.so (1)"), StoreKey.named(HASH), StoreKey.named(".hidden/..."))) {
            assertEquals(key, StoreKey.parse(key.toString()));
            assertEquals(key.hashCode(), StoreKey.parse(key.toString()).hashCode());
            assertEquals(key, StoreFolder.key(key.path()), "the way back");
        }
        assertNotEquals(content, StoreKey.named(HASH));
        assertTrue(StoreKey.named("a").compareTo(StoreKey.named("b")) < 0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "/etc/passwd", "a/", "a//b", ".", "..", "../a", "a/..", "a/../../b", "a/./b", "a\0b", "\ud800",
        "sha256:x"})
    void whatIsNoNameIsRefused(String name) {
        String message = assertThrows(IllegalArgumentException.class, () -> StoreKey.named(name)).getMessage();
        assertTrue(message.startsWith("the name '" + name + "' "), message);
        assertThrows(IllegalArgumentException.class, () -> StoreKey.parse(name));
    }

    @Test
    void lengthsAreInBytes() {
        assertEquals("ä".repeat(127), StoreKey.named("ä".repeat(127)).toString());
        assertThrows(IllegalArgumentException.class, () -> StoreKey.named("ä".repeat(128)));
        String deep = "x".repeat(255) + "/";
        assertEquals(15 * 256 + 3, StoreKey.named(deep.repeat(15) + "end").toString().length());
        assertThrows(IllegalArgumentException.class, () -> StoreKey.named(deep.repeat(16) + "end"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "58", "5891B5B522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03", "../../../../etc/passwd",
        "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be0g",
        "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be0310"})
    void whatIsNoHashIsRefused(String hash) {
        assertThrows(IllegalArgumentException.class, () -> StoreKey.content(hash));
        assertThrows(IllegalArgumentException.class, () -> StoreKey.parse("sha256:" + hash));
    }

    @Test
    void pathsThatNoKeyHas() {
        for (String path : List.of("objects/58", "objects/58/91", "objects/" + HASH, "objects/5/" + HASH.substring(1),
                "objects/58/x/" + HASH.substring(2))) {
            assertNull(StoreFolder.key(path), path);
        }
        assertNull(StoreFolder.key("names/sha256:x"));
    }
}
