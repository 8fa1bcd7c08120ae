package org.latchwork.wait.engine;

/** Waits on behalf of others. */
interface Engine {
    /**
     * Takes a request over, to complete it at some time.
     *
     * @return false if this engine has ended; the next one takes it
     * @throws java.util.concurrent.RejectedExecutionException if it has as many as it can have
     */
    boolean submit(Request request);

    /** Looks whether this request has to end. It may be completed already. */
    void recheck(Request request);
}
