package org.latchwork.linux;

import java.lang.foreign.MemorySegment;
import org.latchwork.linux.abi.Linux;

/** The raw calls of io_uring, one method each. Each answers as the kernel does: zero or more, or {@code -errno}. */
public final class UringCalls {
    private UringCalls() {}

    /**
     * {@code syscall(SYS_io_uring_setup, entries, params)}. Linux 5.1.
     *
     * @return the descriptor, which is closed on exec()
     */
    public static int setup(int entries, MemorySegment params) {
        return (int) Downcall.call(Linux.syscall.address(), Linux.SYS_io_uring_setup(), entries, params.address(), 0, 0, 0, 0);
    }

    /**
     * {@code syscall(SYS_io_uring_enter, fd, to_submit, min_complete, flags, arg, argsz)}.
     *
     * @return how many entries were taken
     */
    public static int enter(int fd, int toSubmit, int minComplete, int flags, MemorySegment argument) {
        return (int) Downcall.call(Linux.syscall.address(), Linux.SYS_io_uring_enter(), fd, toSubmit, minComplete, flags,
                argument.address(), argument.byteSize());
    }
}
