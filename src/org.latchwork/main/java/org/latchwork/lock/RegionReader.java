package org.latchwork.lock;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.latchwork.region.RegionObject;
import org.latchwork.region.RegionObserver;
import org.latchwork.region.abi.Layout;

/** Makes a {@link RegionReport} of what a {@link RegionObserver} sees. */
final class RegionReader {
    /** Types whose line begins with a lock word. */
    private static final Set<Integer> OWNED = Set.of(Layout.LW_MUTEX(), Layout.LW_REENTRANT_MUTEX(), Layout.LW_RWLOCK(), Layout.LW_SEQLOCK(),
            Layout.LW_SPIN_LOCK(), Layout.LW_TICKET_LOCK(), Layout.LW_GUARDED());
    /** Types whose first word is a count beside flags. */
    private static final Set<Integer> COUNTING = Set.of(Layout.LW_SEMAPHORE(), Layout.LW_COMPLETION(), Layout.LW_COUNT_DOWN());
    private static final int COUNT_MASK = 0x3fffffff;

    private final RegionObserver observer;
    private final List<RegionObserver.Slot> slots;
    private final Map<Integer, RegionObserver.Slot> bySlot = new HashMap<>();
    private final Map<Integer, String> names = new HashMap<>();

    private RegionReader(RegionObserver observer) {
        this.observer = observer;
        this.slots = observer.slots();
        slots.forEach(slot -> bySlot.put(slot.slot(), slot));
    }

    static RegionReport read(Path path) {
        try (RegionObserver observer = RegionObserver.open(path)) {
            return new RegionReader(observer).read();
        }
    }

    private RegionReport read() {
        List<RegionObject> objects = observer.objects();
        objects.forEach(object -> names.put(object.index(), object.name()));
        List<RegionReport.Entry> entries = objects.stream().map(this::entry).toList();
        return new RegionReport(observer.path(), observer.layout().size(), observer.created(), observer.layout().participants(),
                observer.layout().objects(), observer.layout().dataSize(), slots.stream().map(this::participant).toList(), entries,
                cycles(entries));
    }

    private RegionReport.Participant participant(RegionObserver.Slot slot) {
        RegionReport.State state = slot.state() == Layout.LW_SLOT_RECOVERING() ? RegionReport.State.RECOVERING
                : !slot.isHeld() ? RegionReport.State.DEAD
                : RegionObserver.processState(slot) == 'T' || RegionObserver.processState(slot) == 't' ? RegionReport.State.STOPPED
                : RegionReport.State.ALIVE;
        return new RegionReport.Participant(slot.slot(), state, slot.pid(), !slot.samePidNamespace(), slot.attached(), slot.java(),
                slot.recoverer());
    }

    private RegionReport.Entry entry(RegionObject object) {
        int type = observer.type(object);
        int word = observer.memory().get(object.line());
        boolean owned = OWNED.contains(type);
        List<RegionReport.Waiter> waiters = waiters(object);
        return new RegionReport.Entry(object.index(), object.name(), SyncRegion.typeName(type), owned ? ownedState(word)
                : type == Layout.LW_ROBUST_SEMAPHORE() ? Integer.toString(RobustSemaphore.free(object))
                : COUNTING.contains(type) ? Integer.toString(word & COUNT_MASK) : Integer.toUnsignedString(word),
                owned ? holder(object, word) : null,
                object.deadPid() == 0 ? null : new PreviousOwner(object.deadPid(), object.deadThread()),
                waiters.isEmpty() ? null : observer.contended(object), waiters, counts(object));
    }

    private static String ownedState(int word) {
        boolean free = LockWord.isFree(word);
        return word == Layout.LW_UNRECOVERABLE() ? "unrecoverable"
                : LockWord.isInconsistent(word) ? free ? "owner died" : "repairing"
                : free ? "free" : "held";
    }

    private RegionReport.Holder holder(RegionObject object, int word) {
        int slot = (word & Layout.LW_SLOT_MASK()) - 1;
        if (slot < 0 || word == Layout.LW_UNRECOVERABLE()) {
            return null;
        }
        RegionObserver.Slot owner = bySlot.get(slot);
        int thread = word >>> Layout.LW_THREAD_SHIFT() & Layout.LW_THREAD_MASK();
        boolean gone = owner != null && (owner.java() ? object.isOwnerGone(slot, thread) : hasEnded(owner, thread));
        return new RegionReport.Holder(slot, owner == null ? 0 : owner.pid(), thread, gone);
    }

    private static boolean hasEnded(RegionObserver.Slot owner, int thread) {
        return owner.samePidNamespace() && RegionObserver.processState(owner) != '?'
                && !Files.exists(Path.of("/proc", Integer.toString(owner.pid()), "task", Integer.toString(thread)));
    }

    private List<RegionReport.Waiter> waiters(RegionObject object) {
        List<RegionReport.Waiter> waiters = new ArrayList<>();
        for (RegionObserver.Slot slot : slots) {
            for (RegionObserver.Wait wait : slot.waits()) {
                if (wait.object() == object.index()) {
                    waiters.add(new RegionReport.Waiter(slot.slot(), slot.pid(), wait.thread(), names.get(wait.object()), wait.since()));
                }
            }
        }
        return waiters;
    }

    private List<RegionReport.Count> counts(RegionObject object) {
        List<RegionReport.Count> counts = new ArrayList<>();
        for (RegionObserver.Slot slot : slots) {
            int count = observer.type(object) == Layout.LW_ROBUST_SEMAPHORE() ? RobustSemaphore.held(object, slot.slot())
                    : observer.count(object, slot.slot());
            if (count != 0) {
                counts.add(new RegionReport.Count(slot.pid(), count));
            }
        }
        return counts;
    }

    /** A thread, as lock words name it. */
    private record ThreadKey(int slot, int thread) {
        static ThreadKey of(RegionReport.Waiter waiter) {
            return new ThreadKey(waiter.slot(), waiter.thread() & Layout.LW_THREAD_MASK());
        }
    }

    /** A thread waits for one object, which one thread holds: from each waiting thread at most one way leads on, so a cycle is found by following it. */
    private static List<List<RegionReport.Waiter>> cycles(List<RegionReport.Entry> entries) {
        Map<ThreadKey, RegionReport.Waiter> waiting = new HashMap<>();
        Map<RegionReport.Waiter, ThreadKey> waitsFor = new HashMap<>();
        for (RegionReport.Entry entry : entries) {
            if (entry.holder() != null) {
                ThreadKey holder = new ThreadKey(entry.holder().slot(), entry.holder().thread());
                for (RegionReport.Waiter waiter : entry.waiters()) {
                    ThreadKey thread = ThreadKey.of(waiter);
                    if (!thread.equals(holder)) { // a writer that has the word and waits for the last readers does not wait for itself
                        waiting.put(thread, waiter);
                        waitsFor.put(waiter, holder);
                    }
                }
            }
        }
        List<List<RegionReport.Waiter>> cycles = new ArrayList<>();
        Map<RegionReport.Waiter, Integer> visited = new HashMap<>();
        int round = 0;
        for (RegionReport.Waiter start : waitsFor.keySet()) {
            round++;
            List<RegionReport.Waiter> way = new ArrayList<>();
            RegionReport.Waiter at = start;
            while (at != null && !visited.containsKey(at)) {
                visited.put(at, round);
                way.add(at);
                at = waiting.get(waitsFor.get(at));
            }
            if (at != null && visited.get(at) == round) {
                cycles.add(List.copyOf(way.subList(way.indexOf(at), way.size())));
            }
        }
        return cycles;
    }
}
