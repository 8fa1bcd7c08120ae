package org.latchwork.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.latchwork.futex.FutexArray;
import org.latchwork.testing.Child;
import org.latchwork.testing.ProcessTest;

/** Anything but Linux on x86-64 with glibc is refused by name, at every use. */
@ProcessTest
class PlatformTest {
    @Test
    void thisMachineIsSupported() {
        assertNull(Platform.refusal());
        assertNull(Platform.refusal("Linux", "amd64"));
        assertNull(Platform.refusal("Linux", "x86_64"));
    }

    @Test
    void othersAreRefusedByName() {
        assertEquals("Latchwork runs on Linux on x86-64 with glibc; this operating system is Mac OS X.",
                Platform.refusal("Mac OS X", "x86_64"));
        assertEquals("Latchwork runs on Linux on x86-64 with glibc; this operating system is Windows 11.",
                Platform.refusal("Windows 11", "amd64"));
        for (String arch : List.of("aarch64", "riscv64", "x86", "i386", "s390x")) {
            assertEquals("Latchwork runs on Linux on x86-64 with glibc; this architecture is " + arch
                    + ", whose call numbers and flags differ: it needs bindings of its own.", Platform.refusal("Linux", arch));
        }
    }

    @Test
    void aRefusedMachineIsToldAtEveryUse() {
        try (Child refused = Child.start(Map.of(), Child.jvmCommand(List.of("-Dos.arch=aarch64"), Uses.class))) {
            for (int use = 1; use <= 2; use++) {
                String line = refused.line();
                assertTrue(line.startsWith("java.lang.UnsupportedOperationException: Latchwork runs on Linux on x86-64 with glibc; "
                        + "this architecture is aarch64"), line);
            }
            assertEquals(0, refused.exit());
        }
    }

    /** Uses the runtime twice, in a JVM that claims to be another machine's. */
    static final class Uses {
        public static void main(String[] arguments) {
            for (int use = 1; use <= 2; use++) {
                try (FutexArray array = FutexArray.allocate(1, FutexArray.Spacing.PACKED)) {
                    System.out.println(array);
                } catch (Throwable thrown) {
                    System.out.println(thrown);
                }
            }
        }
    }
}
