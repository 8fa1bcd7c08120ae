package org.latchwork.region;

import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.latchwork.LinuxException;
import org.latchwork.file.FileReplacedException;
import org.latchwork.file.FileTruncatedException;
import org.latchwork.file.SharedFile;
import org.latchwork.linux.Posix;
import org.latchwork.region.abi.Layout;
import org.latchwork.wait.Deadline;

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

    /** A recoverer, an opener or somebody who deletes the file has a slot's byte for microseconds; who has it so long has been stopped. */
    private static final Duration SLOT_PATIENCE = Duration.ofSeconds(2);
    /** Making or removing an object takes microseconds; who needs so long for it has been stopped. */
    private static final Duration DIRECTORY_PATIENCE = Duration.ofSeconds(30);
    private static final long RETRY_NANOS = TimeUnit.MICROSECONDS.toNanos(100);

    private final SharedFile file;
    /** Whether the file has a name that others find it by. */
    private final boolean named;
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

    private Region(SharedFile file, boolean named, Map<Integer, ObjectType> types, int lockDescriptor, RegionImage image, int slot) {
        this.file = file;
        this.named = named;
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
     * @param named whether its name matters
     * @param types all kinds of objects
     * @return the attachment; {@code null} if the file has lost its name before the slot was taken, and everything is closed: begin again
     */
    static Region attach(SharedFile file, RegionLayout layout, boolean named, List<ObjectType> types) {
        Map<Integer, ObjectType> byId = types.stream().collect(Collectors.toMap(ObjectType::id, Function.identity()));
        int lockDescriptor = RegionFile.reopen(file);
        Region attached = null;
        try {
            RegionMemory memory = new RegionMemory(file.map(layout.size()));
            try {
                RegionImage image = new RegionImage(file.path(), memory, layout, lockDescriptor, byId);
                int slot = takeSlot(file.path(), image);
                // Who deletes the file has all slots' locks: either he has seen that this one is taken, or this sees that the name is gone.
                if (!named || file.nameState() == SharedFile.NameState.SAME) {
                    attached = new Region(file, named, byId, lockDescriptor, image, slot);
                } else {
                    image.participants().state(slot, Layout.LW_SLOT_FREE());
                }
            } catch (InternalError fault) {
                throw memory.lost(fault);
            } finally {
                if (attached == null) {
                    memory.close();
                }
            }
        } finally {
            if (attached == null) {
                Posix.close(lockDescriptor);
            }
        }
        return attached;
    }

    private static int takeSlot(Path path, RegionImage image) {
        Participants participants = image.participants();
        Deadline patience = Deadline.after(SLOT_PATIENCE);
        while (true) {
            for (int slot = 0; slot < participants.capacity(); slot++) {
                if (participants.state(slot) != Layout.LW_SLOT_FREE()) {
                    recoverIfDead(image, slot, slot);
                }
            }
            boolean allAlive = true;
            for (int slot = 0; slot < participants.capacity(); slot++) {
                if (participants.state(slot) == Layout.LW_SLOT_LIVE()) {
                    continue;
                }
                allAlive = false;
                if (participants.tryLock(slot)) {
                    if (participants.state(slot) != Layout.LW_SLOT_FREE()) {
                        image.recover(slot, slot); // somebody took it and died before we came
                    }
                    participants.enter(slot);
                    return slot;
                }
            }
            if (allAlive) {
                throw new IllegalStateException(path + " has " + participants.capacity()
                        + " participants, and all are alive; make a region with room for more");
            }
            if (patience.hasPassed()) {
                throw new IllegalStateException("the free slots of " + path + " have been locked for " + SLOT_PATIENCE.toSeconds()
                        + " s; is a process stopped that was attaching to it, recovering or deleting it?");
            }
            LockSupport.parkNanos(RETRY_NANOS);
        }
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
            for (int other = 0; other < image.layout().participants(); other++) {
                if (recoverDead(other)) {
                    recovered++;
                }
            }
        } finally {
            housekeeping.unlock();
        }
        return recovered;
    }

    /** {@return whether there was a dead participant in that slot, which has been recovered} */
    boolean recoverDead(int other) {
        housekeeping.lock();
        try {
            return isOpen() && other != slot && image.participants().state(other) != Layout.LW_SLOT_FREE() && recoverIfDead(image, other, slot);
        } finally {
            housekeeping.unlock();
        }
    }

    /**
     * Looks whether the file is still the one that others find, and whole. If not, the waits of this process end with an exception that says
     * so: nobody who could wake them may be left.
     *
     * @return whether the memory can be used
     */
    boolean checkFile() {
        if (!image.memory().isWhole()) {
            image.memory().endWaits(() -> new FileTruncatedException(path(), image.layout().size(), file.size()));
            return false;
        }
        if (isKnownToBeReplaced()) {
            image.memory().endWaits(() -> new FileReplacedException(path()));
        }
        return true;
    }

    /** {@return whether the file's name stands for another file now} */
    public boolean isReplaced() {
        requireOpen();
        return named && file.nameState() == SharedFile.NameState.REPLACED;
    }

    /** {@return how often this participant has looked for the dead} */
    public long looks() {
        return sentinel.looks();
    }

    /** {@return the file, or what stands for it} */
    public Path path() {
        return file.path();
    }

    /**
     * {@return the file's descriptor, for others to reopen}
     *
     * @throws IllegalStateException if the region is closed
     */
    public int descriptor() {
        return file.descriptor();
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
            int there = index < 0 ? type.id() : objects.type(index);
            if (index < 0) {
                index = objects.create(name, type.id(), initial, dataSize, related == null ? -1 : related.index(), line);
            } else if (there != type.id()) {
                ObjectType other = types.get(there);
                throw new IllegalStateException("\"" + name + "\" in " + path() + " is a " + (other == null ? "thing" : other.name())
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
                if (other != slot && objects.isAttached(other, index) && !recoverIfDead(image, other, slot)) {
                    throw new IllegalStateException("\"" + name + "\" in " + path() + " is in use by process "
                            + image.participants().pid(other) + "; it can be removed when that has closed the region");
                }
            }
            objects.detach(slot, index);
            objects.remove(index);
            return true;
        });
    }

    /**
     * Does something to the table of objects, with the directory locked. Blocks while another participant makes or removes an object; not
     * under {@link #housekeeping}, without which the dead would not be recovered.
     */
    private <T> T inDirectory(Supplier<T> action) {
        Deadline patience = Deadline.after(DIRECTORY_PATIENCE);
        while (true) {
            housekeeping.lock();
            try {
                requireOpen();
                if (image.participants().tryLockDirectory()) {
                    try {
                        if (isKnownToBeReplaced()) {
                            throw new FileReplacedException(path());
                        }
                        return action.get();
                    } catch (InternalError fault) {
                        throw memory().lost(fault);
                    } finally {
                        image.participants().unlockDirectory();
                    }
                }
            } finally {
                housekeeping.unlock();
            }
            if (patience.hasPassed()) {
                throw new IllegalStateException("somebody has been making or removing an object of " + path() + " for "
                        + DIRECTORY_PATIENCE.toSeconds() + " s; is a participant stopped? `latchwork inspect " + path() + "` shows them");
            }
            LockSupport.parkNanos(RETRY_NANOS);
        }
    }

    private boolean isKnownToBeReplaced() {
        try {
            return isReplaced();
        } catch (LinuxException e) {
            return false; // it cannot be told now, for want of a permission: that is no reason to stop
        }
    }

    private void requireOpen() {
        if (!isOpen()) {
            throw closed();
        }
    }

    private IllegalStateException closed() {
        return new IllegalStateException("the region " + path() + " is closed");
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
            throw new IllegalStateException("the region " + path() + " cannot be closed while " + count
                    + " guards of its data are open in this process; close them first");
        }
        sentinel.close();
        housekeeping.lock();
        try {
            image.memory().close();
            // From here on no thread of this process can do anything to the region any more: whatever it tries throws. So this slot's
            // participant is as good as dead, and is recovered as the dead are, through a mapping of its own.
            recoverSelf();
        } finally {
            // First of all by name: a child that is just being started has a copy of the descriptor.
            image.participants().unlock(slot);
            Posix.close(lockDescriptor);
            housekeeping.unlock();
        }
    }

    private void recoverSelf() {
        // A file description of its own: a mapping of the lock's would keep the lock.
        try (RegionMemory memory = new RegionMemory(RegionFile.again(lockDescriptor).map(image.layout().size()))) {
            new RegionImage(path(), memory, image.layout(), lockDescriptor, types).recover(slot, slot);
        } catch (RuntimeException | InternalError failure) {
            // No descriptor or no mapping is left, or the file is cut or damaged. The lock goes, and that proves to the others what is to be proved.
            System.getLogger("org.latchwork").log(Level.DEBUG, () -> path() + " is left to be recovered by others", failure);
        }
    }
}
