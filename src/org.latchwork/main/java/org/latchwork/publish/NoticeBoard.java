package org.latchwork.publish;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.latchwork.file.stage.Folder;
import org.latchwork.file.stage.Stage;
import org.latchwork.futex.Futex;
import org.latchwork.futex.FutexArray;
import org.latchwork.linux.Posix;
import org.latchwork.linux.abi.Linux;

/**
 * The futex words through which a publisher wakes who waits for a name: one page in the store's file {@value #FILE}, in which each key has
 * a word, and some keys the same one. The first waiter publishes it, whole, like everything in a store.
 *
 * <p>The first word is {@link #MAGIC}. Any other:
 * <table>
 * <caption>States of a word</caption>
 * <tr><th>bits</th><th>meaning</th><th>who changes them</th><th>order</th></tr>
 * <tr><td>0</td><td>somebody may be waiting</td><td>set by a waiter, before its last look at the name</td><td>compare-and-set</td></tr>
 * <tr><td>all</td><td>plus one: the bit is cleared by the carry, and the rest counts</td><td>a publisher that finds the bit set,
 *     after link(2) and before it wakes</td><td>compare-and-set</td></tr>
 * </table>
 * A waiter sets the bit, then looks at the name; a publisher links the name, then looks at the bit; between the two of each lies a full
 * fence. So one of them sees the other. Who waits blocks only while the word is as it was before the look. A publisher who finds the bit
 * clear changes nothing and makes no call. A waiter that has left, or died, leaves the bit: that costs the next publisher one call.
 *
 * <p>A publisher that dies before it wakes, a stranger, and one that has not noticed the board yet wake nobody: {@link FolderWatch} is
 * for those.
 */
final class NoticeBoard implements AutoCloseable {
    static final String FILE = "board";
    static final int WORDS = 1024;
    /** {@code LWNB}, in memory order. */
    static final int MAGIC = 0x424e574c;
    /**
     * How often a publisher looks whether there is a board by now. Criterion: the look (openat2(2) of a name that is not there, 1 µs) is
     * lost in what a publisher does meanwhile, which is thousands of publications; and a person who has just begun to wait does not
     * notice.
     */
    static final long LOOK_NANOS = 100_000_000L;

    private static final int BYTES = WORDS * Integer.BYTES;
    private static final int WAITED_FOR = 1;

    private final StoreFolder store;
    private final ReentrantLock opening = new ReentrantLock();
    private final AtomicLong nextLook = new AtomicLong(System.nanoTime());
    private volatile Mapped mapped;
    private volatile boolean closed;

    NoticeBoard(StoreFolder store) {
        this.store = store;
    }

    /** Holds no descriptor: a mapping needs none. */
    private record Mapped(FutexArray words, Arena arena) {}

    /** {@return the key's word: FNV-1a of its text in UTF-8, spread over all words but the first} */
    static int index(StoreKey key) {
        int hash = 0x811c9dc5;
        for (byte b : key.toString().getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ Byte.toUnsignedInt(b)) * 0x01000193;
        }
        return 1 + Integer.remainderUnsigned(hash, WORDS - 1);
    }

    // Waiters.

    /** {@return the words, published now if there are none; {@code null} where this process may not write them, or cannot make them} */
    FutexArray forWaiters() {
        Mapped there = mapped;
        if (there == null) {
            there = open();
            if (there == null && publish()) {
                there = open();
            }
        }
        return there == null ? null : there.words;
    }

    /** {@return the value at which to block} Says on the board that somebody waits. */
    static int expect(FutexArray words, int index) {
        while (true) {
            int seen = words.get(index);
            if ((seen & WAITED_FOR) != 0 || words.compareAndSet(index, seen, seen | WAITED_FOR)) {
                return seen | WAITED_FOR;
            }
        }
    }

    /** {@return whether there is one now, whoever has made it} */
    private boolean publish() {
        try (Stage stage = store.root().status(FILE) == null ? store.stage() : null) {
            if (stage == null) {
                return true; // perhaps just now; else there is one that cannot be used, and it stays
            }
            // Who can publish in the store can write the board, and nobody else.
            int folder = Posix.fstat(store.root().descriptor()).mode();
            Posix.fchmod(stage.descriptor(), folder & 0666);
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment page = arena.allocate(BYTES);
                page.set(ValueLayout.JAVA_INT, 0, MAGIC);
                stage.write(page, 0); // written, not sized: a page without room on the disk would end who touches it
            }
            stage.sync(); // else a loss of power could leave an empty board, which nobody would replace
            stage.link(store.root().descriptor(), FILE, () -> store.root().path().resolve(FILE));
            return true;
        } catch (RuntimeException refused) {
            return false; // read-only, full, not ours: waiting works without
        }
    }

    // Publishers.

    /**
     * Wakes who waits for a key. It has just been linked, and stays so: whatever is wrong with the board, the publication has succeeded.
     */
    void tell(StoreKey key) {
        Mapped there = mapped;
        if (there == null) {
            there = look();
            if (there == null) {
                return;
            }
        }
        try {
            tell(there.words, index(key));
        } catch (RuntimeException | InternalError cut) {
            // somebody has cut the file short, or closes the store: inotify tells
        }
    }

    private static void tell(FutexArray words, int index) {
        VarHandle.fullFence(); // the name before the bit
        int seen = words.get(index);
        while ((seen & WAITED_FOR) != 0) {
            int found = words.compareAndExchange(index, seen, seen + 1);
            if (found == seen) {
                words.wakeAll(index);
                return;
            }
            seen = found;
        }
    }

    private Mapped look() {
        long next = nextLook.get();
        long now = System.nanoTime();
        return now - next >= 0 && nextLook.compareAndSet(next, now + LOOK_NANOS) ? open() : null;
    }

    // Both.

    private Mapped open() {
        opening.lock();
        try {
            if (mapped == null && !closed) {
                mapped = map(store.root());
            }
            return mapped;
        } finally {
            opening.unlock();
        }
    }

    /** {@return the words, or {@code null} if there are none to use} Why not does not matter: everything works without, only later. */
    private static Mapped map(Folder root) {
        int fd = root.openBeneath(FILE, Linux.O_RDWR() | Linux.O_CLOEXEC() | Linux.O_NOFOLLOW() | Linux.O_NONBLOCK(), 0);
        if (fd < 0) {
            return null;
        }
        try {
            Posix.Status status = Posix.fstat(fd);
            if (!status.isRegular() || status.size() < BYTES) {
                return null;
            }
            long address = Posix.mmap(BYTES, fd);
            Arena arena = Arena.ofShared();
            MemorySegment page = MemorySegment.ofAddress(address)
                    .reinterpret(BYTES, arena, memory -> Posix.munmap(memory.address(), BYTES));
            FutexArray words = FutexArray.of(page, FutexArray.Spacing.PACKED, Futex.SHARED);
            if (words.get(0) != MAGIC) {
                arena.close();
                return null;
            }
            return new Mapped(words, arena);
        } catch (RuntimeException | InternalError refused) {
            return null;
        } finally {
            closeQuietly(fd);
        }
    }

    private static void closeQuietly(int fd) {
        try {
            Posix.close(fd);
        } catch (RuntimeException e) {
            // of a file that was only looked at: nothing depends on it
        }
    }

    /** Ends all waits on the words, and unmaps them once everybody has left. Doing it again does nothing. */
    @Override
    public void close() {
        Mapped last;
        opening.lock();
        try {
            closed = true;
            last = mapped;
            mapped = null;
        } finally {
            opening.unlock();
        }
        if (last != null) {
            last.words.close();
            last.arena.close();
        }
    }
}
