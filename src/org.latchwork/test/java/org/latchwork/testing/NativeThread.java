package org.latchwork.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A thread of this JVM whose kernel thread id is known, so that it can be looked at in {@code /proc} and sent a signal. */
public final class NativeThread<T> {
    private final CompletableFuture<Path> task = new CompletableFuture<>();
    private final FutureTask<T> work;
    private final Thread thread;

    private NativeThread(Callable<T> callable) {
        this.work = new FutureTask<>(() -> {
            task.complete(Path.of("/proc").resolve(Files.readSymbolicLink(Path.of("/proc/thread-self"))));
            return callable.call();
        });
        this.thread = Thread.ofPlatform().daemon().start(work);
    }

    /** Starts it. */
    public static <T> NativeThread<T> start(Callable<T> callable) {
        return new NativeThread<>(callable);
    }

    /** {@return the Java thread} */
    public Thread thread() {
        return thread;
    }

    /** {@return whether its work is done} */
    public boolean isDone() {
        return work.isDone();
    }

    /** {@return whether it is inside futex(2) or futex_waitv just now} */
    public boolean isInFutexCall() {
        return isInCall(202) || isInCall(449);
    }

    /** {@return whether it is blocked in the system call of this number just now} */
    public boolean isInCall(int number) {
        return read("syscall").startsWith(number + " ");
    }

    /** {@return how often it has given up its CPU to sleep (proc_pid_status(5))} */
    public long voluntarySwitches() {
        return read("status").lines().filter(line -> line.startsWith("voluntary_ctxt_switches:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", ""))).sum();
    }

    /** Sends SIGUSR2, for which HotSpot has a handler that does nothing unless the JVM itself has sent it. The kernel prefers the thread named. */
    public void signal() {
        Child.start("kill", "-USR2", task.join().getFileName().toString()).exit();
    }

    /** {@return what it came to; fails if it does not end} */
    public T result() {
        try {
            return work.get(Conditions.HANG.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new AssertionError(e.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    private String read(String name) {
        try {
            return Files.readString(task.join().resolve(name));
        } catch (IOException e) {
            if (isDone()) {
                return "";
            }
            throw new UncheckedIOException(e);
        }
    }
}
