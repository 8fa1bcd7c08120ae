package org.latchwork.jmh.wake;

/** Where waker and waiter run. */
public enum Placement {
    OTHER_CORE("other core"),
    SAME_CORE("same core");

    private final String label;

    Placement(String label) {
        this.label = label;
    }

    /** {@return the name in words} */
    public String label() {
        return label;
    }
}
