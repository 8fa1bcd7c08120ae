package org.latchwork.futex;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.latchwork.file.MappedFile;

/**
 * Words in native memory with atomic access: the half of {@link FutexArray} that makes no system call. Names and meaning are those of
 * {@link java.util.concurrent.atomic.AtomicIntegerArray}.
 */
abstract sealed class WordArray permits FutexArray {
    /** Alignment is checked once, for the first word; the stride keeps it. */
    private static final VarHandle WORD = ValueLayout.JAVA_INT.varHandle();

    private final MemorySegment segment;
    private final int length;
    private final int stride;
    /** The file beneath, or {@code null}. */
    private final MappedFile file;

    WordArray(MemorySegment segment, int length, int stride, MappedFile file) {
        this.segment = segment;
        this.length = length;
        this.stride = stride;
        this.file = file;
    }

    /** {@return how many words} */
    public int length() {
        return length;
    }

    /**
     * {@return one word, for the operations of {@link Futex}}
     *
     * @param index which
     */
    public MemorySegment word(int index) {
        return segment.asSlice(offset(index), Integer.BYTES);
    }

    final MemorySegment segment() {
        return segment;
    }

    final int stride() {
        return stride;
    }

    final MappedFile mappedFile() {
        return file;
    }

    final long offset(int index) {
        return (long) Objects.checkIndex(index, length) * stride;
    }

    /**
     * {@return the word, with plain access: orders nothing}
     *
     * @param index which
     */
    public int getPlain(int index) {
        long offset = offset(index);
        try {
            return (int) WORD.get(segment, offset);
        } catch (InternalError e) {
            throw lost(e);
        }
    }

    /**
     * Sets the word, with plain access: orders nothing.
     *
     * @param index which
     * @param value the new value
     */
    public void setPlain(int index, int value) {
        long offset = offset(index);
        try {
            WORD.set(segment, offset, value);
        } catch (InternalError e) {
            throw lost(e);
        }
    }

    /**
     * {@return the word, with opaque access: this word's own order only}
     *
     * @param index which
     */
    public int getOpaque(int index) {
        long offset = offset(index);
        try {
            return (int) WORD.getOpaque(segment, offset);
        } catch (InternalError e) {
            throw lost(e);
        }
    }

    /**
     * {@return the word; later accesses stay after this one} Pairs with {@link #setRelease}.
     *
     * @param index which
     */
    public int getAcquire(int index) {
        long offset = offset(index);
        try {
            return (int) WORD.getAcquire(segment, offset);
        } catch (InternalError e) {
            throw lost(e);
        }
    }

    /**
     * Sets the word; earlier accesses stay before this one. Pairs with {@link #getAcquire}.
     *
     * @param index which
     * @param value the new value
     */
    public void setRelease(int index, int value) {
        long offset = offset(index);
        try {
            WORD.setRelease(segment, offset, value);
        } catch (InternalError e) {
            throw lost(e);
        }
    }

    /**
     * {@return the word, sequentially consistent}
     *
     * @param index which
     */
    public int get(int index) {
        long offset = offset(index);
        try {
            return (int) WORD.getVolatile(segment, offset);
        } catch (InternalError e) {
            throw lost(e);
        }
    }

    /**
     * Sets the word, sequentially consistent.
     *
     * @param index which
     * @param value the new value
     */
    public void set(int index, int value) {
        long offset = offset(index);
        try {
            WORD.setVolatile(segment, offset, value);
        } catch (InternalError e) {
            throw lost(e);
        }
    }

    /**
     * Sets the word if it holds the expected value, sequentially consistent either way.
     *
     * @param index which
     * @param expected the value it must hold
     * @param value the new value
     * @return whether it did
     */
    public boolean compareAndSet(int index, int expected, int value) {
        return compareAndExchange(index, expected, value) == expected;
    }

    /**
     * Sets the word if it holds the expected value, sequentially consistent either way.
     *
     * @param index which
     * @param expected the value it must hold
     * @param value the new value
     * @return what it held: the expected value if and only if it was set
     */
    public int compareAndExchange(int index, int expected, int value) {
        long offset = offset(index);
        try {
            // The load also decides, so that no compiler can drop it: it is what turns a lost page into an exception.
            int seen = (int) WORD.getVolatile(segment, offset);
            return seen == expected ? (int) WORD.compareAndExchange(segment, offset, expected, value) : seen;
        } catch (InternalError e) {
            throw lost(e);
        }
    }

    /**
     * Adds to the word, sequentially consistent; wraps around like {@code int}.
     *
     * @param index which
     * @param delta what to add
     * @return what it held before
     */
    public int getAndAdd(int index, int delta) {
        int seen = get(index);
        int found = compareAndExchange(index, seen, seen + delta);
        // Somebody came between: the page has just answered, so the unconditional instruction is safe and cannot starve.
        return found == seen ? seen : (int) WORD.getAndAdd(segment, offset(index), delta);
    }

    /**
     * {@return what the word held before one was added, sequentially consistent}
     *
     * @param index which
     */
    public int getAndIncrement(int index) {
        return getAndAdd(index, 1);
    }

    /**
     * {@return what the word held before one was taken away, sequentially consistent}
     *
     * @param index which
     */
    public int getAndDecrement(int index) {
        return getAndAdd(index, -1);
    }

    /**
     * {@return what the word holds after one was added, sequentially consistent}
     *
     * @param index which
     */
    public int incrementAndGet(int index) {
        return getAndAdd(index, 1) + 1;
    }

    /**
     * {@return what the word holds after one was taken away, sequentially consistent}
     *
     * @param index which
     */
    public int decrementAndGet(int index) {
        return getAndAdd(index, -1) - 1;
    }

    /**
     * Sets the word, sequentially consistent.
     *
     * @param index which
     * @param value the new value
     * @return what it held before
     */
    public int getAndSet(int index, int value) {
        int seen = get(index);
        int found = compareAndExchange(index, seen, value);
        return found == seen ? seen : (int) WORD.getAndSet(segment, offset(index), value);
    }

    /** The JVM's word for SIGBUS at an access. */
    final RuntimeException lost(InternalError fault) {
        if (file != null) {
            file.requireWhole();
        }
        throw fault;
    }
}
