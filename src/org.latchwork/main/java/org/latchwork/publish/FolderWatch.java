package org.latchwork.publish;

import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.latchwork.futex.FutexArray;
import org.latchwork.linux.Errno;
import org.latchwork.linux.InotifyCalls;
import org.latchwork.linux.Posix;
import org.latchwork.linux.abi.Linux;

/**
 * What inotify(7) tells this process of folders: one instance and one thread for all stores and waiters, since a user has few instances.
 *
 * <p>Whoever expects a name in a folder leaves a word; when the name comes, or the folder goes, or events were lost, the word is
 * changed and woken. The thread starts with the first subscription and ends, with the instance, ten seconds after the last. The kernel
 * has one watch for a folder however many subscribe, and names it alike whoever asks: it is removed with the last of them.
 */
final class FolderWatch {
    /** Long enough that a program which waits again and again does not start a thread each time. */
    private static final long KEEP_ALIVE_NANOS = 10_000_000_000L;
    /** After a read has failed nobody subscribes for so long, as if inotify did not work here: it looks as if it did not. */
    private static final long REFUSAL_NANOS = 1_000_000_000L;
    /** Room for 15 of the longest events, 256 of the shortest usual ones. */
    private static final long BUFFER_BYTES = 4096;

    private static final ReentrantLock LOCK = new ReentrantLock();
    private static final Condition SUBSCRIBED = LOCK.newCondition();
    /** By watch and name. */
    private static final Map<Integer, Map<String, Set<Interest>>> INTERESTS = new HashMap<>();
    /** The instance, or −1. The thread lives as long. */
    private static int inotify = -1;
    private static boolean refusalToldOnce;
    private static boolean refusing;
    private static long refusingUntil;

    private FolderWatch() {}

    /** One name in one folder. */
    private record Subscription(int watch, String name) {}

    /**
     * Somebody's interest in names in folders: until one of them has come, or can no longer be told of, whereupon the word is changed and
     * its waiters are woken. Then the interest is over, and what it has subscribed to is given back by the thread.
     */
    static final class Interest implements AutoCloseable {
        private final FutexArray words;
        private final int index;
        /** Under the lock. */
        private final List<Subscription> subscriptions = new ArrayList<>();
        private volatile boolean over;

        Interest(FutexArray words, int index) {
            this.words = words;
            this.index = index;
        }

        private void ring() {
            try {
                words.incrementAndGet(index);
                words.wakeAll(index);
            } catch (IllegalStateException closed) {
                // with the store, and so everybody who could be woken has left
            }
        }

        @Override
        public void close() {
            if (over) {
                return;
            }
            LOCK.lock();
            try {
                end(this);
            } finally {
                LOCK.unlock();
            }
        }
    }

    /**
     * Subscribes.
     *
     * @param folder a descriptor; it may be closed afterwards
     * @param name what is expected in it
     * @return whether it will be told; where inotify does not work it is not
     */
    static boolean subscribe(int folder, String name, Interest interest) {
        LOCK.lock();
        try {
            if (interest.over) {
                return true; // it has rung
            }
            if (inotify < 0 && !begin()) {
                return false;
            }
            int watch = InotifyCalls.addWatch(inotify, folder);
            if (watch < 0) {
                refused("inotify_add_watch", -watch);
                return false;
            }
            interest.subscriptions.add(new Subscription(watch, name));
            INTERESTS.computeIfAbsent(watch, any -> new HashMap<>()).computeIfAbsent(name, any -> new HashSet<>()).add(interest);
            SUBSCRIBED.signal();
            return true;
        } finally {
            LOCK.unlock();
        }
    }

    private static boolean begin() {
        if (refusing && System.nanoTime() - refusingUntil < 0) {
            return false;
        }
        refusing = false;
        int descriptor = InotifyCalls.init();
        if (descriptor < 0) {
            refused("inotify_init1", -descriptor);
            return false;
        }
        inotify = descriptor;
        try {
            Thread.ofPlatform().daemon().name("latchwork-inotify").start(() -> serve(descriptor));
        } catch (OutOfMemoryError noThread) {
            inotify = -1;
            Posix.close(descriptor);
            return false;
        }
        return true;
    }

    private static void refused(String call, int errno) {
        if (!refusalToldOnce) {
            refusalToldOnce = true;
            System.getLogger("org.latchwork").log(Level.DEBUG,
                    () -> "who waits for a name in a store looks again and again: " + call + " says " + Errno.name(errno));
        }
    }

    /** Under the lock. A watch is removed with the last interest in it: the thread gets an event of that, and sees what is left. */
    private static void end(Interest interest) {
        interest.over = true;
        for (Subscription subscription : interest.subscriptions) {
            Map<String, Set<Interest>> byName = INTERESTS.get(subscription.watch);
            Set<Interest> same = byName == null ? null : byName.get(subscription.name);
            if (same != null && same.remove(interest) && same.isEmpty()) {
                byName.remove(subscription.name);
                if (byName.isEmpty()) {
                    INTERESTS.remove(subscription.watch);
                    InotifyCalls.removeWatch(inotify, subscription.watch); // also of a folder that was only moved
                }
            }
        }
        interest.subscriptions.clear();
    }

    /** The thread. */
    private static void serve(int descriptor) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(BUFFER_BYTES, Long.BYTES);
            while (awaitSubscriptions()) {
                int length = InotifyCalls.read(descriptor, buffer);
                if (length >= 0) {
                    InotifyCalls.events(buffer.asSlice(0, length)).forEach(FolderWatch::tell);
                } else if (length != -Linux.EINTR()) {
                    fail(-length);
                    return;
                }
            }
        } catch (Throwable failure) { // no memory, for one: nobody must wait for a thread that is gone
            fail(Linux.EIO());
        } finally {
            // Closing waits for the kernel's readers: not under the lock.
            Posix.close(descriptor);
        }
    }

    /** {@return whether there is something to read for; false when there has been nothing for a while} Nobody subscribes here then. */
    private static boolean awaitSubscriptions() {
        LOCK.lock();
        try {
            long deadline = System.nanoTime() + KEEP_ALIVE_NANOS;
            while (INTERESTS.isEmpty()) {
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    inotify = -1;
                    return false;
                }
                try {
                    SUBSCRIBED.awaitNanos(left);
                } catch (InterruptedException e) {
                    // nobody has a reason to interrupt it
                }
            }
            return true;
        } finally {
            LOCK.unlock();
        }
    }

    private static void tell(InotifyCalls.Event event) {
        Set<Interest> concerned = new HashSet<>();
        LOCK.lock();
        try {
            if (event.isOverflow()) {
                INTERESTS.values().forEach(byName -> byName.values().forEach(concerned::addAll));
            } else if (INTERESTS.containsKey(event.watch())) {
                Map<String, Set<Interest>> byName = INTERESTS.get(event.watch());
                if (event.isLoss()) {
                    byName.values().forEach(concerned::addAll);
                } else if (event.isArrival()) {
                    concerned.addAll(byName.getOrDefault(event.name(), Set.of()));
                }
            }
            concerned.forEach(FolderWatch::end);
        } finally {
            LOCK.unlock();
        }
        concerned.forEach(Interest::ring);
    }

    /** Everybody subscribes anew, or finds that it does not work. */
    private static void fail(int errno) {
        Set<Interest> all = new HashSet<>();
        LOCK.lock();
        try {
            refused("read", errno);
            INTERESTS.values().forEach(byName -> byName.values().forEach(all::addAll));
            all.forEach(interest -> {
                interest.over = true;
                interest.subscriptions.clear();
            });
            INTERESTS.clear();
            inotify = -1;
            refusing = true;
            refusingUntil = System.nanoTime() + REFUSAL_NANOS;
        } finally {
            LOCK.unlock();
        }
        all.forEach(Interest::ring);
    }
}
