package org.latchwork.examples;

import org.latchwork.futex.FutexArray;

/** A gate: closed while its word is 0. */
final class FutexArrayExample {
    private static final int CLOSED = 0;
    private static final int OPEN = 1;

    private FutexArrayExample() {}

    // @start region=gate
    static void open(FutexArray gates, int gate) {
        gates.setRelease(gate, OPEN); // first the word,
        gates.wakeAll(gate); // then the wake
    }

    static void pass(FutexArray gates, int gate) throws InterruptedException {
        while (gates.getAcquire(gate) == CLOSED) {
            gates.await(gate, CLOSED).throwIfInterrupted(); // returns at once if the word has changed
        }
    }
    // @end
}
