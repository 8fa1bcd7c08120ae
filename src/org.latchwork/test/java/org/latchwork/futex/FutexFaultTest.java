package org.latchwork.futex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.latchwork.LinuxException;
import org.latchwork.linux.Posix;
import org.latchwork.linux.abi.Linux;

/** Addresses that no futex can have: EFAULT for unmapped, PROT_NONE and beyond-end-of-file words, EINVAL for unaligned ones. */
class FutexFaultTest {
    private static final long PAGE = 4096;

    static List<Futex> kinds() {
        return Memory.kinds();
    }

    /** Every operation on a word. */
    private static Map<String, Callable<?>> operations(Futex kind, MemorySegment word) {
        MemorySegment good = Memory.word(kind);
        FutexWakeOp op = new FutexWakeOp(FutexWakeOp.Change.SET, 0, false, FutexWakeOp.Comparison.EQ, 0);
        Map<String, Callable<?>> operations = new LinkedHashMap<>();
        operations.put("FUTEX_WAIT", () -> kind.wait(word, 0, Memory.hangTimeout()));
        operations.put("FUTEX_WAIT_BITSET", () -> kind.waitBitset(word, 0, Memory.hang(), -1));
        operations.put("futex_wait", () -> kind.wait2(word, 0, Memory.hang(), -1));
        operations.put("futex_waitv", () -> Futex.waitv(new FutexVector(1).set(0, kind, word, 0), Memory.hang()));
        operations.put("FUTEX_CMP_REQUEUE", () -> kind.cmpRequeue(word, 0, 1, 1, good));
        operations.put("futex_requeue", () -> Futex.requeue2(new FutexVector(2).set(0, kind, word, 0).set(1, kind, good, 0), 1, 1));
        operations.put("FUTEX_WAKE_OP", () -> kind.wakeOp(good, 1, word, 1, op));
        return operations;
    }

    /** Those that only look for waiters: a private futex is found by its address alone, whatever lies there. */
    private static Map<String, Callable<Integer>> wakes(Futex kind, MemorySegment word) {
        MemorySegment good = Memory.word(kind);
        Map<String, Callable<Integer>> wakes = new LinkedHashMap<>();
        wakes.put("FUTEX_WAKE", () -> kind.wake(word, 1));
        wakes.put("FUTEX_WAKE_BITSET", () -> kind.wakeBitset(word, 1, -1));
        wakes.put("futex_wake", () -> kind.wake2(word, 1, -1));
        wakes.put("FUTEX_REQUEUE", () -> kind.requeue(word, 1, 1, good));
        return wakes;
    }

    private static void assertFails(String errno, String operation, Callable<?> call) {
        LinuxException failure = assertThrows(LinuxException.class, call::call, operation);
        assertEquals(errno, failure.errnoName(), operation);
        assertTrue(failure.call().startsWith(operation + "(0x"), failure.call());
    }

    private static void assertFaults(Futex kind, MemorySegment word) throws Exception {
        operations(kind, word).forEach((operation, call) -> assertFails("EFAULT", operation, call));
        for (Map.Entry<String, Callable<Integer>> wake : wakes(kind, word).entrySet()) {
            if (kind.isPrivate()) {
                assertEquals(0, wake.getValue().call(), wake.getKey());
            } else {
                assertFails("EFAULT", wake.getKey(), wake.getValue());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void anUnmappedWord(Futex kind) throws Exception {
        // A wide hole, whose low end the kernel gives away last.
        long hole = 1L << 30;
        int fd = Posix.memfdCreate("hole", 0);
        long address = Posix.mmap(hole, fd);
        Posix.munmap(address, hole);
        Posix.close(fd);
        assertFaults(kind, MemorySegment.ofAddress(address));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void aWordThatNobodyMayTouch(Futex kind) throws Exception {
        int fd = Posix.memfdCreate("untouchable", 0);
        Posix.ftruncate(fd, PAGE);
        MemorySegment none = Linux.mmap(MemorySegment.NULL, PAGE, 0, Linux.MAP_SHARED(), fd, 0); // PROT_NONE is 0
        assertTrue(none.address() > 0);
        assertFaults(kind, none);
        Posix.munmap(none.address(), PAGE);
        Posix.close(fd);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void aWordBeyondTheEndOfTheFile(Futex kind) throws Exception {
        int fd = Posix.memfdCreate("short", 0);
        Posix.ftruncate(fd, PAGE);
        long address = Posix.mmap(2 * PAGE, fd);
        assertEquals(0, kind.wake(MemorySegment.ofAddress(address + PAGE - 4), 1), "the last word of the file is one");
        assertFaults(kind, MemorySegment.ofAddress(address + PAGE));
        Posix.munmap(address, 2 * PAGE);
        Posix.close(fd);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void anUnalignedWord(Futex kind) {
        MemorySegment words = Memory.words(kind, 4);
        for (int offset = 1; offset < 4; offset++) {
            MemorySegment unaligned = words.asSlice(offset, 4);
            operations(kind, unaligned).forEach((operation, call) -> assertFails("EINVAL", operation, call));
            wakes(kind, unaligned).forEach((operation, call) -> assertFails("EINVAL", operation, call));
        }
    }

    @Test
    void theMessageNamesCallAddressAndErrno() {
        LinuxException failure = assertThrows(LinuxException.class, () -> Futex.SHARED.wake(MemorySegment.ofAddress(0x1001), 1));
        assertEquals("FUTEX_WAKE(0x1001) failed: EINVAL (22): Invalid argument", failure.getMessage());
    }
}
