package org.latchwork.jmh.wake;

/** Between whom a wake goes. */
public enum Scope {
    PROCESSES("two processes"),
    THREADS("two threads of one process");

    private final String label;

    Scope(String label) {
        this.label = label;
    }

    /** {@return the name in words} */
    public String label() {
        return label;
    }
}
