package org.latchwork.wait;

/** The normal ends of a wait on a futex word. Failures throw; these do not. */
public enum WaitOutcome {
    /**
     * A wake ended the wait, or the kernel ended it for no reason. Either way the word says what holds now: read it again.
     */
    WOKEN,
    /** The word did not hold the expected value, so there was nothing to wait for (EAGAIN). */
    VALUE_DIFFERS,
    /** The deadline came first (ETIMEDOUT). Never early; how late is the kernel's affair (timer slack, load). */
    TIMED_OUT,
    /**
     * A signal handler ran in the waiting thread (EINTR). Only the raw operations of {@link org.latchwork.futex.Futex} say so;
     * everything above them waits on, towards the same deadline.
     */
    SIGNALLED
}
