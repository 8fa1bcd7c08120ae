package org.latchwork.wait.engine;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.MemoryAddress;
import jdk.jfr.Name;

/** A wait that blocked, in Java Flight Recorder. Off unless a recording asks for it by name. */
@Name(WaitEvent.NAME)
@Label("Futex Wait")
@Description("A thread was blocked, waiting for a futex word; waits that end without blocking are not shown")
@Category("Latchwork")
@Enabled(false)
final class WaitEvent extends Event {
    static final String NAME = "org.latchwork.FutexWait";

    @Label("Word")
    @Description("Address of the word in this process; of the first one, where there are many")
    @MemoryAddress
    long word;

    @Label("Outcome")
    String outcome;

    @Label("Spins")
    @Description("How often the word was looked at before the thread blocked")
    long spins;

    @Label("Engine")
    @Description("What the thread was blocked in: its own call, or the engine that waited for it")
    String engine;

    /** {@return an event that has begun, or {@code null}} Initializes Flight Recorder, so {@link Waits} asks first whether anybody has done that. */
    static WaitEvent begin(long word, long spins) {
        WaitEvent event = new WaitEvent();
        if (!event.isEnabled()) {
            return null;
        }
        event.word = word;
        event.spins = spins;
        event.begin();
        return event;
    }

    /** Ends and records it. */
    void end(String how, String where) {
        end();
        if (shouldCommit()) {
            outcome = how;
            engine = where;
            commit();
        }
    }
}
