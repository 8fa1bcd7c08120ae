package org.latchwork.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;

/**
 * A class of tests that mostly wait for processes of their own. The build runs two such classes side by side, each with its methods one after the other, in one
 * JVM: so they must not count what this JVM has open, mapped or running, nor depend on a system property that others set. What several of them change they name by
 * {@code @ResourceLock}.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Tag("processes")
public @interface ProcessTest {
    /** For {@code @ResourceLock}: the system property by which a file is staged. */
    String WAY_OF_STAGING = "the way of staging";
}
