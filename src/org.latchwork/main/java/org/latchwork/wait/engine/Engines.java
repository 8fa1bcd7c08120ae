package org.latchwork.wait.engine;

import static org.latchwork.linux.abi.Linux.EIO;
import static org.latchwork.linux.abi.Linux.ENOMEM;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.latchwork.LinuxException;
import org.latchwork.linux.WaitVector;
import org.latchwork.wait.WaitEngine;

/** Which engine takes a request: chosen once, by trying; changed only if an io_uring keeps failing. */
final class Engines {
    /** After so long without a request a thread ends. Long enough that a program with something to do does not start one again and again. */
    static final long KEEP_ALIVE_NANOS = 10_000_000_000L;

    /** What has failed so often will not work: a passing lack of memory may fail a ring once. */
    private static final int MAX_FAILURES = 3;

    private static final ThreadEngine THREADS = new ThreadEngine();
    private static final BatchEngine BATCHES = new BatchEngine();
    private static final AtomicReference<RingEngine> RING = new AtomicReference<>();
    private static final AtomicReference<RingEngine> EXACT_RING = new AtomicReference<>();
    private static final AtomicInteger FAILURES = new AtomicInteger();
    /** Held while {@link #kind} is found out: trying takes a thread and an io_uring, which a crowd of first waits must not take each. */
    private static final ReentrantLock CHOICE = new ReentrantLock();
    private static volatile WaitEngine kind;

    private Engines() {}

    /** {@return which engine takes requests} */
    static WaitEngine kind() {
        WaitEngine chosen = kind;
        return chosen != null ? chosen : chooseOnce();
    }

    private static WaitEngine chooseOnce() {
        CHOICE.lock();
        try {
            WaitEngine chosen = kind;
            if (chosen == null) {
                chosen = choose();
                kind = chosen;
            }
            return chosen;
        } finally {
            CHOICE.unlock();
        }
    }

    private static WaitEngine choose() {
        WaitEngine forced = WaitEngine.forced();
        if (forced == WaitEngine.FUTEX) {
            return forced;
        }
        String noWaitv = Kernel.waitvRefusal();
        String noRing = forced == WaitEngine.FUTEX_WAITV ? null : onPlatformThread();
        if (forced != null) {
            String refusal = forced == WaitEngine.IO_URING ? noRing : noWaitv;
            if (refusal != null) {
                throw new IllegalStateException("system property " + WaitEngine.PROPERTY + " asks for " + forced
                        + ", which does not work here (" + refusal + "); leave it out to have the best that does");
            }
            return forced;
        }
        WaitEngine best = noRing == null ? WaitEngine.IO_URING : noWaitv == null ? WaitEngine.FUTEX_WAITV : WaitEngine.FUTEX;
        logger().log(Level.DEBUG, () -> "virtual threads wait by " + best
                + (noRing == null ? "" : "; not by io_uring (" + noRing + ")") + (noWaitv == null ? "" : ", not by " + noWaitv));
        return best;
    }

    /** A ring belongs to the kernel's thread that made it, and a virtual thread changes that. */
    private static String onPlatformThread() {
        AtomicReference<String> refusal = new AtomicReference<>("interrupted while trying");
        Thread probe = Thread.ofPlatform().daemon().name("latchwork-probe").start(() -> refusal.set(Kernel.ringRefusal()));
        boolean interrupted = false;
        while (true) {
            try {
                probe.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return refusal.get();
    }

    private static Logger logger() {
        return System.getLogger("org.latchwork");
    }

    /** {@return how many words one request can have} */
    static int maxTargets() {
        return kind() == WaitEngine.FUTEX ? Kernel.maxTargets() : WaitVector.maxSize() - 1;
    }

    /**
     * Hands a request over.
     *
     * @throws RejectedExecutionException if the engine has as many as it can have
     */
    static void submit(Request request) {
        Engine engine;
        do {
            engine = engineFor(request);
            request.engine(engine);
        } while (!engine.submit(request));
    }

    private static Engine engineFor(Request request) {
        return switch (kind()) {
            case IO_URING -> request.isExact() ? ring(EXACT_RING, true) : ring(RING, false);
            // What counts wakes needs the whole answer of a call for itself.
            case FUTEX_WAITV -> request.isExact() ? THREADS : BATCHES;
            case FUTEX -> THREADS;
        };
    }

    private static RingEngine ring(AtomicReference<RingEngine> current, boolean exact) {
        while (true) {
            RingEngine ring = current.get();
            if (ring != null && !ring.hasEnded()) {
                return ring;
            }
            RingEngine next = new RingEngine(exact);
            if (current.compareAndSet(ring, next)) {
                start(exact ? "latchwork-exact-waiter" : "latchwork-waiter", next);
                return next;
            }
        }
    }

    static Thread start(String name, Runnable work) {
        return Thread.ofPlatform().daemon().name(name).start(work);
    }

    /** A gate is closing: every engine looks at its requests. Those of {@link ThreadEngine} are threads like others. */
    static void recheckAll() {
        recheckAll(RING.get());
        recheckAll(EXACT_RING.get());
        BATCHES.recheckAll();
    }

    private static void recheckAll(RingEngine ring) {
        if (ring != null) {
            ring.recheckAll();
        }
    }

    /** Requests that a failed ring has left behind go to a new one, or to another engine. */
    static void ringFailed(RingEngine failed, Throwable failure, List<Request> homeless) {
        boolean hopeless = FAILURES.incrementAndGet() >= MAX_FAILURES;
        boolean forced = WaitEngine.forced() == WaitEngine.IO_URING;
        if (hopeless && !forced) {
            kind = Kernel.hasWaitv() ? WaitEngine.FUTEX_WAITV : WaitEngine.FUTEX;
        }
        logger().log(Level.WARNING, "the io_uring for waits has failed; " + homeless.size() + " waits go on by "
                + (hopeless && forced ? "nothing: the io_uring is forced" : hopeless ? kind : "another"), failure);
        if (hopeless && forced) {
            int errno = failure instanceof LinuxException e ? e.errno() : EIO();
            homeless.forEach(request -> request.complete(-errno));
            return;
        }
        start("latchwork-recovery", () -> {
            // While its requests still stand in the kernel's queues, a wake could hit one of them, and not the same wait's new one.
            failed.awaitEnd();
            for (Request request : homeless) {
                request.slot = -1;
                request.expired = false;
                request.cancelling = false;
                request.next = null;
                resubmit(request);
            }
        });
    }

    private static void resubmit(Request request) {
        try {
            submit(request);
        } catch (RejectedExecutionException | OutOfMemoryError full) {
            request.complete(-ENOMEM());
        }
    }
}
