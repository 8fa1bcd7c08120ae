package org.latchwork.wait.engine;

import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.nio.channels.spi.AbstractSelector;
import java.util.Set;

/**
 * How {@code Thread.interrupt()} reaches a thread that is blocked in the kernel, with public API only: between {@code begin()} and
 * {@code end()} of a selector, an interrupt calls the selector's {@code wakeup()}. This selector selects nothing.
 *
 * <p>{@code wakeup()} can come late: into the thread's next wait, or when the thread has ended. So it only ever gives a hint, to memory
 * that this object keeps alive and that no other thread gets. Before JDK 23 it runs under the lock of the thread's interrupt status:
 * it takes no lock and allocates nothing.
 */
final class InterruptHook extends AbstractSelector {
    private final CancelWord cancel;

    InterruptHook(CancelWord cancel) {
        super(null);
        this.cancel = cancel;
    }

    /** From here on an interrupt gives the hint; if the thread's status is set already, now. */
    void arm() {
        begin();
    }

    void disarm() {
        end();
    }

    @Override
    public Selector wakeup() {
        cancel.hint();
        return this;
    }

    @Override
    protected void implCloseSelector() {}

    @Override
    protected SelectionKey register(AbstractSelectableChannel channel, int operations, Object attachment) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Set<SelectionKey> keys() {
        return Set.of();
    }

    @Override
    public Set<SelectionKey> selectedKeys() {
        return Set.of();
    }

    @Override
    public int selectNow() {
        return 0;
    }

    @Override
    public int select(long timeout) {
        return 0;
    }

    @Override
    public int select() {
        return 0;
    }
}
