package org.latchwork.jmh.wake;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * What a thread is doing, by {@code /proc/PID/task/TID/syscall} (proc_pid_syscall(5)): {@code running}, or the call in which it sleeps, off
 * its CPU, with that call's arguments.
 */
final class SleepProbe implements AutoCloseable {
    private static final byte[] RUNNING = "running".getBytes(StandardCharsets.US_ASCII);

    private final FileChannel file;
    private final ByteBuffer line = ByteBuffer.allocateDirect(256);
    private final byte[] expected;

    /** Expects it to sleep as {@link Waking#sleepsIn} says, or to be running. */
    SleepProbe(Path task, String sleepsIn, boolean running) {
        try {
            file = FileChannel.open(task.resolve("syscall"));
        } catch (IOException e) {
            throw new UncheckedIOException(task
                    + "/syscall, which shows whether the waiter sleeps, cannot be read: is kernel.yama.ptrace_scope 2 or 3?", e);
        }
        expected = running ? RUNNING : sleepsIn.getBytes(StandardCharsets.US_ASCII);
    }

    /** {@return whether it does as expected, at this moment} */
    boolean matches() {
        line.clear();
        try {
            file.read(line, 0);
        } catch (IOException e) {
            throw new UncheckedIOException("the waiter has ended", e);
        }
        line.flip();
        return matches(expected, line);
    }

    static boolean matches(byte[] pattern, ByteBuffer line) {
        int at = 0;
        for (byte b : pattern) {
            if (b == '*') {
                while (at < line.limit() && line.get(at) != ' ') {
                    at++;
                }
            } else if (at >= line.limit() || line.get(at++) != b) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
