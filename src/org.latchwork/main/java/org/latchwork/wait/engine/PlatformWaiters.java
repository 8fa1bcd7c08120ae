package org.latchwork.wait.engine;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** All threads that have ever waited and are still there, so that a closing gate finds its waiters. A thread is entered once, not per wait. */
final class PlatformWaiters {
    private static final Set<Reference<PlatformWaiter>> ALL = ConcurrentHashMap.newKeySet();
    private static final ReferenceQueue<PlatformWaiter> GONE = new ReferenceQueue<>();

    private PlatformWaiters() {}

    static void add(PlatformWaiter waiter) {
        for (Reference<?> gone = GONE.poll(); gone != null; gone = GONE.poll()) {
            ALL.remove(gone);
        }
        ALL.add(new WeakReference<>(waiter, GONE));
    }

    static void gateIsClosing(Gate gate) {
        for (Reference<PlatformWaiter> reference : ALL) {
            PlatformWaiter waiter = reference.get();
            if (waiter != null) {
                waiter.gateIsClosing(gate);
            }
        }
    }
}
