package org.latchwork.wait;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.latchwork.futex.Futex;
import org.opentest4j.TestAbortedException;

/** Sees to it that the engine asked for is the one in use. Where this kernel does not have it, the tests are skipped and say why. */
final class EngineUnderTest implements BeforeAllCallback {
    /** What the build asks for. The runtime reads another property, so that a mistake in one of them is noticed. */
    private static final String ASKED = System.getProperty("latchwork.test.engine");

    @Override
    public void beforeAll(ExtensionContext context) {
        if (ASKED != null) {
            assertEquals(ASKED, String.valueOf(WaitEngine.forced()), "the engine is not forced");
            assertEquals(ASKED, inUse().toString(), "another engine is in use");
        }
    }

    private static WaitEngine inUse() {
        try {
            return Futex.waitEngine();
        } catch (IllegalStateException refusal) {
            if (!refusal.getMessage().contains("which does not work here")) {
                throw refusal; // such as: no native access
            }
            throw new TestAbortedException("skipped: " + refusal.getMessage(), refusal);
        }
    }

    /** {@return how many waiters the tests may have at once: the scale that the engine promises, less what other waiters need} */
    static int scale() {
        return switch (Futex.waitEngine()) {
            case IO_URING -> 100_000;
            case FUTEX_WAITV -> 9_500;
            case FUTEX -> 480;
        };
    }

    /** {@return whether a platform thread looks for interrupts and closing only now and then} */
    static boolean looksInSlices() {
        return Futex.waitEngine() == WaitEngine.FUTEX;
    }
}
