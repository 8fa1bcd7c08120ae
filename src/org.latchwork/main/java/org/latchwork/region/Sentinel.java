package org.latchwork.region;

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
 * <p>One thread, {@code latchwork-sentinel}, started when it is first needed. While nobody waits it sleeps, and costs nothing.
 */
final class Sentinel implements AutoCloseable, Runnable {
    /** Bounds how long a death that no pidfd tells of goes unnoticed. One look costs about 1 µs for each participant. */
    private static final int PERIOD_MILLIS = 10;
    /** How long it goes on looking after the last one has stopped waiting, or after a try has failed. */
    private static final long ATTENTION_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Region region;
    /** Until when it has to look, in {@link System#nanoTime}. */
    private volatile long until;
    private volatile Thread thread;
    private volatile boolean closed;
    private volatile boolean asleep;

    /** By slot. A pidfd of −1 is one that poll(2) passes over. */
    private final Map<Integer, Watched> watched = new HashMap<>();

    /** A participant, so that no later one of the slot is taken for it. */
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
        if (thread == null) {
            start();
        } else if (asleep) {
            LockSupport.unpark(thread);
        }
    }

    private synchronized void start() {
        if (thread == null && !closed) {
            thread = Thread.ofPlatform().daemon().name("latchwork-sentinel").unstarted(this);
            thread.start();
        }
    }

    @Override
    public void run() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment descriptors = arena.allocate(region.image().layout().participants() * Processes.pollSize(), 8);
            while (!closed) {
                if (isNeeded()) {
                    arm();
                    poll(descriptors);
                    region.recoverDead();
                } else {
                    asleep = true;
                    if (!isNeeded() && !closed) {
                        LockSupport.park(this);
                    }
                    asleep = false;
                }
            }
        } catch (IllegalStateException closing) {
            if (!closed) {
                throw closing;
            }
        } finally {
            watched.values().forEach(Watched::close);
        }
    }

    private boolean isNeeded() {
        return region.waits().blocked() > 0 || System.nanoTime() - until < 0;
    }

    /** Opens a pidfd of whoever is new. The lock is looked at by {@link Region#recoverDead} afterwards, and proves or disproves it. */
    private void arm() {
        Participants participants = region.image().participants();
        long namespace = Participants.ownPidNamespace();
        for (int slot = 0; slot < participants.capacity(); slot++) {
            boolean live = slot != region.slot() && participants.state(slot) == Layout.LW_SLOT_LIVE()
                    && participants.pidNamespace(slot) == namespace;
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
    private void poll(MemorySegment descriptors) {
        List<Integer> slots = List.copyOf(watched.keySet());
        for (int i = 0; i < slots.size(); i++) {
            Processes.pollFor(descriptors, i, watched.get(slots.get(i)).pidfd);
        }
        if (Processes.poll(descriptors, slots.size(), PERIOD_MILLIS) > 0) {
            for (int i = 0; i < slots.size(); i++) {
                if (Processes.isReadable(descriptors, i)) {
                    // It has told what it can. A child of the process may hold the lock still: then the period alone has to do.
                    watched.computeIfPresent(slots.get(i), (slot, other) -> other.told());
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
