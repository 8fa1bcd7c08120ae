package org.latchwork.wait;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.latchwork.testing.CProgram;
import org.latchwork.testing.Child;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.ProcessTest;

/** Two processes that wake each other for a while, each counting: what one has sent, the other has received. A lost wake is a hang. */
@ProcessTest
class CountingTest {
    private static final int SHORT_MILLIS = 1500;

    @TempDir
    static Path directory;

    @ParameterizedTest
    @EnumSource
    void javaAndC(WaitEngine engine) throws IOException {
        assertNothingIsLost(engine, false, SHORT_MILLIS);
    }

    @ParameterizedTest
    @EnumSource
    @Tag("stress")
    void javaAndCForLong(WaitEngine engine) throws IOException {
        assertNothingIsLost(engine, false, longMillis());
    }

    @ParameterizedTest
    @EnumSource
    @Tag("stress")
    void javaAndJavaForLong(WaitEngine engine) throws IOException {
        assertNothingIsLost(engine, true, longMillis());
    }

    /** The seconds are for all of the long runs together: three engines, two partners. */
    private static int longMillis() {
        return Math.max(SHORT_MILLIS, Integer.getInteger("latchwork.stress.seconds", 180) * 1000 / 6);
    }

    /** A run in which one side has had no luck in hitting the other asleep proves nothing of that side: again, for longer. */
    private static void assertNothingIsLost(WaitEngine engine, boolean twoJvms, int millis) throws IOException {
        String all;
        for (int time = millis; (all = exchange(engine, twoJvms, time)).startsWith("0 "); time *= 2) {
            assertTrue(time < 16 * millis, "one side has never woken the other in " + time + " ms: " + all);
        }
        System.out.println(all);
    }

    /** {@return the counts in words, after {@code "0 "} if one of them is 0} */
    private static String exchange(WaitEngine engine, boolean twoJvms, int millis) throws IOException {
        Path program = CProgram.compile("futex_counting", directory);
        Path file = Files.write(Files.createTempFile(directory, "words", ""), new byte[CountingPeer.WORDS * 64]);
        List<String> first = Child.jvmCommand(List.of("-D" + WaitEngine.PROPERTY + "=" + engine), CountingPeer.class, file, 0, millis);
        List<String> second = twoJvms
                ? Child.jvmCommand(List.of(), CountingPeer.class, file, 1, millis)
                : List.of(program.toString(), file.toString(), "1", String.valueOf(millis));
        try (Child java = Child.start(Map.of(), first); Child partner = Child.start(Map.of(), second)) {
            long limit = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis) + Conditions.HANG.toNanos();
            awaitEnd(java, limit);
            awaitEnd(partner, limit);
            long[] here = counts(java.line());
            long[] there = counts(partner.line());
            String all = engine + ": tokens " + here[0] + " and " + there[0] + ", exact wakes " + here[2] + " and " + there[2];
            assertEquals(here[0], there[1], "tokens from the first to the second");
            assertEquals(there[0], here[1], "tokens from the second to the first");
            assertEquals(here[2], there[3], "wakes from the first to the second");
            assertEquals(there[2], here[3], "wakes from the second to the first");
            return Stream.of(here[0], there[0], here[2], there[2]).allMatch(count -> count > 0) ? all : "0 " + all;
        }
    }

    private static void awaitEnd(Child child, long limit) {
        try {
            assertTrue(child.process().waitFor(limit - System.nanoTime(), TimeUnit.NANOSECONDS), "somebody still waits: a wake was lost");
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static long[] counts(String line) {
        return Stream.of(line.split(" ")).mapToLong(Long::parseLong).toArray();
    }
}
