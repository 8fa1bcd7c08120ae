package org.latchwork.linux;

import java.lang.foreign.Linker;
import java.util.Locale;

/** What the bindings are made for, checked once, at the first native use. */
final class Platform {
    /** Call numbers, flags and struct layouts of the checked-in bindings hold for exactly this. */
    private static final String SUPPORTED = "Linux on x86-64 with glibc";

    private Platform() {}

    /**
     * {@return why this machine is refused, or {@code null} where the bindings hold}
     *
     * @param os the value of {@code os.name}
     * @param arch the value of {@code os.arch}
     */
    static String refusal(String os, String arch) {
        if (!os.equals("Linux")) {
            return "Latchwork runs on " + SUPPORTED + "; this operating system is " + os + ".";
        }
        if (!arch.toLowerCase(Locale.ROOT).equals("amd64") && !arch.equals("x86_64")) {
            return "Latchwork runs on " + SUPPORTED + "; this architecture is " + arch
                    + ", whose call numbers and flags differ: it needs bindings of its own.";
        }
        // A function that only glibc has; musl's loader does not know it.
        if (Linker.nativeLinker().defaultLookup().find("gnu_get_libc_version").isEmpty()) {
            return "Latchwork runs on " + SUPPORTED + "; this C library is not glibc (no symbol gnu_get_libc_version).";
        }
        return null;
    }

    static String refusal() {
        return refusal(System.getProperty("os.name"), System.getProperty("os.arch"));
    }
}
