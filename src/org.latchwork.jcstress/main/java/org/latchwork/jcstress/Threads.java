package org.latchwork.jcstress;

import java.util.concurrent.Executor;
import java.util.concurrent.Executors;

/** Where the waiters of races run. */
public final class Threads {
    /** Threads that are used again: starting one takes longer than a race. */
    public static final Executor PLATFORM = Executors.newCachedThreadPool(
            work -> Thread.ofPlatform().daemon().name("waiter").unstarted(work));

    /** A virtual thread each. */
    public static final Executor VIRTUAL = work -> Thread.ofVirtual().name("waiter").start(work);

    private Threads() {}
}
