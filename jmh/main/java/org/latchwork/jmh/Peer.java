package org.latchwork.jmh;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A process that measures: it is told what, one line each time, and answers line by line. One that hangs is killed. */
public final class Peer implements AutoCloseable {
    /** So much longer than it should an answer may take. */
    private static final long HANG_MILLIS = 60_000;

    private final Process process;
    private final PrintStream commands;
    private final BufferedReader answers;

    private Peer(Process process) {
        this.process = process;
        this.commands = new PrintStream(process.getOutputStream(), true);
        this.answers = process.inputReader();
    }

    /** {@return the process, started} */
    public static Peer start(ProcessBuilder command) throws IOException {
        return new Peer(command.start());
    }

    /** {@return its process id} */
    public long pid() {
        return process.pid();
    }

    /** Waits for the line that says that it has started. */
    public void await(String line) throws IOException {
        String answer = answer("start", 0);
        if (!answer.equals(line)) {
            throw new IllegalStateException("a measuring process said at its start: " + answer);
        }
    }

    /**
     * Says a line and waits for one.
     *
     * @param line what to measure
     * @param millis how long that takes, about
     * @return the answer
     */
    public String ask(String line, long millis) throws IOException {
        commands.println(line);
        return answer(line, millis);
    }

    private String answer(String asked, long millis) throws IOException {
        CompletableFuture<Void> watchdog = CompletableFuture.runAsync(process::destroyForcibly,
                CompletableFuture.delayedExecutor(millis + HANG_MILLIS, TimeUnit.MILLISECONDS));
        String answer = answers.readLine();
        watchdog.cancel(false);
        if (answer == null) {
            throw new IllegalStateException("a measuring process has ended, or was killed because it hung; it was asked: " + asked);
        }
        return answer;
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
