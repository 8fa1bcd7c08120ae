package org.latchwork.jmh.lock;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.latchwork.jmh.Jvm;
import org.latchwork.lock.RobustSemaphore;
import org.latchwork.lock.Semaphore;
import org.latchwork.lock.SyncRegion;

/**
 * One of several processes that take a lock, or the only one. {@code arguments}: the kind, the file. Each line {@code START MILLIS THREADS INSIDE} is
 * a run, as {@code lock_floor.c} has it, and answered with how often, and the 99.9 % quantile in nanoseconds.
 */
final class LockProgram {
    private static final int SAMPLES = 1 << 17;
    private static volatile long sink = 88172645463325252L;

    private LockProgram() {}

    /** What is measured. Not an interface with many implementations in one JVM: each process makes one. */
    private interface Taken {
        void take();

        void letGo();
    }

    public static void main(String[] arguments) throws Exception {
        BlockingQueue<String> lines = Jvm.linesFromParent();
        Taken lock = lock(LockKind.valueOf(arguments[0]), Path.of(arguments[1]));
        System.out.println("ready");
        while (true) {
            String[] words = lines.take().split(" ");
            System.out.println(run(lock, Long.parseLong(words[0]), Long.parseLong(words[1]), Integer.parseInt(words[2]),
                    Integer.parseInt(words[3])));
        }
    }

    private static Taken lock(LockKind kind, Path file) throws IOException {
        return switch (kind) {
            case MUTEX -> of(SyncRegion.open(file).mutex("benchmark"));
            case RW_LOCK_READ -> of(SyncRegion.open(file).rwLock("benchmark").readLock());
            case SEMAPHORE -> {
                Semaphore semaphore = SyncRegion.open(file).semaphore("benchmark", 1);
                yield of(semaphore::acquireUninterruptibly, semaphore::release);
            }
            case ROBUST_SEMAPHORE -> {
                RobustSemaphore semaphore = SyncRegion.open(file).robustSemaphore("benchmark", 1);
                yield of(semaphore::acquireUninterruptibly, semaphore::release);
            }
            case REENTRANT_LOCK -> of(new ReentrantLock());
            case FILE_LOCK -> new OfFile(FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE));
            default -> throw new IllegalArgumentException(kind + " is not Java's");
        };
    }

    private static Taken of(Lock lock) {
        return of(lock::lock, lock::unlock);
    }

    private static Taken of(Runnable take, Runnable letGo) {
        return new Taken() {
            @Override
            public void take() {
                take.run();
            }

            @Override
            public void letGo() {
                letGo.run();
            }
        };
    }

    /** For processes of one thread: of the threads of one process, all but one would get an OverlappingFileLockException. */
    private static final class OfFile implements Taken {
        private final FileChannel channel;
        private FileLock held;

        OfFile(FileChannel channel) {
            this.channel = channel;
        }

        @Override
        public void take() {
            try {
                held = channel.lock();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void letGo() {
            try {
                held.release();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static String run(Taken lock, long start, long millis, int threads, int inside) throws InterruptedException {
        Worker[] workers = new Worker[threads];
        Thread[] running = new Thread[threads];
        for (int i = 0; i < threads; i++) {
            workers[i] = new Worker(lock, start, start + millis * 1_000_000, inside);
            running[i] = Thread.ofPlatform().start(workers[i]);
        }
        long operations = 0;
        int samples = 0;
        int[] all = new int[threads * SAMPLES];
        for (int i = 0; i < threads; i++) {
            running[i].join();
            int count = Math.min(workers[i].samples, SAMPLES);
            System.arraycopy(workers[i].taken, 0, all, samples, count);
            samples += count;
            operations += workers[i].operations;
        }
        Arrays.sort(all, 0, samples);
        return operations + " " + (samples == 0 ? 0 : all[(int) (samples * 0.999)]);
    }

    private static final class Worker implements Runnable {
        private final Taken lock;
        private final long start;
        private final long end;
        private final int inside;
        private final int[] taken = new int[SAMPLES];
        private int samples;
        private long operations;

        Worker(Taken lock, long start, long end, int inside) {
            this.lock = lock;
            this.start = start;
            this.end = end;
            this.inside = inside;
        }

        @Override
        public void run() {
            while (System.nanoTime() < start) {
                Thread.onSpinWait();
            }
            long n = 0;
            for (; ; n++) {
                if (n % 8 == 0) {
                    long before = System.nanoTime();
                    if (before >= end) {
                        break;
                    }
                    lock.take();
                    taken[samples++ % SAMPLES] = (int) Math.min(System.nanoTime() - before, Integer.MAX_VALUE);
                } else {
                    lock.take();
                }
                work(inside);
                lock.letGo();
                work(inside);
            }
            operations = n;
        }
    }

    private static void work(int steps) {
        if (steps > 0) {
            long x = sink;
            for (int i = 0; i < steps; i++) {
                x ^= x << 13; // xorshift: steps that no compiler makes fewer of
                x ^= x >>> 7;
                x ^= x << 17;
            }
            sink = x;
        }
    }
}
