package org.latchwork.jmh.wake;

/** One mechanism at work. The waker calls {@code prepare} and {@code wake}, the waiter {@code await} and {@code settle}. */
interface Waking extends AutoCloseable {
    /** The waker, before the waiter starts to wait for this number. */
    default void prepare(int number) {}

    /** The waking call, which is timed. */
    void wake(int number);

    /** Returns once this number has been woken. */
    void await(int number);

    /** The waiter, after the time is taken. */
    default void settle(int number) {}

    /** A wake in one thread alone, which never sleeps: what the JIT needs to see often. */
    default void rehearse(int number) {
        prepare(number);
        wake(number);
        await(number);
        settle(number);
    }

    /**
     * {@return how {@code /proc/PID/task/TID/syscall} begins while the waiter sleeps: the number of the call and what of its arguments is
     * known; {@code *} stands for any one argument}
     */
    String sleepsIn();

    /** {@return how many waiters the kernel knows of: for {@link Mechanism#parks} alone} */
    default int waiters() {
        throw new UnsupportedOperationException();
    }

    @Override
    void close();
}
