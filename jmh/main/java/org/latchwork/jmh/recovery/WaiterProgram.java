package org.latchwork.jmh.recovery;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.locks.LockSupport;
import org.latchwork.jmh.Jvm;
import org.latchwork.jmh.Os;
import org.latchwork.jmh.abi.Bench;
import org.latchwork.lock.Held;
import org.latchwork.lock.Mutex;
import org.latchwork.lock.RegionReport;
import org.latchwork.lock.SyncRegion;

/**
 * Who waits for a mutex until its owner dies. {@code arguments}: the region, how many objects.
 *
 * <p>A line with the owner's pid is answered with {@code waiting} when a thread waits for the first object that is recovered and another one for the last.
 * The next line is answered, when both have been acquired, with the two times (CLOCK_MONOTONIC) and of how many of all the objects it was not said
 * that their owner had died and that it was that process. Then all are in order again.
 */
final class WaiterProgram {
    private static final long LOOK_AGAIN_NANOS = 500_000;

    private final List<Mutex> mutexes = new ArrayList<>();

    private WaiterProgram(Path file, int objects) {
        SyncRegion region = SyncRegion.open(file);
        for (int i = 0; i < objects; i++) {
            region.mutex(String.valueOf(i));
        }
        // A recovery goes through the region's table.
        SyncRegion.inspect(file).objects().stream().sorted(Comparator.comparingInt(RegionReport.Entry::index))
                .forEach(entry -> mutexes.add(region.mutex(entry.name())));
    }

    public static void main(String[] arguments) throws Exception {
        BlockingQueue<String> lines = Jvm.linesFromParent();
        WaiterProgram program = new WaiterProgram(Path.of(arguments[0]), Integer.parseInt(arguments[1]));
        System.out.println("ready");
        while (true) {
            int owner = Integer.parseInt(lines.take());
            Acquisition first = program.acquire(program.mutexes.getFirst(), owner);
            Acquisition last = program.mutexes.size() == 1 ? first : program.acquire(program.mutexes.getLast(), owner);
            first.awaitAsleep();
            last.awaitAsleep();
            System.out.println("waiting");
            lines.take();
            first.thread.join();
            last.thread.join();
            System.out.println(first.time() + " " + last.time() + " " + program.wrong(owner, first, last));
        }
    }

    private Acquisition acquire(Mutex mutex, int owner) {
        Acquisition acquisition = new Acquisition(mutex, owner);
        acquisition.thread.start();
        return acquisition;
    }

    /** Takes the others, too, and repairs them. */
    private int wrong(int owner, Acquisition first, Acquisition last) {
        int wrong = (first.right ? 0 : 1) + (last.right || last == first ? 0 : 1);
        for (int i = 1; i < mutexes.size() - 1; i++) {
            try (Held held = mutexes.get(i).acquire()) {
                wrong += isRight(held, owner) ? 0 : 1;
                held.markConsistent();
            }
        }
        return wrong;
    }

    private static boolean isRight(Held held, int owner) {
        return held.ownerDied() && held.previousOwner().orElseThrow().pid() == owner;
    }

    /** A thread that takes one mutex and notes when it had it. */
    private static final class Acquisition implements Runnable {
        private final Mutex mutex;
        private final int owner;
        private final Thread thread = Thread.ofPlatform().unstarted(this);
        private volatile int threadId;
        private long acquired;
        private boolean right;

        Acquisition(Mutex mutex, int owner) {
            this.mutex = mutex;
            this.owner = owner;
        }

        @Override
        public void run() {
            threadId = Os.threadId();
            try (Held held = mutex.acquire()) {
                acquired = System.nanoTime();
                right = isRight(held, owner);
                held.markConsistent();
            }
        }

        /** By proc_pid_syscall(5): that it sleeps in a wait for a futex word. */
        void awaitAsleep() throws IOException {
            while (!isAsleep()) {
                LockSupport.parkNanos(LOOK_AGAIN_NANOS);
            }
        }

        private boolean isAsleep() throws IOException {
            if (threadId == 0) {
                return false;
            }
            String[] call = Files.readString(Path.of("/proc/self/task", String.valueOf(threadId), "syscall")).split(" ");
            return call[0].equals(String.valueOf(Bench.SYS_futex_waitv()))
                    || call[0].equals(String.valueOf(Bench.SYS_futex())) && (Integer.decode(call[2]) & Bench.FUTEX_PRIVATE_FLAG()) == 0; // the JVM's are private
        }

        long time() {
            if (acquired == 0) {
                throw new IllegalStateException(mutex + " was not acquired");
            }
            return acquired;
        }
    }
}
