package org.latchwork.futex;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import org.latchwork.file.SharedFile;
import org.latchwork.testing.Conditions;
import org.latchwork.wait.Deadline;

/** Words for tests of {@link Futex}, all zero, which stay mapped as long as anybody holds them. */
final class Memory {
    private Memory() {}

    /** {@return words of a memfd for {@link Futex#SHARED}, of private memory for {@link Futex#PRIVATE}} */
    static MemorySegment words(Futex kind, int count) {
        long bytes = (long) count * Integer.BYTES;
        return kind.isPrivate() ? Arena.ofAuto().allocate(bytes, 64) : SharedFile.memfd("test", bytes).map(bytes).segment();
    }

    /** {@return one word} */
    static MemorySegment word(Futex kind) {
        return words(kind, 1);
    }

    /** {@return a word of several} */
    static MemorySegment word(MemorySegment words, int index) {
        return words.asSlice((long) index * Integer.BYTES, Integer.BYTES);
    }

    /** {@return both kinds, for parameters} */
    static List<Futex> kinds() {
        return List.of(Futex.SHARED, Futex.PRIVATE);
    }

    /** {@return a deadline that only a hang reaches} */
    static Deadline hang() {
        return Deadline.after(Conditions.HANG);
    }

    /** {@return a timeout that only a hang reaches} */
    static Duration hangTimeout() {
        return Conditions.HANG;
    }
}
