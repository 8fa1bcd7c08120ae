package org.latchwork.jmh.operation;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.latchwork.lock.Mutex;
import org.latchwork.lock.ReentrantMutex;
import org.latchwork.lock.RwLock;
import org.latchwork.lock.SeqLock;
import org.latchwork.lock.SyncRegion;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What locks cost that nobody else wants: taken and let go, beside those of java.util.concurrent. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
@Fork(value = 3, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class LockBenchmark {
    private SyncRegion region;
    private Mutex mutex;
    private ReentrantMutex reentrantMutex;
    private RwLock rwLock;
    private SeqLock seqLock;
    private ReentrantLock reentrantLock;
    private ReentrantReadWriteLock reentrantReadWriteLock;

    @Setup
    public void open() {
        region = SyncRegion.anonymous();
        mutex = region.mutex("mutex");
        reentrantMutex = region.reentrantMutex("reentrant mutex");
        rwLock = region.rwLock("read-write lock");
        seqLock = region.seqLock("sequence lock");
        reentrantLock = new ReentrantLock();
        reentrantReadWriteLock = new ReentrantReadWriteLock();
    }

    @TearDown
    public void close() {
        region.close();
    }

    @Benchmark
    public void mutexLock() {
        mutex.lock();
        mutex.unlock();
    }

    @Benchmark
    public boolean mutexAcquire() {
        try (var held = mutex.acquire()) {
            return held.ownerDied();
        }
    }

    @Benchmark
    public void reentrantMutexLock() {
        reentrantMutex.lock();
        reentrantMutex.unlock();
    }

    @Benchmark
    public void reentrantLock() {
        reentrantLock.lock();
        reentrantLock.unlock();
    }

    @Benchmark
    public void rwLockRead() {
        rwLock.readLock().lock();
        rwLock.readLock().unlock();
    }

    @Benchmark
    public boolean rwLockAcquireRead() {
        try (var held = rwLock.acquireRead()) {
            return held != null;
        }
    }

    @Benchmark
    public void rwLockWrite() {
        rwLock.writeLock().lock();
        rwLock.writeLock().unlock();
    }

    @Benchmark
    public boolean seqLockRead() {
        return seqLock.validate(seqLock.tryOptimisticRead());
    }

    @Benchmark
    public void seqLockWrite() {
        seqLock.lock();
        seqLock.unlock();
    }

    @Benchmark
    public void reentrantReadWriteLockRead() {
        reentrantReadWriteLock.readLock().lock();
        reentrantReadWriteLock.readLock().unlock();
    }
}
