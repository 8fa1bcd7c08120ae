package org.latchwork.jmh.wake;

import com.google.gson.Gson;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.latchwork.jmh.Jvm;
import org.latchwork.jmh.Os;
import org.latchwork.jmh.Peer;
import org.latchwork.wait.WaitEngine;

/**
 * The JVM that measures series of one mechanism: the waker, with the waiter as a second thread or as a JVM of its own. A fresh one for each
 * mechanism in each place, so that none finds the JIT's view of another.
 */
public final class SeriesProgram {
    /** C2 compiles what has been called 5,000 times. */
    private static final int REHEARSALS = 20_000;

    private SeriesProgram() {}

    /** {@return the waker, to be told plans as JSON; it answers each with a {@link RawSeries} as JSON} */
    public static Peer start(Mechanism mechanism) throws IOException {
        return Peer.start(command("waker", mechanism));
    }

    private static ProcessBuilder command(String role, Mechanism mechanism) {
        List<String> engine = mechanism.parks() ? List.of("-D" + WaitEngine.PROPERTY + "=" + mechanism.engine()) : List.of();
        return Jvm.command(engine, SeriesProgram.class, role);
    }

    /** {@code waker} or {@code waiter}. */
    public static void main(String[] args) throws Exception {
        BlockingQueue<String> plans = Jvm.linesFromParent();
        try (Other other = new Other()) {
            while (true) {
                String line = plans.take();
                Plan plan = new Gson().fromJson(line, Plan.class);
                if (args[0].equals("waiter")) {
                    waitAsPlanned(plan);
                } else {
                    RawSeries series = plan.scope() == Scope.THREADS ? betweenThreads(plan) : betweenProcesses(plan, other);
                    System.out.println(new Gson().toJson(series));
                }
            }
        }
    }

    /** The waiter's JVM, once it is needed. */
    private static final class Other implements AutoCloseable {
        private Process process;
        private PrintStream plans;

        void tell(Plan plan) throws IOException {
            if (process == null) {
                process = command("waiter", plan.mechanism()).redirectOutput(ProcessBuilder.Redirect.INHERIT).start();
                plans = new PrintStream(process.getOutputStream(), true);
            }
            plans.println(new Gson().toJson(plan));
        }

        @Override
        public void close() {
            if (process != null) {
                process.destroyForcibly();
            }
        }
    }

    private static void waitAsPlanned(Plan plan) throws IOException, InterruptedException {
        Path directory = Path.of(plan.directory());
        // Threads that are started from here on, such as carriers and those of an engine, run where this one does.
        Os.pin(plan.waiterCpu());
        rehearse(plan, directory.resolve("waiter"));
        try (Control control = Control.attach(directory.resolve("control"), plan.maxWakes(), plan.giveWay());
                Waking waking = plan.mechanism().open(directory, plan.scope())) {
            Waiter waiter = new Waiter(plan, control, waking);
            if (plan.mechanism().isVirtual()) {
                Thread.ofVirtual().start(waiter).join();
            } else {
                waiter.run();
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

    private static RawSeries betweenThreads(Plan plan) throws IOException, InterruptedException {
        Path directory = Path.of(plan.directory());
        rehearse(plan, directory.resolve("waker"));
        try (Control control = Control.create(directory.resolve("control"), plan.maxWakes(), plan.giveWay());
                Waking waking = plan.mechanism().open(directory, plan.scope())) {
            Thread waiter = Thread.ofPlatform().daemon().name("waiter").start(() -> {
                Os.pin(plan.waiterCpu());
                new Waiter(plan, control, waking).run();
            });
            RawSeries series = new Waker(plan, control, waking).run();
            waiter.join();
            return series;
        }
    }

    private static RawSeries betweenProcesses(Plan plan, Other other) throws IOException {
        Path directory = Path.of(plan.directory());
        try (Control control = Control.create(directory.resolve("control"), plan.maxWakes(), plan.giveWay())) {
            other.tell(plan);
            rehearse(plan, directory.resolve("waker")); // while the other JVM starts
            try (Waking waking = plan.mechanism().open(directory, plan.scope())) {
                return new Waker(plan, control, waking).run();
            }
        }
    }
}
