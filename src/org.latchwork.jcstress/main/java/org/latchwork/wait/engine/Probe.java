package org.latchwork.wait.engine;

/** A request that nobody serves: something to put into an inbox. */
final class Probe extends Request {
    Probe() {
        super(new Target[0], Long.MAX_VALUE, false, false);
    }

    @Override
    protected void completed() {
        throw new AssertionError("nobody serves it");
    }
}
