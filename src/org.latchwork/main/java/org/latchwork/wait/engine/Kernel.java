package org.latchwork.wait.engine;

import static org.latchwork.linux.abi.Linux.EAGAIN;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.latchwork.LinuxException;
import org.latchwork.linux.Errno;
import org.latchwork.linux.FutexCalls;
import org.latchwork.linux.WaitVector;
import org.latchwork.wait.WaitEngine;

/**
 * What this kernel, and whatever filters its calls, lets us do. It is found out by doing it: a version number says nothing about a
 * container's seccomp filter, a sysctl or a limit, and ENOSYS, EPERM, EACCES and ENOMEM all mean the same here: do without.
 */
final class Kernel {
    /** The property's complaint, told at every use. */
    private static final String BAD_PROPERTY;
    private static final boolean WAITV;

    static {
        String bad = null;
        boolean waitv = false;
        try {
            waitv = WaitEngine.forced() != WaitEngine.FUTEX && waitvRefusal() == null;
        } catch (IllegalArgumentException e) {
            bad = e.getMessage();
        }
        BAD_PROPERTY = bad;
        WAITV = waitv;
    }

    private Kernel() {}

    /** {@return whether threads wait in {@code futex_waitv}: it works, and nobody forces the engine that does without} */
    static boolean hasWaitv() {
        if (BAD_PROPERTY != null) {
            throw new IllegalArgumentException(BAD_PROPERTY);
        }
        return WAITV;
    }

    /** {@return how many words a thread can wait for by itself} */
    static int maxTargets() {
        return hasWaitv() ? WaitVector.maxSize() - 1 : 1;
    }

    /** {@return why {@code futex_waitv} does not work, or {@code null}} */
    static String waitvRefusal() {
        WaitVector vector = wordThatDiffers(new WaitVector(1), 0);
        long result = FutexCalls.waitv(vector.address(0), 1, 0, FutexCalls.FOREVER, FutexCalls.clock(false));
        return result == -EAGAIN() ? null : "futex_waitv: " + Errno.name((int) -result);
    }

    /** {@return why futexes in an io_uring do not work, or {@code null}} The calling thread must not be a virtual one. */
    static String ringRefusal() {
        try (Ring ring = new Ring(1, 2)) {
            wordThatDiffers(ring.vectors(), ring.firstWord());
            ring.queueWait(1, 0);
            int entered = ring.enter(true, Long.MAX_VALUE);
            if (entered != 1 || !ring.next()) {
                return "io_uring_enter: " + (entered < 0 ? Errno.name(-entered) : "no completion");
            }
            return ring.result() == -EAGAIN() ? null : "IORING_OP_FUTEX_WAITV: " + Errno.name(-ring.result());
        } catch (LinuxException e) {
            return e.call().replaceFirst("\\(.*", "") + ": " + e.errnoName();
        }
    }

    /** Something to wait for that is over at once. */
    private static WaitVector wordThatDiffers(WaitVector vector, int index) {
        vector.set(index, Word.ONE.address(), 0, FutexCalls.futex2Flags(true));
        return vector;
    }

    private static final class Word {
        static final MemorySegment ONE = Arena.global().allocateFrom(ValueLayout.JAVA_INT, 1);
    }
}
