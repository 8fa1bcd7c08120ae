package org.latchwork.wait.engine;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import org.latchwork.linux.FutexCalls;

/** Where futex words lie: native memory, whose futexes are shared or private, and the gate through which its waiters pass. */
public final class FutexMemory {
    private static final VarHandle WORD = ValueLayout.JAVA_INT.varHandle();

    private final MemorySegment segment;
    private final long base;
    private final boolean isPrivate;
    private final Gate gate = new Gate();

    /**
     * Describes memory.
     *
     * @param segment native memory, aligned to 4 bytes; held strongly, since an address in the kernel's hands keeps nothing alive
     * @param isPrivate whether it is this process's alone
     */
    public FutexMemory(MemorySegment segment, boolean isPrivate) {
        this.segment = segment;
        this.base = segment.address();
        this.isPrivate = isPrivate;
    }

    /** {@return the gate that closes it} */
    public Gate gate() {
        return gate;
    }

    long address(long offset) {
        return base + offset;
    }

    int flags() {
        return FutexCalls.flags(isPrivate);
    }

    int futex2Flags() {
        return FutexCalls.futex2Flags(isPrivate);
    }

    /** {@return the word, sequentially consistent; throws InternalError where its page is gone} */
    int get(long offset) {
        return (int) WORD.getVolatile(segment, offset);
    }
}
