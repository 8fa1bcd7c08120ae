package org.latchwork.module;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.latchwork.testing.Child;
import org.latchwork.testing.ProcessTest;

/** Without native access, every entry says at every use which flag to add, the first time and later; with the flag it works. */
@ProcessTest
class NativeAccessTest {
    private static final String DENY = "--illegal-native-access=deny";
    private static final List<String> FIRST = List.of(
            "FutexArray.allocate", "FutexArray.memfd", "Futex.wake", "FutexVector", "SharedFile.open", "StagedFile.in", "LinkLock.tryAcquire",
            "PublishStore.open", "BuildIdCache.open", "Checkpoint.init");

    @TempDir
    Path directory;

    enum Where {
        CLASS_PATH("ALL-UNNAMED") {
            @Override
            List<String> path() {
                return List.of("-cp", Child.classPath());
            }
        },
        MODULE_PATH("org.latchwork") {
            @Override
            List<String> path() {
                return List.of("-p", System.getProperty("latchwork.classes"), "--add-modules", "org.latchwork",
                        "-cp", System.getProperty("latchwork.test.classes"));
            }
        };

        private final String flag;

        Where(String module) {
            this.flag = "--enable-native-access=" + module;
        }

        abstract List<String> path();
    }

    @ParameterizedTest
    @EnumSource
    void withoutPermissionTheExactFlagIsNamed(Where where) {
        List<Child> children = FIRST.stream().map(first -> start(where, first, DENY)).toList();
        for (Child child : children) {
            try (child) {
                int refused = 0;
                for (String line = child.line(); !line.equals("done"); line = child.line()) {
                    refused++;
                    assertTrue(line.contains(": java.lang.IllegalStateException: Latchwork calls the kernel through the Foreign Function"
                            + " & Memory API, which this JVM does not permit. Start java with " + where.flag + " (or put"), line);
                }
                assertEquals(1 + 2 * 12, refused);
                assertEquals(0, child.exit());
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void withThatFlagItWorks(Where where) {
        try (Child child = start(where, "Checkpoint.init", DENY, where.flag)) {
            int worked = 0;
            for (String line = child.line(); !line.equals("done"); line = child.line()) {
                worked++;
                assertTrue(line.endsWith(": works"), line);
            }
            assertEquals(1 + 2 * 12, worked);
            assertEquals(0, child.exit());
        }
    }

    private Child start(Where where, String first, String... options) {
        List<String> command = new ArrayList<>(List.of(Child.java(), "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        command.addAll(List.of(options));
        command.addAll(where.path());
        command.addAll(List.of(NativeAccessChild.class.getName(), directory.toString(), first));
        return Child.start(Map.of(), command);
    }
}
