package org.latchwork.jmh.wake;

/**
 * One series to measure.
 *
 * @param mechanism how to wait and wake
 * @param scope between whom
 * @param placement on which cores
 * @param wakerCpu the waker's
 * @param waiterCpu the waiter's
 * @param warmUpMillis how long to wake before anything is recorded
 * @param measureMillis how long to record
 * @param maxWakes after so many records it ends before that time
 * @param directory for its files, a directory of its own
 */
public record Plan(Mechanism mechanism, Scope scope, Placement placement, int wakerCpu, int waiterCpu, int warmUpMillis,
        int measureMillis, int maxWakes, String directory) {
    /** {@return whether both run on one CPU, so that each must give way to the other} */
    boolean giveWay() {
        return placement == Placement.SAME_CORE;
    }
}
