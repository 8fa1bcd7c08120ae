package org.latchwork.wait.engine;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.latchwork.wait.WaitEngine;

/** Waits in {@code futex_waitv}, many in one call: so many threads as the words of all requests need, 127 to a thread. */
final class BatchEngine implements Engine {
    static final int MAX_WORDS = 10_000;

    /** Requests of many words leave seats of a batch empty: twice as many as full ones would be needed. */
    private static final int MAX_BATCHES = 2 * (MAX_WORDS / Batch.SEATS + 1);

    private final AtomicReferenceArray<Batch> batches = new AtomicReferenceArray<>(MAX_BATCHES);
    private final AtomicInteger words = new AtomicInteger();

    @Override
    public boolean submit(Request request) {
        int needed = request.targets().length;
        if (words.addAndGet(needed) <= MAX_WORDS) {
            for (int i = 0; i < MAX_BATCHES; i++) {
                if (batch(i).submit(request)) {
                    return true;
                }
            }
        }
        words.addAndGet(-needed);
        throw new RejectedExecutionException("no more than " + MAX_WORDS + " words can be waited for on engine " + WaitEngine.FUTEX_WAITV
                + "; an io_uring (Linux 6.7) has no such limit: see " + WaitEngine.class.getName());
    }

    private Batch batch(int index) {
        Batch batch = batches.get(index);
        while (batch == null || batch.hasEnded()) {
            Batch next = new Batch(words);
            if (batches.compareAndSet(index, batch, next)) {
                Engines.start("latchwork-batch-" + index, next);
                return next;
            }
            batch = batches.get(index);
        }
        return batch;
    }

    @Override
    public void recheck(Request request) {
        Batch batch = request.batch;
        if (batch != null) {
            batch.knock();
        }
    }

    /** Looks at every request: a gate is closing. */
    void recheckAll() {
        for (int i = 0; i < MAX_BATCHES; i++) {
            Batch batch = batches.get(i);
            if (batch != null) {
                batch.knock();
            }
        }
    }
}
