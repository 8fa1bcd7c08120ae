package org.latchwork.jmh.wake;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A C string {@code DIRECTORY/PREFIXnnnnnnnn}: the name of a number, made without allocating. */
final class CName {
    private static final int DIGITS = 8;
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    private final MemorySegment string;
    private final long digits;

    CName(Arena arena, Path prefix) {
        byte[] bytes = prefix.toString().getBytes(StandardCharsets.UTF_8);
        string = arena.allocate(bytes.length + DIGITS + 1);
        MemorySegment.copy(bytes, 0, string, ValueLayout.JAVA_BYTE, 0, bytes.length);
        digits = bytes.length;
    }

    MemorySegment of(int number) {
        for (int i = 0; i < DIGITS; i++) {
            string.set(ValueLayout.JAVA_BYTE, digits + i, HEX[number >>> 4 * (DIGITS - 1 - i) & 15]);
        }
        return string;
    }
}
