package org.latchwork.jmh.wake;

import com.google.gson.Gson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.latchwork.jmh.Jvm;

/**
 * The JVM that measures one series: the waker, with the waiter as a second thread or as a JVM of its own. A fresh one for each series, so
 * that none finds the JIT's view of another.
 */
public final class SeriesProgram {
    /** C2 compiles what has been called 5,000 times. */
    private static final int REHEARSALS = 20_000;

    private SeriesProgram() {}

    /** With {@code waker PLAN} it prints a {@link RawSeries} as JSON; {@code waiter PLAN} is for itself. */
    public static void main(String[] args) throws IOException, InterruptedException {
        Jvm.endWithParent();
        Plan plan = new Gson().fromJson(args[1], Plan.class);
        Path directory = Path.of(plan.directory());
        if (args[0].equals("waker")) {
            RawSeries series = plan.scope() == Scope.THREADS ? betweenThreads(plan, directory) : betweenProcesses(plan, directory);
            System.out.println(new Gson().toJson(series));
        } else {
            rehearse(plan, directory.resolve("waiter"));
            try (Control control = Control.attach(directory.resolve("control"), plan.maxWakes(), plan.giveWay());
                    Waking waking = plan.mechanism().open(directory, plan.scope())) {
                new Waiter(plan, control, waking).run();
            }
        }
    }

    /** Lets the JIT see the calls, on files that nobody else looks at, for half the warm-up's time at most. */
    private static void rehearse(Plan plan, Path directory) throws IOException {
        Files.createDirectory(directory);
        try (Waking waking = plan.mechanism().open(directory, plan.scope())) {
            long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(plan.warmUpMillis()) / 2;
            for (int i = 1; i <= REHEARSALS && System.nanoTime() < end; i++) {
                waking.rehearse(i);
            }
        }
    }

    private static RawSeries betweenThreads(Plan plan, Path directory) throws IOException, InterruptedException {
        rehearse(plan, directory.resolve("waker"));
        try (Control control = Control.create(directory.resolve("control"), plan.maxWakes(), plan.giveWay());
                Waking waking = plan.mechanism().open(directory, plan.scope())) {
            Thread waiter = Thread.ofPlatform().daemon().name("waiter").start(new Waiter(plan, control, waking));
            RawSeries series = new Waker(plan, control, waking).run();
            waiter.join();
            return series;
        }
    }

    private static RawSeries betweenProcesses(Plan plan, Path directory) throws IOException, InterruptedException {
        try (Control control = Control.create(directory.resolve("control"), plan.maxWakes(), plan.giveWay())) {
            Process waiter = Jvm.command(SeriesProgram.class, "waiter", new Gson().toJson(plan))
                    .redirectOutput(ProcessBuilder.Redirect.INHERIT)
                    .start();
            rehearse(plan, directory.resolve("waker")); // while the other JVM starts
            try (Waking waking = plan.mechanism().open(directory, plan.scope())) {
                RawSeries series = new Waker(plan, control, waking).run();
                waiter.waitFor();
                return series;
            } finally {
                waiter.destroyForcibly();
            }
        }
    }
}
