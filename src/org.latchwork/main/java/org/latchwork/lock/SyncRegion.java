package org.latchwork.lock;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiFunction;
import java.util.function.ToIntFunction;
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
 *
 * <h2>Attached, and proof of it</h2>
 * Each attachment has a slot in the region, and the kernel's lock on one byte of the file (an open file description lock, fcntl(2)) for as long
 * as it lives. The kernel drops it when the process ends in whatever way, or calls exec(2), but not while it is merely stopped: so whoever gets the lock
 * of a slot in use has proof that nothing of its process can follow, and lets go what that held. A pid decides nothing. Two things follow:
 * <ul>
 * <li>A child that was forked without exec(2), as C programs do, has a copy of its parent's lock: the parent's death shows only when the
 *     child has ended as well, or closed its descriptors. (The JDK's {@code ProcessBuilder} makes no such child.)</li>
 * <li>An attachment that is not closed stays until the process ends, even if nothing refers to it any more: a program may well take a lock for its life and
 *     keep no reference, and the garbage collector must not let it go. It costs a slot, two descriptors and a mapping.</li>
 * </ul>
 *
 * <h2>What is refused</h2>
 * A file that belongs neither to the effective user nor to root, unless it lets a group in that the process is in; one that everybody can write; one that
 * is no region, of another version, too short or damaged. A region from before the machine was booted is replaced by a new one if nobody has it locked.
 *
 * <h2>If somebody cuts or replaces the file</h2>
 * Waits end within 10 ms or so, with {@link org.latchwork.file.FileTruncatedException} or {@link org.latchwork.file.FileReplacedException}. What does not
 * block throws the first one, too, with the limits that {@link org.latchwork.futex.FutexArray} states; a region in a memfd cannot be cut.
 */
public final class SyncRegion implements AutoCloseable {
    private static final int LINE = 64;
    private static final List<ObjectType> TYPES = List.of(Mutex.TYPE, ReentrantMutex.TYPE, MutexCondition.TYPE,
            SpinLock.TYPE, TicketLock.TYPE, EventCount.TYPE, GuardedSegment.TYPE,
            RwLock.TYPE, SeqLock.TYPE,
            Semaphore.TYPE, RobustSemaphore.TYPE, CountDown.TYPE, Completion.TYPE, Barrier.TYPE);

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
     * Attaches to a region that another process (or this one) has open, such as an anonymous one: by a file description of its own, which
     * proves that this process lives apart from that one.
     *
     * @param pid the process that has it open, as this one sees it
     * @param descriptor what {@link #descriptor()} says there
     * @return the attachment
     * @throws org.latchwork.file.InvalidFileException if that is not a region for this library: the message says why
     * @throws org.latchwork.LinuxException if the kernel refuses: ENOENT if there is no such process or descriptor, EACCES if it is another user's
     * @throws IllegalStateException if it has as many participants as it can have
     */
    public static SyncRegion reopen(long pid, int descriptor) {
        Downcall.requireNative();
        return new SyncRegion(RegionFile.reopen(pid, descriptor, TYPES));
    }

    /**
     * The same of a descriptor that this process has inherited. It is opened anew, since an inherited one shares its locks with whoever passed it
     * on, and would prove nothing; the inherited one stays open.
     *
     * @param descriptor a descriptor of this process
     * @return the attachment
     * @throws org.latchwork.file.InvalidFileException if that is not a region for this library: the message says why
     * @throws org.latchwork.LinuxException if the kernel refuses: ENOENT if there is no such descriptor
     * @throws IllegalStateException if it has as many participants as it can have
     */
    public static SyncRegion inherited(int descriptor) {
        return reopen(ProcessHandle.current().pid(), descriptor);
    }

    /**
     * Deletes a region's file, if nobody is attached to it. Participants that are dead do not count, since none of them holds its lock any more.
     * That lock is the proof: in contrast to rm(1), this never takes the name from under a process that uses it, nor from a new region of the
     * same name.
     *
     * @param path the file
     * @return false if there is none of that name
     * @throws IllegalStateException if somebody is attached, or about to be
     * @throws org.latchwork.file.InvalidFileException if it is not a region for this library
     * @throws org.latchwork.LinuxException if the kernel refuses: EACCES, EPERM and so on
     */
    public static boolean delete(Path path) {
        Objects.requireNonNull(path, "path");
        Downcall.requireNative();
        return RegionFile.delete(path);
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

    /**
     * {@return the read-write lock of that name}
     *
     * @param name 1 to 63 bytes in UTF-8
     * @throws IllegalStateException if the name stands for an object of another type, the region is full or closed
     */
    public RwLock rwLock(String name) {
        return object(name, RwLock.TYPE, RwLock.class, RwLock::new);
    }

    /**
     * {@return the sequence lock of that name}
     *
     * @param name 1 to 63 bytes in UTF-8
     * @throws IllegalStateException if the name stands for an object of another type, the region is full or closed
     */
    public SeqLock seqLock(String name) {
        return object(name, SeqLock.TYPE, SeqLock.class, SeqLock::new);
    }

    /**
     * {@return the semaphore of that name}
     *
     * @param name 1 to 63 bytes in UTF-8
     * @param permits how many it has when it is made, 0 to {@link Semaphore#MAX_PERMITS}
     * @throws IllegalStateException if it was made with another number, the name stands for an object of another type, the region is full or closed
     */
    public Semaphore semaphore(String name, int permits) {
        return counted(name, Semaphore.TYPE, Semaphore.class, Semaphore.requirePermits(permits), Semaphore::new, Semaphore::initial);
    }

    /**
     * {@return the semaphore of that name whose permits come back when their holder dies}
     *
     * @param name 1 to 63 bytes in UTF-8
     * @param permits how many it has, 0 to {@link RobustSemaphore#MAX_PERMITS}
     * @throws IllegalStateException if it was made with another number, the name stands for an object of another type, the region is full or closed
     */
    public RobustSemaphore robustSemaphore(String name, int permits) {
        return counted(name, RobustSemaphore.TYPE, RobustSemaphore.class, RobustSemaphore.requirePermits(permits), RobustSemaphore::new,
                RobustSemaphore::initial);
    }

    /**
     * {@return the count of that name}
     *
     * @param name 1 to 63 bytes in UTF-8
     * @param count from where it goes down to zero, 0 or more
     * @throws IllegalStateException if it was made with another number, the name stands for an object of another type, the region is full or closed
     */
    public CountDown countDown(String name, int count) {
        if (count < 0) {
            throw new IllegalArgumentException("a count goes down from 0 or more, not from " + count);
        }
        return counted(name, CountDown.TYPE, CountDown.class, count, CountDown::new, CountDown::initial);
    }

    /**
     * {@return the completion of that name}
     *
     * @param name 1 to 63 bytes in UTF-8
     * @throws IllegalStateException if the name stands for an object of another type, the region is full or closed
     */
    public Completion completion(String name) {
        return object(name, Completion.TYPE, Completion.class, Completion::new);
    }

    /**
     * {@return the barrier of that name}
     *
     * @param name 1 to 63 bytes in UTF-8
     * @param parties how many threads, of any processes, wait for each other, 1 to {@link Barrier#MAX_PARTIES}
     * @throws IllegalStateException if it was made for another number, the name stands for an object of another type, the region is full or closed
     */
    public Barrier barrier(String name, int parties) {
        return agreed(name, Barrier.TYPE, Barrier.class, Barrier.requireParties(parties), 0, Barrier::new, Barrier::initial);
    }

    /** An object whose first word begins with a number, which all have to agree on. */
    private <T> T counted(String name, ObjectType type, Class<T> javaType, int initial, BiFunction<Region, RegionObject, T> constructor,
            ToIntFunction<T> madeWith) {
        return agreed(name, type, javaType, initial, initial, constructor, madeWith);
    }

    /** An object that was made with a number, which all have to agree on. */
    private <T> T agreed(String name, ObjectType type, Class<T> javaType, int initial, int firstWord,
            BiFunction<Region, RegionObject, T> constructor, ToIntFunction<T> madeWith) {
        long[] line = new long[LINE / Long.BYTES];
        line[0] = firstWord;
        T object = object(name, type, javaType, initial, 0, null, line, constructor);
        if (madeWith.applyAsInt(object) != initial) {
            throw new IllegalStateException("\"" + name + "\" in " + path() + " was made with " + madeWith.applyAsInt(object) + ", not with " + initial);
        }
        return object;
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
     * {@return the descriptor of the region's file, for {@link #reopen} in another process}
     *
     * @throws IllegalStateException if the region is closed
     */
    public int descriptor() {
        return region.descriptor();
    }

    /**
     * {@return whether somebody has given the region's name to another file} Those who open it now meet nobody who is attached to this one, so what it
     * guards is no longer guarded. While a thread of this process waits, it is looked for every 10 ms, and waits end with
     * {@link org.latchwork.file.FileReplacedException}; what does not block goes on, so that what is held can be let go. A file whose name is
     * just gone can still be used by all who are attached, and does not count.
     *
     * @throws IllegalStateException if the region is closed
     */
    public boolean isReplaced() {
        return region.isReplaced();
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
