package org.latchwork.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.latchwork.linux.abi.Linux;
import org.latchwork.linux.abi.futex_waitv;

/** The kernel's refusals of futex_waitv that the exported types do not let through, as raw answers. */
class FutexCallsTest {
    private static final int VALUE = 7;

    private final Arena arena = Arena.ofAuto();
    private final MemorySegment word = arena.allocate(64, 64);
    private final MemorySegment waiters = futex_waitv.allocateArray(129, arena);

    FutexCallsTest() {
        word.set(Linux.C_INT, 0, VALUE);
        for (int i = 0; i < 129; i++) {
            set(i, word.address(), FutexCalls.futex2Flags(true), VALUE);
        }
    }

    private void set(int index, long address, int flags, long value) {
        MemorySegment entry = futex_waitv.asSlice(waiters, index);
        futex_waitv.uaddr(entry, address);
        futex_waitv.flags(entry, flags);
        futex_waitv.val(entry, value);
    }

    /** With a deadline that has passed, so that whatever the kernel does not refuse ends with ETIMEDOUT. */
    private long waitv(int count) {
        return FutexCalls.waitv(waiters.address(), count, 0, 0, Linux.CLOCK_MONOTONIC());
    }

    @Test
    void oneToHundredAndTwentyEightWords() {
        assertEquals(-Linux.EINVAL(), waitv(0));
        assertEquals(-Linux.ETIMEDOUT(), waitv(1));
        assertEquals(-Linux.ETIMEDOUT(), waitv(128));
        assertEquals(-Linux.EINVAL(), waitv(129));
        assertEquals(-Linux.EINVAL(), waitv(-1));
    }

    @Test
    void nullAddresses() {
        assertEquals(-Linux.EINVAL(), FutexCalls.waitv(0, 1, 0, 0, Linux.CLOCK_MONOTONIC()), "no vector");
        assertEquals(-Linux.EFAULT(), FutexCalls.waitv(8, 1, 0, 0, Linux.CLOCK_MONOTONIC()), "a vector that is not mapped");
        for (boolean isPrivate : new boolean[] {true, false}) {
            set(1, 0, FutexCalls.futex2Flags(isPrivate), VALUE);
            assertEquals(-Linux.EFAULT(), waitv(2), "a null word");
        }
    }

    @Test
    void anUnalignedWord() {
        set(1, word.address() + 1, FutexCalls.futex2Flags(true), VALUE);
        assertEquals(-Linux.EINVAL(), waitv(2));
    }

    @Test
    void aMissingSize() {
        set(1, word.address(), Linux.FUTEX2_PRIVATE(), VALUE);
        assertEquals(-Linux.EINVAL(), waitv(2));
    }

    @Test
    void unknownEntryFlagsAndAReservedField() {
        set(1, word.address(), FutexCalls.futex2Flags(true) | 0x40, VALUE);
        assertEquals(-Linux.EINVAL(), waitv(2));
        set(1, word.address(), FutexCalls.futex2Flags(true), VALUE);
        futex_waitv.__reserved(futex_waitv.asSlice(waiters, 1), 1);
        assertEquals(-Linux.EINVAL(), waitv(2));
    }

    @Test
    void aValueOfMoreThan32Bits() {
        set(1, word.address(), FutexCalls.futex2Flags(true), VALUE | 1L << 32);
        assertEquals(-Linux.EINVAL(), waitv(2));
    }

    @Test
    void flagsOfTheCall() {
        assertEquals(-Linux.EINVAL(), FutexCalls.waitv(waiters.address(), 1, 1, 0, Linux.CLOCK_MONOTONIC()));
    }

    @Test
    void clocks() {
        assertEquals(-Linux.ETIMEDOUT(), FutexCalls.waitv(waiters.address(), 1, 0, 0, Linux.CLOCK_REALTIME()));
        assertEquals(-Linux.EINVAL(), FutexCalls.waitv(waiters.address(), 1, 0, 0, 2)); // CLOCK_PROCESS_CPUTIME_ID
        assertEquals(-Linux.EINVAL(), FutexCalls.waitv(waiters.address(), 1, 0, 0, 12345));
    }

    @Test
    void aValueThatDiffers() {
        set(1, word.address(), FutexCalls.futex2Flags(true), VALUE + 1);
        assertEquals(-Linux.EAGAIN(), waitv(2));
    }

    @Test
    void aTimeBefore1970IsRefused() {
        assertEquals(-Linux.EINVAL(), FutexCalls.waitv(waiters.address(), 1, 0, -1, Linux.CLOCK_REALTIME()));
        assertEquals(-Linux.EINVAL(),
                FutexCalls.waitBitset(word.address(), FutexCalls.flags(true), VALUE, -1, true, FutexCalls.matchAny()));
    }

    @Test
    void flagsByKind() {
        assertEquals(0, FutexCalls.flags(false));
        assertEquals(128, FutexCalls.flags(true));
        assertEquals(2, FutexCalls.futex2Flags(false));
        assertEquals(130, FutexCalls.futex2Flags(true));
    }
}
