package org.latchwork.jmh.lock;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.latchwork.jmh.CFloor;
import org.latchwork.jmh.Jvm;

/** Processes that take a lock of one kind: JVMs that stay, so that they are warm, or C programs, one after the other. */
final class LockPeer implements AutoCloseable {
    /** Until all of them have heard of it. */
    private static final long LEAD_NANOS = 30_000_000;

    private final LockKind kind;
    private final Path file;
    private final CFloor c;
    private final List<Process> jvms = new ArrayList<>();

    /** Of one run. */
    record Figures(long operations, long p999) {}

    LockPeer(LockKind kind, Path directory, CFloor c, int processes) throws IOException, InterruptedException {
        this.kind = kind;
        this.file = directory.resolve("lock-" + kind.name().toLowerCase());
        this.c = c;
        if (kind.isJava()) {
            for (int i = 0; i < processes; i++) {
                Process jvm = Jvm.command(List.of("-Xmx256m"), LockProgram.class, kind.name(), file.toString()).start();
                jvms.add(jvm);
                answer(jvm.inputReader());
            }
        } else if (c.command(kind.letter(), file, "init").start().waitFor() != 0) {
            throw new IOException("lock_floor " + kind.letter() + " init failed");
        }
    }

    LockKind kind() {
        return kind;
    }

    /** Runs so many processes of so many threads each, at once. */
    Figures run(int processes, int threads, int millis, int inside) throws IOException {
        long start = System.nanoTime() + LEAD_NANOS;
        List<BufferedReader> answers = new ArrayList<>();
        for (int i = 0; i < processes; i++) {
            if (kind.isJava()) {
                new PrintStream(jvms.get(i).getOutputStream(), true).println(start + " " + millis + " " + threads + " " + inside);
                answers.add(jvms.get(i).inputReader());
            } else {
                answers.add(c.command(kind.letter(), file, start, millis, threads, inside).start().inputReader());
            }
        }
        long operations = 0;
        long p999 = 0;
        for (BufferedReader answer : answers) {
            String[] words = answer(answer).split(" ");
            operations += Long.parseLong(words[0]);
            p999 = Math.max(p999, Long.parseLong(words[1]));
        }
        return new Figures(operations, p999);
    }

    private String answer(BufferedReader from) throws IOException {
        String line = from.readLine();
        if (line == null) {
            throw new IOException("a process with " + kind.label() + " has ended without a figure");
        }
        return line;
    }

    @Override
    public void close() {
        jvms.forEach(Process::destroyForcibly);
    }
}
