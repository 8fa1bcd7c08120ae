package org.latchwork.publish;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.latchwork.LinuxException;
import org.latchwork.file.Durability;
import org.latchwork.file.InvalidFileException;
import org.latchwork.file.PublishOutcome;
import org.latchwork.linux.Downcall;
import org.latchwork.wait.Deadline;

/**
 * A folder of files that many processes write and read at once, without locking each other out: each file is there whole or not at all, and
 * what is there never changes.
 *
 * <p>A file is built in private and linked to its name by link(2), which fails where the name is taken
 * ({@link org.latchwork.file.StagedFile}). A crash at any moment leaves whole files under public names and private ones that the next
 * {@link #sweep} removes. There is no daemon, no journal and no lock that a reader or a publisher could wait for.
 *
 * <p>A file is found by its content ({@link #put}: the key is its SHA-256) or by a name ({@link #publish}); {@link StoreKey} is both.
 * Before anything is staged the store looks whether the name is there, and if it is, stages nothing.
 *
 * {@snippet class="org.latchwork.examples.PublishStoreExample" region="store"}
 *
 * <h2>What lies where</h2>
 * <pre>
 * store               says that this is a store, and its version
 * objects/ab/cdef…    contents, by their SHA-256
 * names/…             names, as they are
 * board               futex words that wake who waits for a key, once somebody has waited
 * tmp/.staged-…/      private names of live writers, and what dead ones have left
 * </pre>
 * Files are published with mode 0444 less the umask, folders with 0777 less the umask. A store that {@link #open} makes has mode 0700: make
 * the folder yourself to share it. A file of the caller's is always copied in, never linked: its owner could still write it.
 *
 * <h2>Folders</h2>
 * A store holds a descriptor of its own folder, and one of each folder in it that was used lately, up to 512: what is done in them takes half
 * the calls. A folder that others remove is noticed, and made again, at once; one that they move away, within a second. What is published
 * into it in that second has moved with it.
 *
 * <h2>Trust</h2>
 * Keys lead nowhere but into the store: folders are resolved beneath its descriptor (openat2(2), {@code RESOLVE_BENEATH}), and no symbolic
 * link is followed. Whoever can write the folder can remove files and put others in their place; {@link #verify} tells of contents that do
 * not fit their key.
 *
 * <h2>Eviction</h2>
 * What {@link #evict} guarantees is said there. Nothing else removes a public name.
 *
 * <h2>Waiting</h2>
 * {@link #await} waits until a key has a file, whoever publishes it:
 *
 * {@snippet class="org.latchwork.examples.PublishStoreExample" region="await"}
 *
 * <p>A publisher that uses this class wakes its waiters itself, after link(2) and in microseconds, through the futex words of {@code
 * board}: a file of 4 KiB that the first waiter makes. It has the folder's permissions, so that who can publish can wake. A publisher
 * that finds nobody waiting for its key reads one word in memory, and makes no call. As long as there is no board it looks for one after
 * a publication, but not more often than ten times a second (openat2(2), 1 µs); so it may wake nobody for a tenth of a second after the
 * first waiter of all has come.
 *
 * <p>The kernel tells as well, by inotify(7), and tells of everybody: of a program that knows no more of the store than its folders, or a
 * publisher that was killed after it had linked the name. All waiters of a process share one inotify instance, and one thread, {@code
 * latchwork-inotify}. Where it has none (EMFILE, ENOSPC; no permission to read a folder), and on file systems that can change behind the
 * kernel's back (all but ext4, xfs, btrfs and tmpfs), the name is looked at ten times a second besides.
 *
 * <p>Safe for use by many threads and processes. Methods take as long as the file system does, and but for {@link #await} wait for nobody.
 */
public final class PublishStore implements AutoCloseable {
    private final StoreFolder folder;
    private final NoticeBoard board;
    private final Publisher publisher;
    private final NameWaits waits;

    private PublishStore(StoreFolder folder) {
        this.folder = folder;
        this.board = new NoticeBoard(folder);
        this.publisher = new Publisher(folder, board);
        this.waits = new NameWaits(folder, board);
    }

    /**
     * {@code openat(AT_FDCWD, directory, O_RDONLY|O_DIRECTORY|O_CLOEXEC)}. Opens a store; an empty folder becomes one, and a missing
     * folder is made, with mode 0700.
     *
     * @param directory the store's folder
     * @return the store
     * @throws LinuxException if the folder cannot be opened or made: EACCES, ENOENT, ENOTDIR, EROFS and so on
     * @throws InvalidFileException if there is something in the folder and it is no store, or one of another version
     */
    public static PublishStore open(Path directory) {
        Objects.requireNonNull(directory, "directory");
        Downcall.requireNative();
        return new PublishStore(StoreFolder.open(directory));
    }

    /** {@return the folder's name when it was opened} */
    public Path path() {
        return folder.path();
    }

    /**
     * Puts a content in. Up to 64 KiB it is hashed first and staged only if it is new; more is hashed while it is staged.
     *
     * <p>What has the key already is looked at as closely as was asked for. NONE asks that it is there, and its size is compared: a content
     * that was published with NONE can be torn by a loss of power and keep its size. CONTENT and DURABLE promise the content: so it is
     * read and compared before it is synced.
     *
     * <p>COLLISION says that it is corrupt, as {@link #verify} will. It was left as it is: somebody may be reading it. {@link #evict} removes
     * what is corrupt ({@code evict(new EvictionPolicy(0, null, Duration.ZERO), key -> verify(key) == CORRUPT)}), and then it can be put anew.
     *
     * @param content read to its end; not closed
     * @param durability what has to be on disk when this returns
     * @return the content's key, and what became of it
     * @throws IOException if the content cannot be read; nothing is public then
     * @throws LinuxException if the kernel refuses: ENOSPC, EDQUOT, EROFS and so on, as the message says
     * @throws IllegalStateException if the store is closed
     */
    public Published put(InputStream content, Durability durability) throws IOException {
        return publisher.put(Objects.requireNonNull(content, "content"), Objects.requireNonNull(durability, "durability"));
    }

    /**
     * The same for bytes.
     *
     * @param content the content
     * @param durability what has to be on disk when this returns
     * @return as {@link #put(InputStream, Durability)}
     * @throws LinuxException if the kernel refuses
     * @throws IllegalStateException if the store is closed
     */
    public Published put(byte[] content, Durability durability) {
        return publisher.put(content, Objects.requireNonNull(durability, "durability"));
    }

    /**
     * The same for a file, which is copied: a link to it could be written by its owner.
     *
     * @param file the file
     * @param durability what has to be on disk when this returns
     * @return as {@link #put(InputStream, Durability)}
     * @throws IOException if the file cannot be read; nothing is public then
     * @throws LinuxException if the kernel refuses
     * @throws IllegalStateException if the store is closed
     */
    public Published put(Path file, Durability durability) throws IOException {
        try (InputStream content = Files.newInputStream(file)) {
            return put(content, durability);
        }
    }

    /**
     * Publishes a content under a name. If the name is there, it is compared with the content as that is read, and nothing is staged.
     *
     * @param name the name
     * @param content read to its end, or to the first difference to what is there; not closed
     * @param durability what has to be on disk when this returns; it holds for EXISTED, too, whoever has published it
     * @return COLLISION if the name stands for another content
     * @throws IOException if the content cannot be read; nothing is public then
     * @throws LinuxException if the kernel refuses: ENOSPC, EDQUOT, EROFS and so on, as the message says; ENOTDIR if a part of the name is
     *     a file
     * @throws IllegalArgumentException if the key is a content's
     * @throws IllegalStateException if the store is closed
     */
    public PublishOutcome publish(StoreKey name, InputStream content, Durability durability) throws IOException {
        Objects.requireNonNull(content, "content");
        return publisher.publish(requireName(name), content, Objects.requireNonNull(durability, "durability"));
    }

    /**
     * The same for bytes.
     *
     * @param name the name
     * @param content the content
     * @param durability what has to be on disk when this returns
     * @return as {@link #publish(StoreKey, InputStream, Durability)}
     * @throws LinuxException if the kernel refuses
     * @throws IllegalArgumentException if the key is a content's
     * @throws IllegalStateException if the store is closed
     */
    public PublishOutcome publish(StoreKey name, byte[] content, Durability durability) {
        return publisher.publish(requireName(name), content, Objects.requireNonNull(durability, "durability"));
    }

    static StoreKey requireName(StoreKey name) {
        if (name.isContent()) {
            throw new IllegalArgumentException(name + " is the key of a content, which put() finds itself");
        }
        return name;
    }

    /**
     * Begins a transaction: many files that become public together, synced at the price of one.
     *
     * @return the transaction; close it
     * @throws IllegalStateException if the store is closed
     */
    public PublishTransaction begin() {
        folder.requireOpen();
        return new PublishTransaction(folder, publisher);
    }

    /**
     * {@code newfstatat(folder, name, ...)}. Looks for a file.
     *
     * @param key what it is found by
     * @return the file, unless there is none
     * @throws LinuxException if the kernel refuses
     * @throws IllegalStateException if the store is closed
     */
    public Optional<StoredFile> find(StoreKey key) {
        return folder.find(key);
    }

    /**
     * {@code openat2(store, key, O_RDONLY, ...)}. Opens a file for reading. It stays readable, also if it is evicted.
     *
     * @param key what it is found by
     * @return the file's content, at its start; close it
     * @throws LinuxException ENOENT if there is no such file, EACCES and so on
     * @throws InvalidFileException if it is no regular file
     * @throws IllegalStateException if the store is closed
     */
    public SeekableByteChannel open(StoreKey key) {
        return folder.open(key);
    }

    /**
     * Waits until there is a file. Interruptible; for threads of every kind; a virtual one holds no carrier. {@link PublishStore} says
     * who wakes it.
     *
     * <p>A file that comes at the same moment as the deadline or an interrupt counts as come.
     *
     * @param key what it is found by
     * @param deadline until when at most
     * @return the file, or why there is none: TIMED_OUT (never early), INTERRUPTED, or CLOSED by {@link #close}
     * @throws LinuxException if the kernel refuses
     * @throws java.util.concurrent.RejectedExecutionException if the engine has as many waits of virtual threads as it can have
     *     ({@link org.latchwork.wait.WaitEngine})
     * @throws IllegalStateException if the store is closed
     */
    public Awaited await(StoreKey key, Deadline deadline) {
        return waits.await(Objects.requireNonNull(key, "key"), Objects.requireNonNull(deadline, "deadline"));
    }

    /**
     * Reads a file to its end, and a content's SHA-256 anew.
     *
     * @param key what it is found by
     * @return what that says of it
     * @throws LinuxException if the kernel refuses, such as EIO
     * @throws IllegalStateException if the store is closed
     */
    public Verification verify(StoreKey key) {
        return folder.verify(key);
    }

    /**
     * Looks through the store for whatever should not be there: contents that do not fit their key, files that can be written, strange
     * names. Reads every file. Changes nothing.
     *
     * @param progress told of each file before it is read
     * @return what was found
     * @throws LinuxException if the kernel refuses
     * @throws IllegalStateException if the store is closed
     */
    public StoreCheck check(Consumer<StoreKey> progress) {
        return new Checker(folder).check(progress);
    }

    /**
     * Iterates over all keys, in no order. What comes or goes meanwhile may be seen or not.
     *
     * @return the keys, read as the stream goes on, a folder at a time
     * @throws LinuxException from the stream's operations, if the kernel refuses
     * @throws IllegalStateException if the store is closed
     */
    public Stream<StoreKey> keys() {
        return folder.keys();
    }

    /**
     * Removes what dead writers have left in private, and brings back what a dead evictor was about to judge. Whether a writer lives is
     * proved by a lock that it holds, not by age: safe at any time, from any process, beside any number of others.
     *
     * @return what was done
     * @throws LinuxException if the kernel refuses; private folders of other users are left to them
     * @throws IllegalStateException if the store is closed
     */
    public StoreSweep sweep() {
        return new Evictor(folder).sweep();
    }

    /**
     * Removes files, those published longest ago first: each that is older than the policy's age, and then as many as have to go for
     * the rest to fit into the policy's size.
     *
     * <p>Guaranteed:
     * <ul>
     * <li>No file is removed that was published, or found to exist by who published it anew, after the policy's {@code keep} before the
     * eviction
     *     began or at any time since. Exception: a file of another user, which who publishes it anew has no right to renew.
     * <li>Who has opened a file reads it to its end.
     * <li>Whoever dies at whatever step, every file is either where it was, or removed, or brought back by the next {@link #sweep}.
     * </ul>
     * Ages are times of the file system against this machine's clock; over a network the two can differ.
     *
     * <p>Not guaranteed: while a file that was old when the eviction began is published anew at the same time, a reader can miss it for the
     * instant between its being taken aside and its being brought back. Nor does eviction know which files belong together: say with
     * {@code which} what may go.
     *
     * @param policy what has to go
     * @param which keys that may go
     * @return what was done
     * @throws LinuxException if the kernel refuses
     * @throws IllegalStateException if the store is closed
     */
    public StoreEviction evict(EvictionPolicy policy, Predicate<StoreKey> which) {
        return new Evictor(folder).evict(Objects.requireNonNull(policy, "policy"), Objects.requireNonNull(which, "which"));
    }

    /**
     * {@code close(fd)}. Doing it again does nothing. Ends what is in {@link #await} with CLOSED, and returns when all have left it; else
     * close it when nobody uses it any more.
     */
    @Override
    public void close() {
        try (folder; board) { // closed from the right
            waits.close();
        }
    }
}
