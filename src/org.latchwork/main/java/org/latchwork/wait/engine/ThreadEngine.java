package org.latchwork.wait.engine;

import static org.latchwork.linux.abi.Linux.EIO;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.latchwork.wait.WaitEngine;

/** A platform thread for each request, which waits as platform threads do. */
final class ThreadEngine implements Engine {
    /** Criterion: the threads' looks in between, where they have to look, take a quarter of a core ({@link PlatformWaiter#SLICE_NANOS}). */
    static final int MAX_WAITERS = 500;

    private static final int STACK_BYTES = 256 * 1024;
    private static final AtomicInteger NUMBER = new AtomicInteger();

    /** Waits, not threads: one that has just ended its wait and is on its way back into the pool takes nobody's place. */
    private final AtomicInteger waits = new AtomicInteger();
    private final ThreadPoolExecutor threads = new ThreadPoolExecutor(0, Integer.MAX_VALUE, Engines.KEEP_ALIVE_NANOS, TimeUnit.NANOSECONDS,
            new SynchronousQueue<>(), work -> Thread.ofPlatform().daemon().stackSize(STACK_BYTES)
                    .name("latchwork-waiter-" + NUMBER.incrementAndGet()).unstarted(work));

    @Override
    public boolean submit(Request request) {
        if (waits.incrementAndGet() > MAX_WAITERS) {
            waits.decrementAndGet();
            throw new RejectedExecutionException("no more than " + MAX_WAITERS + " waits can have a thread each, on engine "
                    + Engines.kind() + "; an io_uring (Linux 6.7) has no such limit: see " + WaitEngine.class.getName());
        }
        try {
            threads.execute(() -> serve(request));
        } catch (Throwable noThread) {
            waits.decrementAndGet();
            throw noThread;
        }
        return true;
    }

    private void serve(Request request) {
        long result = -EIO();
        try {
            PlatformWaiter waiter = PlatformWaiter.current();
            request.waiter = waiter; // before it is asked whether the request is due
            result = waiter.await(request, false);
        } finally {
            waits.decrementAndGet(); // first: who hears of it may wait again at once
            request.complete(result);
        }
    }

    @Override
    public void recheck(Request request) {
        PlatformWaiter waiter = request.waiter;
        if (waiter != null) {
            waiter.hint();
        }
    }
}
