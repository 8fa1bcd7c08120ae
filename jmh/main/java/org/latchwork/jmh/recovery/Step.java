package org.latchwork.jmh.recovery;

/** From when to when. */
public enum Step {
    /** What the kernel takes to end the process: its memory goes first. */
    KILL_TO_DROP("SIGKILL to the lock's drop"),
    /** What the runtime takes to notice and to recover. */
    DROP_TO_FIRST("drop to first acquired"),
    /** The same, until the last of all objects. */
    DROP_TO_LAST("drop to last acquired"),
    /** Both together. */
    KILL_TO_FIRST("SIGKILL to first acquired"),
    /** Both together, until the last of all objects. */
    KILL_TO_LAST("SIGKILL to last acquired"),
    /** How late the observer sees a byte become free. */
    OBSERVER("(how late drops are seen)");

    private final String label;

    Step(String label) {
        this.label = label;
    }

    /** {@return its name in a table} */
    public String label() {
        return label;
    }

    /** {@return whether it is what the runtime is held to} */
    boolean hasGoal() {
        return this == DROP_TO_FIRST || this == DROP_TO_LAST;
    }

    /** {@return whether it differs from another step only where there are several objects} */
    boolean isOfSeveral() {
        return this == DROP_TO_LAST || this == KILL_TO_LAST;
    }
}
