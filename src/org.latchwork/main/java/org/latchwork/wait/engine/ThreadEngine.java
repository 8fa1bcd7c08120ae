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
    /** Criterion: the threads' looks in between, where they have to look, take a tenth of a core ({@link PlatformWaiter#SLICE_NANOS}). */
    static final int MAX_WAITERS = 500;

    private static final int STACK_BYTES = 256 * 1024;
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private final ThreadPoolExecutor threads = new ThreadPoolExecutor(0, MAX_WAITERS, Engines.KEEP_ALIVE_NANOS, TimeUnit.NANOSECONDS,
            new SynchronousQueue<>(), work -> Thread.ofPlatform().daemon().stackSize(STACK_BYTES)
                    .name("latchwork-waiter-" + NUMBER.incrementAndGet()).unstarted(work));

    @Override
    public boolean submit(Request request) {
        try {
            threads.execute(() -> serve(request));
        } catch (RejectedExecutionException full) {
            throw new RejectedExecutionException("no more than " + MAX_WAITERS + " waits can have a thread each, on engine "
                    + Engines.kind() + "; an io_uring (Linux 6.7) has no such limit: see " + WaitEngine.class.getName());
        }
        return true;
    }

    private static void serve(Request request) {
        long result = -EIO();
        try {
            PlatformWaiter waiter = PlatformWaiter.current();
            request.waiter = waiter; // before it is asked whether the request is due
            result = waiter.await(request, false);
        } finally {
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
