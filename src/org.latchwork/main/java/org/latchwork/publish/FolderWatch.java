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
    private static final Map<Integer, Map<String, Set<Subscription>>> SUBSCRIPTIONS = new HashMap<>();
    /** The instance, or −1. The thread lives as long. */
    private static int inotify = -1;
    private static boolean refusalToldOnce;
    private static boolean refusing;
    private static long refusingUntil;

    private FolderWatch() {}

    /** Somebody's interest in a name in a folder. Once its word has changed it may tell nothing more: close it and subscribe anew. */
    static final class Subscription implements AutoCloseable {
        private final int instance;
        private final int watch;
        private final String name;
        private final FutexArray words;
        private final int index;

        private Subscription(int instance, int watch, String name, FutexArray words, int index) {
            this.instance = instance;
            this.watch = watch;
            this.name = name;
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
            unsubscribe(this);
        }
    }

    /**
     * Subscribes.
     *
     * @param folder a descriptor; it may be closed afterwards
     * @param name what is expected in it
     * @param words the word that is incremented, and its waiters woken
     * @return the subscription, or {@code null} where inotify does not work
     */
    static Subscription subscribe(int folder, String name, FutexArray words, int index) {
        LOCK.lock();
        try {
            if (inotify < 0 && !begin()) {
                return null;
            }
            int watch = InotifyCalls.addWatch(inotify, folder);
            if (watch < 0) {
                refused("inotify_add_watch", -watch);
                return null;
            }
            Subscription subscription = new Subscription(inotify, watch, name, words, index);
            SUBSCRIPTIONS.computeIfAbsent(watch, any -> new HashMap<>()).computeIfAbsent(name, any -> new HashSet<>()).add(subscription);
            SUBSCRIBED.signal();
            return subscription;
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

    private static void unsubscribe(Subscription subscription) {
        LOCK.lock();
        try {
            Map<String, Set<Subscription>> byName = SUBSCRIPTIONS.get(subscription.watch);
            if (subscription.instance != inotify || byName == null) {
                return; // the watch went first
            }
            Set<Subscription> same = byName.get(subscription.name);
            if (same == null || !same.remove(subscription) || !same.isEmpty()) {
                return;
            }
            byName.remove(subscription.name);
            if (byName.isEmpty()) {
                SUBSCRIPTIONS.remove(subscription.watch);
                InotifyCalls.removeWatch(inotify, subscription.watch); // the thread gets an event of it, and sees that nothing is left
            }
        } finally {
            LOCK.unlock();
        }
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
            while (SUBSCRIPTIONS.isEmpty()) {
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
        List<Subscription> concerned = new ArrayList<>();
        LOCK.lock();
        try {
            if (event.isOverflow()) {
                SUBSCRIPTIONS.values().forEach(byName -> byName.values().forEach(concerned::addAll));
            } else if (SUBSCRIPTIONS.containsKey(event.watch())) {
                Map<String, Set<Subscription>> byName = SUBSCRIPTIONS.get(event.watch());
                if (event.isLoss()) {
                    byName.values().forEach(concerned::addAll);
                    SUBSCRIPTIONS.remove(event.watch());
                    InotifyCalls.removeWatch(inotify, event.watch()); // a folder that was only moved would be watched for ever
                } else if (event.isArrival()) {
                    concerned.addAll(byName.getOrDefault(event.name(), Set.of()));
                }
            }
        } finally {
            LOCK.unlock();
        }
        concerned.forEach(Subscription::ring);
    }

    /** Everybody subscribes anew, or finds that it does not work. */
    private static void fail(int errno) {
        List<Subscription> all = new ArrayList<>();
        LOCK.lock();
        try {
            refused("read", errno);
            SUBSCRIPTIONS.values().forEach(byName -> byName.values().forEach(all::addAll));
            SUBSCRIPTIONS.clear();
            inotify = -1;
            refusing = true;
            refusingUntil = System.nanoTime() + REFUSAL_NANOS;
        } finally {
            LOCK.unlock();
        }
        all.forEach(Subscription::ring);
    }
}
