package org.latchwork.wait.engine;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.lang.ref.Reference;
import org.latchwork.linux.FutexCalls;

/**
 * A private word that a wait watches beside the word it is for: whoever wants the wait to end sets it and wakes it.
 *
 * <p>0 is no hint, 1 a hint. It is a hint and no more: it can come late, meant for an earlier wait in the same place. So the waiter clears
 * it <em>before</em> it looks whether there is a reason to end, and looks again whenever it has found a hint; and who has a reason makes
 * it known before giving the hint. All accesses are sequentially consistent.
 *
 * @param memory where it lies, kept alive as long as anybody can give a hint
 * @param offset in that memory
 */
record CancelWord(MemorySegment memory, long offset) {
    private static final VarHandle WORD = ValueLayout.JAVA_INT.varHandle();

    static final int CLEAR = 0;
    private static final int HINT = 1;

    long address() {
        return memory.address() + offset;
    }

    void clear() {
        WORD.setVolatile(memory, offset, CLEAR);
    }

    boolean isClear() {
        return (int) WORD.getVolatile(memory, offset) == CLEAR;
    }

    /** Ends the wait in the kernel, if one is there. Allocates nothing. */
    void hint() {
        WORD.setVolatile(memory, offset, HINT);
        FutexCalls.wakeBlind(address(), FutexCalls.flags(true), 1);
        Reference.reachabilityFence(memory);
    }
}
