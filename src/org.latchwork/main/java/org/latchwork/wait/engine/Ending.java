package org.latchwork.wait.engine;

/** What ends a wait before its words, its deadline or an interrupt do. */
public interface Ending {
    /** {@return whether it has to end now} */
    boolean isDue();

    /** {@return whether the closing of this gate makes it due} */
    boolean concerns(Gate gate);
}
