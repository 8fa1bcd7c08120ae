package org.latchwork.region;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.lang.ref.Reference;
import org.latchwork.file.MappedFile;

/**
 * A word of a region, of 32 or 64 bits, for the fast path of a lock: where {@link RegionMemory} goes through a segment and asks its scope at each access
 * whether it is alive, this has the address. A locked instruction waits for all that comes before it, and so for each load of such a chain: lock and
 * unlock by the segment took half as long again (measured).
 *
 * <p>What makes an address safe: when the region is closed, the address is taken away here first, so whoever comes later is told; and what is there
 * then is private memory ({@link MappedFile#address}), until nobody can reach this. So a thread between its look at the address and its access gets a word
 * that no other process sees, as if it had come just before the end; what it may have taken has gone with the region.
 *
 * <p>Each change looks at the word first, without any order, for the sake of a page that somebody has cut off the file: a load throws there, and so
 * does a compare-and-exchange in compiled code, but one in the interpreter ends the JVM. A look that orders nothing is free, where a volatile one
 * took a quarter of the time of lock and unlock (measured).
 *
 * <p>Every method throws {@link IllegalStateException} once the region is closed, and what {@link RegionMemory#lost} explains on a page that is lost.
 */
public final class FastWord {
    private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    private static final VarHandle WORD = ValueLayout.JAVA_INT.varHandle();
    private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();

    /** What keeps the memory in its place. */
    private final MappedFile mapped;
    /** 0 once the region is closed. Not volatile: who does not see that yet finds private memory. */
    private long address;

    FastWord(MappedFile mapped, long offset) {
        this.mapped = mapped;
        this.address = mapped.address() + offset;
    }

    /** The region is about to be closed. */
    void close() {
        address = 0;
    }

    private long address() {
        long there = address;
        if (there == 0) {
            throw closed(mapped);
        }
        return there;
    }

    static IllegalStateException closed(MappedFile mapped) {
        return new IllegalStateException("the region " + mapped.file().path() + " is closed");
    }

    /** {@return the word, in no order with anything: for a compare-and-exchange to come, which will find out} */
    public int look() {
        int word = (int) WORD.get(ALL, address());
        Reference.reachabilityFence(this);
        return word;
    }

    /** {@return the 64-bit word, in no order with anything} */
    public long lookLong() {
        long word = (long) LONG.get(ALL, address());
        Reference.reachabilityFence(this);
        return word;
    }

    /** {@return the word, sequentially consistent} */
    public int get() {
        int word = (int) WORD.getVolatile(ALL, address());
        Reference.reachabilityFence(this);
        return word;
    }

    /** Sets the word if it holds what a {@link #look} has seen there. Sequentially consistent. */
    public boolean compareAndSet(int seen, int value) {
        boolean set = WORD.compareAndSet(ALL, address(), seen, value);
        Reference.reachabilityFence(this);
        return set;
    }

    /** Sets the 64-bit word if it holds what a {@link #lookLong} has seen there. Sequentially consistent. */
    public boolean compareAndSetLong(long seen, long value) {
        boolean set = LONG.compareAndSet(ALL, address(), seen, value);
        Reference.reachabilityFence(this);
        return set;
    }

    /** Sets the word if it holds what the caller expects. Sequentially consistent. */
    public boolean swap(int expected, int value) {
        return look() == expected && compareAndSet(expected, value);
    }

    /** Adds to the word. Sequentially consistent. */
    public void add(int delta) {
        look();
        WORD.getAndAdd(ALL, address(), delta);
        Reference.reachabilityFence(this);
    }
}
