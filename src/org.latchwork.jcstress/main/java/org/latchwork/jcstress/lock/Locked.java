package org.latchwork.jcstress.lock;

import java.util.concurrent.atomic.AtomicInteger;
import org.latchwork.lock.SyncRegion;

/**
 * The region of all states of a test. jcstress makes states by the million, so they take its objects in turn, one of {@link #EACH} of
 * each kind; that states share one makes contention between them, no more.
 */
final class Locked {
    static final SyncRegion REGION = SyncRegion.anonymous();

    private static final int EACH = 64;
    private static final AtomicInteger NEXT = new AtomicInteger();

    private Locked() {}

    /** {@return the name of the next object of a kind} */
    static String name(String kind) {
        return kind + NEXT.getAndIncrement() % EACH;
    }
}
