package org.latchwork.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.latchwork.linux.abi.Linux;
import org.latchwork.linux.abi.futex_waitv;

/**
 * An array of {@code struct futex_waitv}: words with the values at which to block, as {@code futex_waitv} and io_uring read it. It holds
 * addresses, which keep nothing alive. Not for use by several threads at once.
 */
public final class WaitVector {
    private final MemorySegment segment;

    /** An array of null words, in memory that lives as long as this does. */
    public WaitVector(int size) {
        Downcall.requireNative();
        this.segment = futex_waitv.allocateArray(size, Arena.ofAuto());
    }

    /** {@return how many words one call can wait for: {@code FUTEX_WAITV_MAX}} */
    public static int maxSize() {
        Downcall.requireNative();
        return Linux.FUTEX_WAITV_MAX();
    }

    /**
     * Sets one entry.
     *
     * @param index which
     * @param uaddr the word's address
     * @param val the value at which to block
     * @param flags futex2 flags
     */
    public void set(int index, long uaddr, int val, int flags) {
        long entry = index * futex_waitv.sizeof();
        segment.set(futex_waitv.val$layout(), entry + futex_waitv.val$offset(), Integer.toUnsignedLong(val));
        segment.set(futex_waitv.uaddr$layout(), entry + futex_waitv.uaddr$offset(), uaddr);
        segment.set(futex_waitv.flags$layout(), entry + futex_waitv.flags$offset(), flags);
    }

    /** {@return the address of an entry} */
    public long address(int index) {
        return segment.address() + index * futex_waitv.sizeof();
    }

    /** {@return the array as the kernel reads it} */
    public MemorySegment segment() {
        return segment;
    }
}
