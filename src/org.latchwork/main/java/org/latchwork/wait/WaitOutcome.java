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
     * The waiting thread was interrupted, before or meanwhile, and no wake had hit it. Its interrupt status stays set, as
     * {@link java.util.concurrent.locks.LockSupport#park()} leaves it: who drops the outcome loses no interrupt.
     * {@link #throwIfInterrupted()} makes an {@link InterruptedException} of it.
     */
    INTERRUPTED,
    /** What was waited on has been closed meanwhile, by this process. */
    CLOSED,
    /**
     * A signal handler ran in the waiting thread (EINTR). Only the raw operations of {@link org.latchwork.futex.Futex} say so;
     * everything above them waits on, towards the same deadline.
     */
    SIGNALLED;

    /**
     * Turns {@link #INTERRUPTED} into the exception that blocking methods of the JDK throw, and clears the thread's interrupt status, as they do.
     *
     * @return this, if it is another
     * @throws InterruptedException if it is {@link #INTERRUPTED}
     */
    public WaitOutcome throwIfInterrupted() throws InterruptedException {
        if (this == INTERRUPTED) {
            Thread.interrupted();
            throw new InterruptedException();
        }
        return this;
    }
}
