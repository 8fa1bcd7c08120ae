package org.latchwork.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.latchwork.testing.CProgram;

/** {@code latchwork store} and {@code latchwork build-id}, as packaged. */
class StoreIT {
    /** Of {@code hello} and a new line, as sha256sum says. */
    private static final String HELLO = "sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";

    private final Command command = Command.packaged();

    @TempDir
    Path directory;

    private Command.Result store(String... arguments) {
        List<String> all = new ArrayList<>(List.of("store"));
        all.addAll(List.of(arguments));
        return command.latchwork(all.toArray(String[]::new));
    }

    @Test
    void putGetListVerify() throws IOException {
        String store = directory.resolve("store").toString();
        Path file = Files.writeString(directory.resolve("file"), "hello\n");
        store("put", store, file.toString()).is(0, HELLO + "\n", "");
        store("put", "--json", "--durability", "durable", store, file.toString())
                .is(0, "{\"file\":\"" + file + "\",\"key\":\"" + HELLO + "\",\"outcome\":\"EXISTED\"}\n", "");
        store("put", "--name", "a/\"b\"", store, file.toString()).is(0, "a/\"b\"\n", "");
        store("get", store, HELLO).is(0, "hello\n", "");
        store("get", store, "a/\"b\"").is(0, "hello\n", "");
        store("list", store).is(0, HELLO + "\na/\"b\"\n", "");
        Command.Result json = store("list", "--json", store);
        assertTrue(json.out().contains("{\"key\":\"a/\\\"b\\\"\",\"size\":6,\"published\":\"20"), json.out());
        store("verify", store).is(0, "", "");
        store("verify", "--json", store).is(0, "{\"files\":2,\"bytes\":12,\"problems\":0}\n", "");
        store("verify", store, HELLO).is(0, "VALID " + HELLO + "\n", "");
        store("verify", "--progress", store).is(0, "", "\r1 files read");
    }

    @Test
    void inAPipe() {
        String tool = Command.FOLDER.resolve("bin/latchwork").toString();
        command.program("sh", "-ec", """
                key=$(echo hello | "$0" store put "$1")
                "$0" store get "$1" "$key"
                echo hello | "$0" store put --name greeting "$1" -
                if echo other | "$0" store put --name greeting "$1" 2>/dev/null; then exit 9; fi
                if "$0" store get "$1" absent; then exit 9; fi 2>/dev/null
                """, tool, directory.resolve("store").toString()).is(0, "hello\ngreeting\n", "");
    }

    @Test
    void whatIsWrongIsToldWithItsStatus() throws IOException {
        String store = directory.resolve("store").toString();
        Path file = Files.writeString(directory.resolve("file"), "hello\n");
        store("put", store, file.toString());
        store("get", store, "absent").is(1, "", "latchwork store: no absent in " + store + "\n");
        store("put", store, "/no/such").is(2, "", "latchwork store: /no/such does not exist\n");
        store("put", "--name", "x", store, file.toString());
        Path other = Files.writeString(directory.resolve("other"), "other\n");
        store("put", "--name", "x", store, other.toString())
                .is(1, "", "latchwork store: x stands for another content than " + other + "; it was left as it is\n");
        for (String[] wrong : new String[][] {{"get", store, "../x"}, {"get", store}, {"put", "--name", "/x", store, file.toString()},
            {"put", "--durability", "forever", store, file.toString()}, {"evict", store}, {"evict", "--max-bytes", "-1", store},
            {"evict", "--max-age", "7", store}, {"evict", "--max-age", "d", store}, {"put", "--name", "x", store, "a", "b"},
            {"nonsense"}}) {
            Command.Result result = store(wrong);
            assertEquals(1, result.status(), String.join(" ", wrong));
            assertEquals("", result.out());
            assertTrue(result.err().contains("Usage: latchwork store"), result.err());
        }
        Path strange = Files.createDirectory(directory.resolve("strange"));
        Files.createFile(strange.resolve("thesis"));
        store("list", strange.toString()).is(2, "", "latchwork store: " + strange + ": is no publish store: it has no file 'store' and "
                + "is not empty (thesis); name an empty folder, or one that does not exist\n");

        Path content = directory.resolve("store/objects/58").resolve(HELLO.substring(9));
        Files.delete(content);
        Files.writeString(content, "jello\n");
        Command.Result verified = store("verify", store);
        assertEquals(1, verified.status());
        assertEquals(2, verified.out().lines().count());
        assertEquals("latchwork store: 2 problems among 2 files\n", verified.err());
        store("verify", store, HELLO, "x").is(1, "CORRUPT " + HELLO + "\nVALID x\n", "latchwork store: not all of these are valid\n");
    }

    @Test
    void await() throws IOException {
        Path store = directory.resolve("store");
        Path file = Files.writeString(directory.resolve("file"), "hello\n");
        store("await", "--timeout", "20ms", store.toString(), "a/b").is(1, "", "latchwork store: no a/b in " + store + " within 20 ms\n");
        store("await", "--timeout", "0s", "--json", store.toString(), "a/b")
                .is(1, "{\"key\":\"a/b\",\"outcome\":\"TIMED_OUT\"}\n", "latchwork store: no a/b in " + store + " within 0 ms\n");
        String tool = Command.FOLDER.resolve("bin/latchwork").toString();
        // One waits for a publisher, one for a stranger.
        command.program("sh", "-ec", """
                "$0" store await --timeout 60s "$1" a/b && "$0" store get "$1" a/b &
                waiter=$!
                "$0" store await --json --timeout 1m "$1" stranger > "$2.json" &
                stranger=$!
                "$0" store put --name a/b "$1" "$2"
                wait $waiter
                ln "$2" "$1/names/stranger"
                wait $stranger
                """, tool, store.toString(), file.toString()).is(0, "a/b\nhello\n", "");
        String json = Files.readString(directory.resolve("file.json"));
        assertTrue(json.matches("\\{\"key\":\"stranger\",\"outcome\":\"(WOKEN|VALUE_DIFFERS)\",\"size\":6,\"published\":\"20.*\"}\n"), json);
        assertEquals(1, store("await", "--timeout", "5", store.toString(), "a").status());
        assertEquals(1, store("await", "--timeout", "ms", store.toString(), "a").status());
        store("await", store.toString(), "a/b").is(0, "", "");
    }

    @Test
    void sweepAndEvict() throws IOException {
        Path store = directory.resolve("store");
        for (String name : List.of("old", "older", "young")) {
            Path file = Files.writeString(directory.resolve(name), name);
            store("put", "--name", name, store.toString(), file.toString());
        }
        age(store.resolve("names/old"), 3);
        age(store.resolve("names/older"), 5);
        Files.createDirectory(store.resolve("tmp/.staged-1-dead"));
        store("sweep", store.toString()).is(0, "1 removed, 0 live, 0 restored\n", "");
        store("sweep", "--json", store.toString()).is(0, "{\"removed\":0,\"live\":0,\"restored\":0}\n", "");
        store("evict", "--max-bytes", "0", "--contents", store.toString()).is(0, "0 evicted (0 bytes), 0 kept (0 bytes)\n", "");
        store("evict", "--max-age", "4h", store.toString()).is(0, "1 evicted (5 bytes), 2 kept (8 bytes)\n", "");
        store("evict", "--max-bytes", "1K", "--json", store.toString())
                .is(0, "{\"evicted\":0,\"evictedBytes\":0,\"kept\":2,\"keptBytes\":8}\n", "");
        store("evict", "--max-bytes", "0", store.toString()).is(0, "1 evicted (3 bytes), 1 kept (5 bytes)\n", "");
        store("evict", "--max-bytes", "0", "--keep", "0s", store.toString()).is(0, "1 evicted (5 bytes), 0 kept (0 bytes)\n", "");
    }

    private static void age(Path file, int hours) throws IOException {
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(Duration.ofHours(hours))));
    }

    @Test
    void buildIds() throws IOException {
        CProgram.requireCompiler();
        Path source = Files.writeString(directory.resolve("program.c"), "int main(void) { return 0; }\n");
        Path program = directory.toRealPath().resolve("program");
        command.program("cc", "-Wl,--build-id=0x0123456789abcdef", "-o", program.toString(), source.toString()).is(0, "", "");
        Path cache = directory.resolve("cache");
        Path folder = cache.resolve(program.toString().substring(1)).resolve("0123456789abcdef");
        command.latchwork("build-id", "add", "--dir", cache.toString(), program.toString()).is(0, "0123456789abcdef\n", "");
        command.latchwork("build-id", "add", "--json", "--dir", cache.toString(), program.toString())
                .is(0, "{\"file\":\"" + program + "\",\"buildId\":\"0123456789abcdef\",\"folder\":\"" + folder
                        + "\",\"outcome\":\"EXISTED\"}\n", "");
        assertEquals(-1, Files.mismatch(program, cache.resolve(".build-id/01/23456789abcdef/elf")));
        command.latchwork("build-id", "add", "--dir", cache.toString(), source.toString(), "/no/such")
                .is(2, "", "latchwork build-id: " + source + ": is no ELF file\nlatchwork build-id: /no/such does not exist\n");
        assertEquals(1, command.latchwork("build-id", "add").status());
        // The default is the home's.
        command.with("JAVA_TOOL_OPTIONS", "-Duser.home=" + directory).latchwork("build-id", "add", program.toString());
        assertTrue(Files.exists(directory.resolve(".debug/.build-id/01/23456789abcdef/elf")));
    }

    @Test
    void helpSaysWhatThereIs() {
        Command.Result help = command.latchwork("store", "--help");
        assertEquals(0, help.status());
        for (String part : List.of("put", "get", "await", "list", "verify", "sweep", "evict", "--json", "Exit status")) {
            assertTrue(help.out().contains(part), part);
        }
    }
}
