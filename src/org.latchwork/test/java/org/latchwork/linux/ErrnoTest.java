package org.latchwork.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.latchwork.LinuxException;
import org.latchwork.linux.abi.Linux;

/** Errors have the names of errno(3), the usual one where a number has two, and the C library's text. */
class ErrnoTest {
    @Test
    void names() {
        assertEquals("EPERM", Errno.name(Linux.EPERM()));
        assertEquals("EAGAIN", Errno.name(Linux.EWOULDBLOCK()));
        assertEquals("EDEADLK", Errno.name(Linux.EDEADLOCK()));
        assertEquals("ENOTSUP", Errno.name(Linux.EOPNOTSUPP()));
        assertEquals("ETIMEDOUT", Errno.name(Linux.ETIMEDOUT()));
        assertEquals("E2BIG", Errno.name(Linux.E2BIG()));
        assertEquals("EHWPOISON", Errno.name(Linux.EHWPOISON()));
    }

    @Test
    void everyNumberUpToTheLastHasANameButTwo() {
        for (int errno = 1; errno <= Linux.EHWPOISON(); errno++) {
            boolean unassigned = errno == 41 || errno == 58; // EWOULDBLOCK's and EDEADLOCK's numbers elsewhere
            assertEquals(unassigned, Errno.name(errno).equals("errno"), "errno " + errno + " is called " + Errno.name(errno));
        }
    }

    @Test
    void anUnknownNumberIsStillSaid() {
        assertEquals("call() failed: errno (4000): Unknown error 4000", Errno.failed(4000, "call()").getMessage());
    }

    @Test
    void theExceptionHoldsItsParts() {
        LinuxException failed = Errno.failed(Linux.ENOENT(), "openat(AT_FDCWD, \"/x\", O_RDWR)", "make it first");
        assertEquals("openat(AT_FDCWD, \"/x\", O_RDWR) failed: ENOENT (2): make it first", failed.getMessage());
        assertEquals("openat(AT_FDCWD, \"/x\", O_RDWR)", failed.call());
        assertEquals(2, failed.errno());
        assertEquals("ENOENT", failed.errnoName());
    }
}
