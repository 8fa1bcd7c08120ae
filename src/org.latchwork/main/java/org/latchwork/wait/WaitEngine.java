package org.latchwork.wait;

import java.util.Locale;
import java.util.StringJoiner;

/**
 * How waits are carried out that must not block a platform thread of their own: those of virtual threads, asynchronous ones, and those for
 * more words than one call takes.
 *
 * <p>The best one that works here is chosen at the first such wait, by trying: {@link org.latchwork.futex.Futex#waitEngine} tells which. The
 * system property {@value #PROPERTY} forces one, by its name in either case. Platform threads block in {@code futex_waitv} by themselves; where
 * {@link #FUTEX} is forced or the kernel has no {@code futex_waitv}, in {@code FUTEX_WAIT}, and notice interrupts and closing within 20 ms.
 *
 * <table>
 * <caption>The engines</caption>
 * <tr><th>engine</th><th>Linux</th><th>waiters</th><th>threads</th><th>one waiter and {@code FUTEX_WAKE}</th></tr>
 * <tr><td>{@link #IO_URING}</td><td>6.7</td><td>100,000 and more</td><td>1, and 1 for {@code awaitWake}</td>
 *     <td>counts as exactly one, from any process</td></tr>
 * <tr><td>{@link #FUTEX_WAITV}</td><td>5.16</td><td>10,000 words</td><td>1 for 127 words</td><td>counts, but not always: see there</td></tr>
 * <tr><td>{@link #FUTEX}</td><td>any</td><td>500</td><td>1 each</td><td>counts, but not in the instant between two slices</td></tr>
 * </table>
 *
 * <p>One more than the last two can have throws {@link java.util.concurrent.RejectedExecutionException}.
 *
 * <p>A process that is stopped (SIGSTOP) with waiters in an io_uring still takes wakes, and hands them on after SIGCONT; the waiters of the
 * other two leave the kernel's queue and are not counted until then.
 */
public enum WaitEngine {
    /**
     * An io_uring of the process, with {@code IORING_OP_FUTEX_WAITV}, which swallows wakes that arrive while it is being cancelled, by a
     * deadline, an interrupt or closing; its words are read again then. Change the word before you wake, and no waiter misses it. Waits
     * that count wakes instead ({@link org.latchwork.futex.FutexArray#awaitWake}) have an io_uring of their own, with
     * {@code IORING_OP_FUTEX_WAIT}, which swallows none; cancelling one takes the longer, the more of them wait (5 ms among 100,000).
     */
    IO_URING,
    /**
     * Threads that block in {@code futex_waitv} for up to 127 words each. While such a thread takes in another word or has just returned,
     * its words are in no queue of the kernel, and of several wakes at once it sees one. Change the word before you wake, and every waiter
     * notices. Waits that count wakes instead ({@link org.latchwork.futex.FutexArray#awaitWake}) get a thread each, up to 500.
     */
    FUTEX_WAITV,
    /** A thread that blocks in {@code FUTEX_WAIT} for each wait. */
    FUTEX;

    /** The system property that forces an engine: {@value}. */
    public static final String PROPERTY = "org.latchwork.wait.engine";

    /**
     * {@return the engine that {@value #PROPERTY} names, or {@code null} where it is not set}
     *
     * @throws IllegalArgumentException if it names none
     */
    public static WaitEngine forced() {
        String name = System.getProperty(PROPERTY);
        if (name == null || name.isEmpty()) {
            return null;
        }
        StringJoiner names = new StringJoiner(", ");
        for (WaitEngine engine : values()) {
            if (engine.toString().equals(name.toLowerCase(Locale.ROOT))) {
                return engine;
            }
            names.add(engine.toString());
        }
        throw new IllegalArgumentException("system property " + PROPERTY + " is '" + name + "'; it takes " + names
                + "; leave it out to have the best that works here");
    }

    /** {@return the name as the property takes it, such as {@code io_uring}} */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
