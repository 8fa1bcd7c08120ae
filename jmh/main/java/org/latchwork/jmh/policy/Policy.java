package org.latchwork.jmh.policy;

import java.time.Duration;
import org.latchwork.wait.WaitPolicy;

/** The policies that are swept. */
public enum Policy {
    BLOCK("block"),
    SPIN_THEN_BLOCK("spin 30 µs, then block"),
    ADAPTIVE("adaptive"),
    SPIN("spin");

    /** As long as the adaptive one spins at most: what it learns is all the difference between the two. */
    private static final Duration LONGEST_SPIN = Duration.ofNanos(30_000);

    private final String label;

    Policy(String label) {
        this.label = label;
    }

    /** {@return the name in words} */
    public String label() {
        return label;
    }

    /** {@return the policy; an adaptive one that has learned nothing yet} */
    WaitPolicy make() {
        return switch (this) {
            case BLOCK -> WaitPolicy.block();
            case SPIN_THEN_BLOCK -> WaitPolicy.spinThenBlock(LONGEST_SPIN);
            case ADAPTIVE -> WaitPolicy.adaptive();
            case SPIN -> WaitPolicy.spin();
        };
    }
}
