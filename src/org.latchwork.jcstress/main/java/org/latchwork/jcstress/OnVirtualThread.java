package org.latchwork.jcstress;

import java.util.concurrent.atomic.AtomicReference;

/** Lets a virtual thread do an actor's work. */
public final class OnVirtualThread {
    private OnVirtualThread() {}

    /** Starts it, joins it, and throws what it threw: jcstress sees only what its own thread throws. */
    public static void run(Runnable work) throws InterruptedException {
        AtomicReference<RuntimeException> thrown = new AtomicReference<>();
        Thread.ofVirtual().start(() -> {
            try {
                work.run();
            } catch (RuntimeException e) {
                thrown.set(e);
            }
        }).join();
        if (thrown.get() != null) {
            throw thrown.get();
        }
    }
}
