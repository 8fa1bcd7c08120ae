package org.latchwork.region;

import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.latchwork.linux.Posix;
import org.latchwork.linux.Processes;
import org.latchwork.region.abi.Layout;

/**
 * Notices that other participants have died, and recovers them, while somebody of this process waits for something that they may hold.
 *
 * <p>A pidfd tells at once, but only what a pid can tell: so it is no more than a reason to look. The locked byte is the proof, and it is
 * looked at every {@value #PERIOD_MILLIS} ms as well, since exec(2) drops it without an end of the process, and a process in another PID
 * namespace has no pid here.
 *
 * <p>One thread, {@code latchwork-sentinel}, started when it is needed. While nobody waits it sleeps, and after ten seconds of that it ends.
 *
 * <p>Who needs it says so ({@link #until}, {@link #isNeeded}) and then looks whether it runs; it says first that it sleeps or ends, and then looks
 * once more whether it is needed. All of these are volatile, so one of the two sees the other.
 */
final class Sentinel implements AutoCloseable, Runnable {
    /** Bounds how long a death that no pidfd tells of goes unnoticed. One look costs about 1 µs for each participant. */
    private static final int PERIOD_MILLIS = 10;
    /** How long it goes on looking after the last one has stopped waiting, or after a try has failed. */
    private static final long ATTENTION_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Region region;
    /** Until when it has to look, in {@link System#nanoTime}. */
    private volatile long until;
    private volatile Thread thread;
    private volatile boolean closed;
    private volatile boolean asleep;
    private volatile long looks;
    private boolean hasComplained;

    /** A participant, so that no later one of the slot is taken for it. A pidfd of −1 is one that poll(2) passes over. */
    private record Watched(int pid, long startTime, int pidfd) {
        Watched told() {
            Posix.close(pidfd);
            return new Watched(pid, startTime, -1);
        }

        void close() {
            if (pidfd >= 0) {
                Posix.close(pidfd);
            }
        }
    }

    Sentinel(Region region) {
        this.region = region;
    }

    /** From now on, for a while, the dead are looked for. */
    void watch() {
        until = System.nanoTime() + ATTENTION_NANOS;
        Thread running = thread;
        if (running == null) {
            start();
        } else if (asleep) {
            LockSupport.unpark(running);
        }
    }

    private synchronized void start() {
        if (thread == null && !closed) {
            thread = Thread.ofPlatform().daemon().inheritInheritableThreadLocals(false).name("latchwork-sentinel").unstarted(this);
            thread.start();
        }
    }

    /** {@return how often it has looked} */
    long looks() {
        return looks;
    }

    @Override
    public void run() {
        Map<Integer, Watched> watched = new HashMap<>();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment descriptors = arena.allocate(region.image().layout().participants() * Processes.pollSize(), 8);
            while (!closed) {
                if (isNeeded()) {
                    look(watched, descriptors);
                } else if (!sleep()) {
                    return;
                }
            }
        } finally {
            watched.values().forEach(Watched::close);
        }
    }

    /** One look, which takes a period if nobody dies. Whatever fails, the next one may not. */
    private void look(Map<Integer, Watched> watched, MemorySegment descriptors) {
        try {
            if (region.checkFile()) {
                arm(watched);
                poll(watched, descriptors);
                region.recoverDead();
                region.waits().check();
                looks++;
                return;
            }
        } catch (RuntimeException | InternalError failure) {
            if (!closed && !hasComplained && region.checkFile()) {
                hasComplained = true;
                System.getLogger("org.latchwork").log(Level.WARNING,
                        () -> "the dead of " + region.path() + " cannot be recovered; this is tried again and again", failure);
            }
        }
        LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(PERIOD_MILLIS));
    }

    /** {@return false if the thread has to end: nobody has needed it for long} */
    private boolean sleep() {
        long start = System.nanoTime();
        asleep = true;
        while (!isNeeded() && !closed) {
            long left = IDLE_NANOS - (System.nanoTime() - start);
            if (left <= 0 && end()) {
                return false;
            }
            LockSupport.parkNanos(this, Math.max(left, 1));
        }
        asleep = false;
        return true;
    }

    /** {@return whether nobody counts on this thread any more} */
    private synchronized boolean end() {
        Thread me = thread;
        thread = null;
        if (isNeeded()) {
            thread = me;
            return false;
        }
        return true;
    }

    private boolean isNeeded() {
        return region.waits().blocked() > 0 || System.nanoTime() - until < 0;
    }

    /** Opens a pidfd of whoever is new. The lock is looked at by {@link Region#recoverDead} afterwards, and proves or disproves it. */
    private void arm(Map<Integer, Watched> watched) {
        Participants participants = region.image().participants();
        for (int slot = 0; slot < participants.capacity(); slot++) {
            boolean live = slot != region.slot() && participants.state(slot) == Layout.LW_SLOT_LIVE()
                    && participants.pidNamespace(slot) == Participants.OWN_PID_NAMESPACE;
            Watched known = watched.get(slot);
            if (known != null && (!live || known.pid != participants.pid(slot) || known.startTime != participants.startTime(slot))) {
                known.close();
                watched.remove(slot);
                known = null;
            }
            if (live && known == null) {
                int pid = participants.pid(slot);
                long startTime = participants.startTime(slot);
                int pidfd = Processes.openPidfd(pid);
                if (pidfd >= 0) {
                    if (Processes.startTime(pid) == startTime) {
                        watched.put(slot, new Watched(pid, startTime, pidfd));
                    } else {
                        Posix.close(pidfd);
                    }
                }
            }
        }
    }

    /** Blocks until one of them has ended, or the period is over. */
    private void poll(Map<Integer, Watched> watched, MemorySegment descriptors) {
        List<Integer> slots = List.copyOf(watched.keySet());
        for (int i = 0; i < slots.size(); i++) {
            Processes.pollFor(descriptors, i, watched.get(slots.get(i)).pidfd);
        }
        if (Processes.poll(descriptors, slots.size(), PERIOD_MILLIS) > 0) {
            for (int i = 0; i < slots.size(); i++) {
                if (Processes.isReadable(descriptors, i)) {
                    int slot = slots.get(i);
                    try {
                        region.recoverDead(slot); // before all the others are looked at
                    } finally {
                        // It has told what it can. A child of the process may hold the lock still: then the period alone has to do.
                        watched.put(slot, watched.get(slot).told());
                    }
                }
            }
        }
    }

    /** Ends the thread, and blocks until it has ended. */
    @Override
    public void close() {
        closed = true;
        Thread running;
        synchronized (this) {
            running = thread;
        }
        if (running != null) {
            LockSupport.unpark(running);
            boolean interrupted = false;
            while (running.isAlive()) {
                try {
                    running.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
