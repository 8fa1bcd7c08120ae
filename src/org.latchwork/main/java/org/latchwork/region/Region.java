package org.latchwork.region;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.latchwork.file.SharedFile;
import org.latchwork.linux.Posix;
import org.latchwork.region.abi.Layout;

/**
 * This process's attachment to a region: a slot, held by a lock that goes with the process, and what is done with the region's tables
 * from there.
 *
 * <p>What is done under {@link #housekeeping} concerns locks of the one description, which the kernel does not tell apart by thread.
 */
public final class Region implements AutoCloseable {
    /** An order that is the same in all processes, and takes two attachments to one region for the same. */
    public static final Comparator<Region> ORDER =
            Comparator.<Region>comparingLong(region -> region.status.device()).thenComparingLong(region -> region.status.inode());

    private static final int CLOSED = -1;

    private final Path path;
    private final Map<Integer, ObjectType> types;
    private final int lockDescriptor;
    private final RegionImage image;
    private final int slot;
    private final WaitRecords waits;
    private final Sentinel sentinel;
    private final ReentrantLock housekeeping = new ReentrantLock();
    private final Posix.Status status;
    /** {@link #CLOSED}, or how many hold on to the mapping. */
    private final AtomicInteger pins = new AtomicInteger();

    private Region(Path path, Map<Integer, ObjectType> types, int lockDescriptor, RegionImage image, int slot) {
        this.path = path;
        this.types = types;
        this.lockDescriptor = lockDescriptor;
        this.image = image;
        this.slot = slot;
        this.status = Posix.fstat(lockDescriptor);
        this.waits = new WaitRecords(image, slot);
        this.sentinel = new Sentinel(this);
    }

    /**
     * Attaches to a region: takes a slot, after those of the dead have been recovered.
     *
     * @param file the open file, which this takes over
     * @param layout what its header says
     * @param types all kinds of objects
     */
    static Region attach(SharedFile file, RegionLayout layout, List<ObjectType> types) {
        Map<Integer, ObjectType> byId = types.stream().collect(Collectors.toMap(ObjectType::id, Function.identity()));
        Path path = file.path();
        int lockDescriptor = RegionFile.reopen(file);
        try {
            RegionMemory memory = new RegionMemory(file.map(layout.size()));
            try {
                RegionImage image = new RegionImage(memory, layout, lockDescriptor, byId);
                return new Region(path, byId, lockDescriptor, image, takeSlot(path, image));
            } catch (Throwable failure) {
                memory.close();
                throw failure;
            }
        } catch (Throwable failure) {
            Posix.close(lockDescriptor);
            throw failure;
        }
    }

    private static int takeSlot(Path path, RegionImage image) {
        Participants participants = image.participants();
        for (int slot = 0; slot < participants.capacity(); slot++) {
            if (participants.state(slot) != Layout.LW_SLOT_FREE()) {
                recoverIfDead(image, slot, slot);
            }
        }
        for (int slot = 0; slot < participants.capacity(); slot++) {
            if (participants.state(slot) == Layout.LW_SLOT_FREE() && participants.tryLock(slot)) {
                if (participants.state(slot) == Layout.LW_SLOT_FREE()) {
                    participants.enter(slot);
                    return slot;
                }
                image.recover(slot, slot); // somebody took it and died before we came
                participants.enter(slot);
                return slot;
            }
        }
        throw new IllegalStateException(path + " has " + participants.capacity()
                + " participants, and all are alive; make a region with room for more");
    }

    /** {@return whether the slot's participant was dead, and has been recovered} */
    private static boolean recoverIfDead(RegionImage image, int slot, int recoverer) {
        Participants participants = image.participants();
        if (!participants.tryLock(slot)) {
            return false;
        }
        try {
            if (participants.state(slot) == Layout.LW_SLOT_FREE()) {
                return false; // it has left meanwhile
            }
            image.recover(slot, recoverer);
            return true;
        } finally {
            participants.unlock(slot);
        }
    }

    /**
     * Looks for dead participants, and recovers them.
     *
     * @return how many were
     */
    public int recoverDead() {
        int recovered = 0;
        housekeeping.lock();
        try {
            for (int other = 0; isOpen() && other < image.layout().participants(); other++) {
                if (other != slot && image.participants().state(other) != Layout.LW_SLOT_FREE() && recoverIfDead(image, other, slot)) {
                    recovered++;
                }
            }
        } finally {
            housekeeping.unlock();
        }
        return recovered;
    }

    /** {@return the file, or what stands for it} */
    public Path path() {
        return path;
    }

    /** {@return the mapping and its tables} */
    public RegionImage image() {
        return image;
    }

    /** {@return the mapped words} */
    public RegionMemory memory() {
        return image.memory();
    }

    /** {@return this participant's slot} */
    public int slot() {
        return slot;
    }

    /** {@return who of this process waits, for others to see} */
    public WaitRecords waits() {
        return waits;
    }

    /** Somebody is about to block, or did not get what others hold: from now on, for a while, the dead are looked for. */
    public void watch() {
        sentinel.watch();
    }

    /**
     * {@return the object of that name, made now if there is none}
     *
     * @param name 1 to 63 bytes in UTF-8; empty for an object of this participant alone, always a new one
     * @param initial what {@code object.initial} of a new one holds
     * @param dataSize bytes of data that a new one owns
     * @param related the object that a new one belongs to, or {@code null}
     * @param line the hot cache line of a new one
     * @throws IllegalStateException if it is of another type, or there is no room
     */
    public RegionObject object(String name, ObjectType type, int initial, long dataSize, RegionObject related, MemorySegment line) {
        return inDirectory(() -> {
            ObjectTable objects = image.objects();
            int index = name.isEmpty() ? -1 : objects.find(name);
            if (index < 0) {
                index = objects.create(name, type.id(), initial, dataSize, related == null ? -1 : related.index(), line);
            } else if (objects.type(index) != type.id()) {
                ObjectType other = types.get(objects.type(index));
                throw new IllegalStateException("\"" + name + "\" in " + path + " is a " + (other == null ? "thing" : other.name())
                        + ", not a " + type.name());
            }
            objects.attach(slot, index);
            return new RegionObject(image, index);
        });
    }

    /**
     * Removes an object that nobody else uses.
     *
     * @return false if there is none of that name
     * @throws IllegalStateException if another participant uses it
     */
    public boolean remove(String name) {
        return inDirectory(() -> {
            ObjectTable objects = image.objects();
            int index = objects.find(name);
            if (index < 0) {
                return false;
            }
            for (int other = 0; other < image.layout().participants(); other++) {
                if (other != slot && objects.isAttached(other, index)) {
                    throw new IllegalStateException("\"" + name + "\" in " + path + " is in use by process "
                            + image.participants().pid(other) + "; it can be removed when that has closed the region");
                }
            }
            objects.clearCell(slot, index);
            objects.remove(index);
            return true;
        });
    }

    private <T> T inDirectory(Supplier<T> action) {
        housekeeping.lock();
        try {
            requireOpen();
            RegionFile.lockDirectory(image.participants(), path);
            try {
                return action.get();
            } finally {
                image.participants().unlockDirectory();
            }
        } finally {
            housekeeping.unlock();
        }
    }

    private void requireOpen() {
        if (!isOpen()) {
            throw closed();
        }
    }

    private IllegalStateException closed() {
        return new IllegalStateException("the region " + path + " is closed");
    }

    /** {@return whether it is not closed} */
    public boolean isOpen() {
        return pins.get() != CLOSED;
    }

    /**
     * Holds on to the mapping, for memory whose scope does not know when it ends: until {@link #unpin} the region cannot be closed.
     *
     * @throws IllegalStateException if it is closed
     */
    public void pin() {
        if (pins.getAndUpdate(count -> count == CLOSED ? CLOSED : count + 1) == CLOSED) {
            throw closed();
        }
    }

    /** Undoes one {@link #pin}. */
    public void unpin() {
        pins.getAndDecrement();
    }

    /**
     * Leaves. Ends the waits of this process with CLOSED, and blocks until they have left. What this participant still holds is dealt with
     * as if it had died now: nobody else could let it go. Doing it again does nothing.
     *
     * @throws IllegalStateException if somebody holds on to the mapping ({@link #pin}); it stays open
     */
    @Override
    public void close() {
        int count = pins.compareAndExchange(0, CLOSED);
        if (count == CLOSED) {
            return;
        }
        if (count > 0) {
            throw new IllegalStateException("the region " + path + " cannot be closed while " + count
                    + " guards of its data are open in this process; close them first");
        }
        sentinel.close();
        housekeeping.lock();
        try {
            // A file description of its own, since unmapping closes the first; and not the lock's, which a mapping would keep.
            SharedFile again = RegionFile.again(lockDescriptor);
            image.memory().close();
            // From here on no thread of this process can do anything to the region any more: whatever it tries throws.
            try (RegionMemory memory = new RegionMemory(again.map(image.layout().size()))) {
                new RegionImage(memory, image.layout(), lockDescriptor, types).recover(slot, slot);
            }
        } finally {
            Posix.close(lockDescriptor);
            housekeeping.unlock();
        }
    }
}
