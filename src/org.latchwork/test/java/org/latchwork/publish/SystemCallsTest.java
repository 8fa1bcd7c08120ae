package org.latchwork.publish;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.latchwork.file.Durability;
import org.latchwork.file.stage.Stage;
import org.latchwork.testing.Child;
import org.latchwork.testing.ProcessTest;
import org.latchwork.testing.Strace;

/**
 * What the README says of the system calls that a publication makes is what strace sees, once its folder is held open. While there is no
 * notice board, a publication may look for it, once in a while: that call is counted by itself.
 */
@ProcessTest
class SystemCallsTest {
    /** A row: what is done, how many calls, which. */
    private static final Pattern ROW =
            Pattern.compile("\\| `(put|publish|find)`(| new| existing)(|, \\w+)(|, named) \\| (\\d+) \\| `([\\w ]+)` \\|");
    private static final Pattern CALL = Pattern.compile("\\d+ +(\\w+)\\((.*)");

    private static final String LOOK = "a look for the notice board";

    @TempDir
    Path directory;

    @Test
    void theReadmesTableIsTrue() throws IOException {
        Strace.require();
        Map<String, String> told = told();
        assertTrue(told.size() >= 9, () -> "the table has changed: " + told);
        Map<String, String> seen = new LinkedHashMap<>();
        try (Child child = Child.jvm(Main.class, directory.resolve("store"))) {
            assertEquals("ready", child.line());
            for (String row : told.keySet()) {
                String answer;
                List<String> calls;
                int attempts = 0;
                do { // again if the second for which the folder is held open was over just then, and it was opened anew
                    // Attached and let go for each, since a list of calls should not depend on the one before.
                    Strace strace = Strace.attach(child, directory.resolve("strace.log"), List.of("-e", "trace=" + Cells.TRACED));
                    assertEquals("held", tell(child, row));
                    answer = tell(child, "now");
                    calls = calls(strace.detach());
                } while (calls.contains("openat2") && ++attempts < 5);
                int looks = Collections.frequency(calls, LOOK);
                assertTrue(looks <= (row.contains(" new ") ? 1 : 0), row + ": " + calls);
                calls.remove(LOOK);
                assertTrue(answer.equals(row.contains("new") ? "CREATED" : row.contains("existing") ? "EXISTED" : "true"), answer);
                seen.put(row, calls.size() + ": " + String.join(" ", calls));
            }
        }
        assertEquals(told, seen);
    }

    private static String tell(Child child, String line) throws IOException {
        var writer = child.process().outputWriter();
        writer.write(line + "\n");
        writer.flush();
        return child.line();
    }

    private static Map<String, String> told() throws IOException {
        Map<String, String> told = new LinkedHashMap<>();
        String readme = Files.readString(Path.of(System.getProperty("latchwork.native.headers")).resolveSibling("README.md"));
        Matcher row = ROW.matcher(readme);
        while (row.find()) {
            told.put((row.group(1) + row.group(2) + row.group(3) + row.group(4)).replace(",", ""), row.group(5) + ": " + row.group(6));
        }
        return told;
    }

    /** Between the reading of the line that said when, and the answer, which is the last. */
    private static List<String> calls(List<String> lines) {
        List<String> answered = List.of();
        List<String> calls = new ArrayList<>();
        for (String line : lines) {
            Matcher matcher = CALL.matcher(line);
            if (!matcher.lookingAt() || matcher.group(1).equals("mmap")) {
                continue;
            }
            if (matcher.group(2).startsWith("0,")) {
                calls.clear();
            } else if (!matcher.group(1).equals("write") || !matcher.group(2).startsWith("1,")) {
                calls.add(matcher.group(2).contains("\"" + NoticeBoard.FILE + "\"") ? LOOK : matcher.group(1));
            } else if (!calls.isEmpty()) {
                answered = List.copyOf(calls);
            }
        }
        return new ArrayList<>(answered);
    }

    /** A process that has published before, with a store for each way, and does what it is told. */
    static final class Main {
        public static void main(String[] arguments) throws IOException {
            Path folder = Path.of(arguments[0]);
            Map<Boolean, PublishStore> stores = Map.of(false, PublishStore.open(folder), true, PublishStore.open(folder));
            for (int i = 0; i < 600; i++) { // every folder is there, and its name synced
                stores.get(i % 2 == 0).put(("warm up " + i).getBytes(UTF_8), Durability.DURABLE);
            }
            for (String row : List.of("put new NONE named", "put existing DURABLE", "publish new DURABLE", "publish existing DURABLE",
                    "find")) {
                act(stores, row, -1);
                act(stores, row, -2);
            }
            System.out.println("ready");
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
            int number = 0;
            for (String line; (line = in.readLine()) != null; ) {
                // The folder is held open for a second from its last opening.
                String text = text(line, number);
                StoreKey key = line.startsWith("put") ? PublishStoreTest.key(text.getBytes(UTF_8)) : StoreKey.named(text);
                stores.get(line.endsWith(" named")).find(key);
                System.out.println("held");
                in.readLine();
                System.out.println(act(stores, line, number++));
            }
        }

        private static String text(String row, int number) {
            return row.contains(" new ") ? "content " + number : "old";
        }

        private static Object act(Map<Boolean, PublishStore> stores, String row, int number) {
            boolean named = row.endsWith(" named");
            System.setProperty(Stage.WAY, named ? "named" : "unnamed");
            PublishStore store = stores.get(named);
            String[] words = row.split(" ");
            String text = text(row, number);
            byte[] content = text.getBytes(UTF_8);
            return switch (words[0]) {
                case "put" -> store.put(content, Durability.valueOf(words[2])).outcome();
                case "publish" -> store.publish(StoreKey.named(text), content, Durability.valueOf(words[2]));
                default -> store.find(StoreKey.named("old")).isPresent();
            };
        }
    }
}
