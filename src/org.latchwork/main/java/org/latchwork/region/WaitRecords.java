package org.latchwork.region;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.latchwork.region.abi.Layout;
import org.latchwork.region.abi.lw_participant;
import org.latchwork.region.abi.lw_wait;

/**
 * Tells other processes which of this one's threads are blocked, and on what: for whoever looks, decides nothing. There is room for so many
 * ({@code LW_WAITS}); further ones are blocked all the same.
 */
public final class WaitRecords {
    private static final int ALL = (1 << Layout.LW_WAITS()) - 1;

    private final RegionMemory memory;
    private final long records;
    /** A bit for each record in use. */
    private final AtomicInteger used = new AtomicInteger();
    private final AtomicInteger blocked = new AtomicInteger();
    /** By object, what to look at while somebody waits for it. */
    private final Map<Integer, Runnable> checks = new ConcurrentHashMap<>();

    WaitRecords(RegionImage image, int slot) {
        this.memory = image.memory();
        this.records = image.layout().participant(slot) + lw_participant.waits$offset();
    }

    /**
     * Begins to tell.
     *
     * @return what {@link #end} takes
     */
    public int begin(int object) {
        int record = reserve();
        if (record >= 0) {
            try {
                long at = records + record * lw_wait.sizeof();
                memory.set(at + lw_wait.thread$offset(), (int) Thread.currentThread().threadId());
                memory.setLong(at + lw_wait.since$offset(), Clock.now());
                memory.setRelease(at + lw_wait.object$offset(), object + 1);
            } catch (Throwable closedOrCut) {
                free(record);
                throw closedOrCut;
            }
        }
        blocked.incrementAndGet();
        return record;
    }

    private int reserve() {
        int seen;
        int free;
        do {
            seen = used.get();
            free = ~seen & ALL;
            if (free == 0) {
                return -1;
            }
        } while (!used.compareAndSet(seen, seen | Integer.lowestOneBit(free)));
        return Integer.numberOfTrailingZeros(free);
    }

    private void free(int record) {
        used.getAndAccumulate(1 << record, (bits, bit) -> bits & ~bit);
    }

    /** Ends what {@link #begin} began. */
    public void end(int record) {
        blocked.decrementAndGet();
        if (record >= 0) {
            try {
                if (!memory.isClosed()) {
                    memory.setRelease(records + record * lw_wait.sizeof() + lw_wait.object$offset(), 0);
                }
            } finally {
                free(record);
            }
        }
    }

    /**
     * From now on, the sentinel does this again and again while a thread of this process waits for the object.
     *
     * @param object which
     * @param check what it does, which takes no time
     */
    public void whileBlocked(int object, Runnable check) {
        checks.put(object, check);
    }

    /** Does what is to be done for what is waited for now. */
    void check() {
        for (int record = 0; record < Layout.LW_WAITS(); record++) {
            Runnable check = (used.get() & 1 << record) == 0 ? null
                    : checks.get(memory.get(records + record * lw_wait.sizeof() + lw_wait.object$offset()) - 1);
            if (check != null) {
                check.run();
            }
        }
    }

    /** {@return how many threads of this process are blocked} */
    int blocked() {
        return blocked.get();
    }
}
