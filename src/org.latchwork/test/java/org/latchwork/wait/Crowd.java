package org.latchwork.wait;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.latchwork.testing.Child;
import org.latchwork.testing.Conditions;

/** A child JVM with very many waiters on the words of one file, on a chosen engine. */
final class Crowd implements AutoCloseable {
    private final Child child;
    private final PrintWriter commands;

    private Crowd(Child child) {
        this.child = child;
        this.commands = new PrintWriter(child.process().outputWriter(), true);
    }

    /** Makes a file of so many words, all zero. */
    static Path file(Path directory, int words) throws IOException {
        return Files.write(Files.createTempFile(directory, "words", ""), new byte[words * Integer.BYTES]);
    }

    /** Starts it on an engine, or the best there is for {@code null}; with a command that runs the JVM, such as {@code strace}. */
    static Crowd start(WaitEngine engine, Path file, int words, String... launcher) {
        List<String> command = new ArrayList<>(List.of(launcher));
        List<String> options = engine == null ? List.of() : List.of("-D" + WaitEngine.PROPERTY + "=" + engine);
        command.addAll(Child.jvmCommand(options, CrowdChild.class, file, words));
        return new Crowd(Child.start(Map.of(), command));
    }

    private String ask(String command) {
        commands.println(command);
        return child.line();
    }

    Child child() {
        return child;
    }

    /** {@return the engine in use} */
    WaitEngine engine() {
        return WaitEngine.valueOf(ask("engine").toUpperCase(Locale.ROOT));
    }

    /** Virtual threads that wait until their word, each its own from {@code first} on, is no longer 0. */
    void awaitChange(int count, int first) {
        ask("wait virtual-change " + count + " " + first + " 1");
    }

    /** Virtual threads that wait for a wake, each on a word of its own from {@code first} on. */
    void awaitWake(int count, int first) {
        ask("wait virtual-wake " + count + " " + first + " 1");
    }

    /** Virtual threads that wait for a wake, all on one word. */
    void awaitWakeOf(int count, int word) {
        ask("wait virtual-wake " + count + " " + word + " 0");
    }

    /** Platform threads that wait for a wake, all on one word. */
    void awaitWakeOnPlatformThreads(int count, int word) {
        ask("wait platform-wake " + count + " " + word + " 0");
    }

    /**
     * Waits until all are in the kernel's queues: on an io_uring as many requests as that are there, besides the one for its bell, and its
     * thread sleeps; otherwise so many threads sleep in a wait with a futex.
     */
    void awaitAsleep(int count) {
        Conditions.await(count + " wait in the kernel", () -> Integer.parseInt(ask("asleep")) >= count);
    }

    /** {@return how the waits have ended that have, such as <code>{WOKEN=3}</code>} */
    String ends() {
        return ask("ends");
    }

    /** Waits until all have ended in one way, which is named. */
    void awaitEnds(int count, String end) {
        String wanted = count == 0 ? "{}" : "{" + end + "=" + count + "}";
        String[] last = new String[1];
        try {
            Conditions.await("waits end " + wanted, () -> (last[0] = ends()).equals(wanted));
        } catch (AssertionError hang) {
            throw new AssertionError("the waits ended " + last[0], hang);
        }
    }

    /** {@return what was logged, lines ended by a bar} */
    String log() {
        return ask("log");
    }

    /** {@return how many io_urings the process has open} */
    int rings() {
        return Integer.parseInt(ask("rings"));
    }

    /** {@return the JVM's process id, which is not that of its launcher} */
    long pid() {
        return Long.parseLong(ask("pid"));
    }

    @Override
    public void close() {
        commands.close(); // the end of its input is the end of the JVM, whatever launched it
        child.close();
    }
}
