package org.latchwork.lock;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiFunction;
import org.latchwork.linux.Downcall;
import org.latchwork.region.ObjectType;
import org.latchwork.region.Region;
import org.latchwork.region.RegionFile;
import org.latchwork.region.RegionObject;

/**
 * A file of locks that processes share by name, and this process's attachment to it.
 *
 * {@snippet class="org.latchwork.examples.LockExample" region="open"}
 *
 * <p>Each name stands for one object in all processes, and in this one for one Java object: asking again returns the same. It is made when
 * it is asked for first, by whoever that is.
 */
public final class SyncRegion implements AutoCloseable {
    private static final int LINE = 64;
    private static final List<ObjectType> TYPES = List.of(Mutex.TYPE, ReentrantMutex.TYPE, MutexCondition.TYPE,
            SpinLock.TYPE, TicketLock.TYPE, EventCount.TYPE, GuardedSegment.TYPE);

    private final Region region;
    /** The objects that this process has asked for, by name. */
    private final Map<String, Object> known = new HashMap<>();
    private final ReentrantLock asking = new ReentrantLock();

    private SyncRegion(Region region) {
        this.region = region;
    }

    /**
     * Attaches to the region of that name, which is made if there is none, with {@link RegionOptions#DEFAULT}.
     *
     * @param path the file, normally below {@code /dev/shm}
     * @return the attachment
     */
    public static SyncRegion open(Path path) {
        return open(path, RegionOptions.DEFAULT);
    }

    /**
     * Attaches to the region of that name, which is made if there is none: built in a private file and published whole by link(2), so that nobody
     * maps half of one, and of several who make it at once all get the same.
     *
     * @param path the file, normally below {@code /dev/shm}; a symbolic link is refused
     * @param options of a new region; an existing one is as it was made
     * @return the attachment
     * @throws org.latchwork.file.InvalidFileException if the file is not a region for this library: the message says why
     * @throws org.latchwork.LinuxException if the kernel refuses: ENOSPC where there is no room for a new one, EACCES and so on
     * @throws IllegalStateException if it has as many participants as it can have
     */
    public static SyncRegion open(Path path, RegionOptions options) {
        Objects.requireNonNull(path, "path");
        Downcall.requireNative();
        return new SyncRegion(RegionFile.open(path, options.layout(), options.mode(), TYPES));
    }

    /**
     * A region without a name, in a memfd: for the threads of this process, and for those whom it is passed to.
     *
     * @return the attachment
     */
    public static SyncRegion anonymous() {
        return anonymous(RegionOptions.DEFAULT);
    }

    /**
     * The same with other capacities.
     *
     * @param options whose mode means nothing here
     * @return the attachment
     */
    public static SyncRegion anonymous(RegionOptions options) {
        Downcall.requireNative();
        return new SyncRegion(RegionFile.anonymous(options.layout(), TYPES));
    }

    /**
     * {@return the mutex of that name}
     *
     * @param name 1 to 63 bytes in UTF-8
     * @throws IllegalStateException if the name stands for an object of another type, the region is full or closed
     */
    public Mutex mutex(String name) {
        return object(name, Mutex.TYPE, Mutex.class, Mutex::new);
    }

    /**
     * {@return the reentrant mutex of that name}
     *
     * @param name 1 to 63 bytes in UTF-8
     * @throws IllegalStateException if the name stands for an object of another type, the region is full or closed
     */
    public ReentrantMutex reentrantMutex(String name) {
        return object(name, ReentrantMutex.TYPE, ReentrantMutex.class, ReentrantMutex::new);
    }

    /**
     * {@return the spin lock of that name}
     *
     * @param name 1 to 63 bytes in UTF-8
     * @throws IllegalStateException if this process has one CPU; if the name stands for an object of another type, the region is full or closed
     */
    public SpinLock spinLock(String name) {
        SpinningLock.requireSeveralCpus(name);
        return object(name, SpinLock.TYPE, SpinLock.class, SpinLock::new);
    }

    /**
     * {@return the ticket lock of that name}
     *
     * @param name 1 to 63 bytes in UTF-8
     * @throws IllegalStateException if this process has one CPU; if the name stands for an object of another type, the region is full or closed
     */
    public TicketLock ticketLock(String name) {
        SpinningLock.requireSeveralCpus(name);
        return object(name, TicketLock.TYPE, TicketLock.class, TicketLock::new);
    }

    /**
     * {@return the event count of that name}
     *
     * @param name 1 to 63 bytes in UTF-8
     * @throws IllegalStateException if the name stands for an object of another type, the region is full or closed
     */
    public EventCount eventCount(String name) {
        return object(name, EventCount.TYPE, EventCount.class, EventCount::new);
    }

    /**
     * {@return the guarded segment of that name} A new one takes its bytes from the region's {@link RegionOptions#dataSize}.
     *
     * @param name 1 to 63 bytes in UTF-8
     * @param byteSize how many bytes of data, 1 or more
     * @throws IllegalStateException if it is there with another size; if the name stands for an object of another type, the region is full or closed
     */
    public GuardedSegment guardedSegment(String name, long byteSize) {
        if (byteSize <= 0) {
            throw new IllegalArgumentException("a guarded segment of " + byteSize + " bytes guards nothing");
        }
        GuardedSegment segment = object(name, GuardedSegment.TYPE, GuardedSegment.class, 0, byteSize, null, new long[LINE / Long.BYTES],
                GuardedSegment::new);
        if (segment.byteSize() != byteSize) {
            throw new IllegalStateException(segment + " has " + segment.byteSize() + " bytes, not " + byteSize);
        }
        return segment;
    }

    /** An object whose hot line begins as zeros and which owns no data. */
    private <T> T object(String name, ObjectType type, Class<T> javaType, BiFunction<Region, RegionObject, T> constructor) {
        return object(name, type, javaType, 0, 0, null, new long[LINE / Long.BYTES], constructor);
    }

    private <T> T object(String name, ObjectType type, Class<T> javaType, int initial, long dataSize, RegionObject related, long[] line,
            BiFunction<Region, RegionObject, T> constructor) {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("an object needs a name of 1 to 63 bytes, not an empty one");
        }
        asking.lock();
        try {
            Object there = known.get(name);
            if (javaType.isInstance(there)) {
                return javaType.cast(there);
            }
            RegionObject object = region.object(name, type, initial, dataSize, related, MemorySegment.ofArray(line));
            T made = constructor.apply(region, object);
            known.put(name, made);
            return made;
        } finally {
            asking.unlock();
        }
    }

    /**
     * Removes an object that nobody uses any more. What this process has of it must not be used afterwards.
     *
     * @param name its name
     * @return false if there is none of that name
     * @throws IllegalStateException if another process uses it: it was asked for there, and the region is open there
     */
    public boolean remove(String name) {
        asking.lock();
        try {
            boolean removed = region.remove(name);
            known.remove(name);
            return removed;
        } finally {
            asking.unlock();
        }
    }

    /**
     * Looks at a region without taking part in it: no slot, no lock, mapped for reading.
     *
     * @param path the file
     * @return what it looks like
     * @throws org.latchwork.file.InvalidFileException if the file is not a region for this library: the message says why
     * @throws org.latchwork.LinuxException if the file cannot be read: ENOENT, EACCES and so on
     */
    public static RegionReport inspect(Path path) {
        Downcall.requireNative();
        return RegionReader.read(path);
    }

    static String typeName(int id) {
        return TYPES.stream().filter(type -> type.id() == id).map(ObjectType::name).findFirst().orElse("type " + id);
    }

    /** {@return the file, or the memfd as this process sees it} */
    public Path path() {
        return region.path();
    }

    /**
     * Leaves: ends the waits of this process on objects of the region, and blocks until they have left. Objects that it still holds are
     * dealt with as if the process had died at this moment. Use after that throws {@link IllegalStateException}. Doing it again does nothing.
     *
     * @throws IllegalStateException if a guard of a {@link GuardedSegment} is open in this process; the region stays open
     */
    @Override
    public void close() {
        region.close();
    }

    /** {@return the region in words, for messages} */
    @Override
    public String toString() {
        return "SyncRegion[" + region.path() + "]";
    }
}
