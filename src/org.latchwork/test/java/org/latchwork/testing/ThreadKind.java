package org.latchwork.testing;

import java.util.concurrent.Callable;

/** The two kinds of threads, as a parameter. */
public enum ThreadKind {
    PLATFORM,
    VIRTUAL;

    /** {@return an unstarted daemon} */
    public Thread thread(Runnable work) {
        return this == VIRTUAL ? Thread.ofVirtual().unstarted(work) : Thread.ofPlatform().daemon().unstarted(work);
    }

    /** Starts a thread of this kind that makes one call. */
    public <T> Running<T> start(Callable<T> call) {
        return Running.start(this, call);
    }
}
