package org.latchwork.jmh.ratio;

import java.io.IOException;

/** One of two ways to do the same. */
public interface Contender {
    /** {@return its name in words} */
    String label();

    /** Runs for a while: {@return the time of one operation, in nanoseconds} */
    double measure() throws IOException;
}
