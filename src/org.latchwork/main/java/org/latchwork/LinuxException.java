package org.latchwork;

import java.util.Objects;

/**
 * A Linux call failed: which call, with which arguments, with which errno, and what to do about it.
 *
 * <p>Only failures arrive in this way. The normal ends of a wait (woken, value differs, timed out) are
 * {@link org.latchwork.wait.WaitOutcome}s. Names and numbers of the errors: errno(3).
 */
public final class LinuxException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The call with its arguments, as strace(1) would print it. */
    private final String call;
    /** The error's number, positive. */
    private final int errno;
    /** The error's name as in errno(3). */
    private final String errnoName;

    /**
     * Describes one failed call.
     *
     * @param call the call with its arguments, as strace(1) would print it, such as {@code openat(AT_FDCWD, "/x", O_RDWR)}
     * @param errno the error's number, positive
     * @param errnoName the error's name as in errno(3), such as {@code ENOENT}
     * @param description what the C library says of it, or what to do about it
     */
    public LinuxException(String call, int errno, String errnoName, String description) {
        super(call + " failed: " + errnoName + " (" + errno + "): " + description);
        this.call = Objects.requireNonNull(call);
        this.errno = errno;
        this.errnoName = Objects.requireNonNull(errnoName);
    }

    /** {@return the call with its arguments, as strace(1) would print it} */
    public String call() {
        return call;
    }

    /** {@return the error's number, positive} */
    public int errno() {
        return errno;
    }

    /** {@return the error's name as in errno(3), such as {@code ENOENT}} */
    public String errnoName() {
        return errnoName;
    }
}
