package org.latchwork.wait;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/** Tests that the build runs once for each engine, and an IDE with the one that is chosen here. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Tag("engine")
@ExtendWith(EngineUnderTest.class)
@SuppressWarnings("exports") // nobody but these tests reads this package
public @interface EngineTest {}
