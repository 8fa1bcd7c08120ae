package org.latchwork.futex;

import java.util.Objects;
import java.util.function.IntSupplier;
import org.latchwork.linux.abi.Linux;

/**
 * What {@code FUTEX_WAKE_OP} does to its second word, and when it wakes that word's waiters.
 *
 * @param change how the word changes: {@code new = old CHANGE operand}, atomically
 * @param operand −2048 to 2047, as the kernel keeps 12 bits
 * @param shifted take {@code 1 << operand} as the operand; then it is 0 to 31
 * @param comparison wakes if {@code old COMPARISON argument}, signed
 * @param argument −2048 to 2047
 */
public record FutexWakeOp(Change change, int operand, boolean shifted, Comparison comparison, int argument) {
    /** How the second word changes (futex(2), {@code FUTEX_OP_SET} and so on). */
    public enum Change {
        /** To the operand. */
        SET(Linux::FUTEX_OP_SET),
        /** To the sum. */
        ADD(Linux::FUTEX_OP_ADD),
        /** To {@code old | operand}. */
        OR(Linux::FUTEX_OP_OR),
        /** To {@code old & ~operand}. */
        ANDN(Linux::FUTEX_OP_ANDN),
        /** To {@code old ^ operand}. */
        XOR(Linux::FUTEX_OP_XOR);

        private final IntSupplier code;

        Change(IntSupplier code) {
            this.code = code;
        }
    }

    /** How the second word's old value is compared (futex(2), {@code FUTEX_OP_CMP_EQ} and so on). */
    public enum Comparison {
        /** Equal. */
        EQ(Linux::FUTEX_OP_CMP_EQ),
        /** Not equal. */
        NE(Linux::FUTEX_OP_CMP_NE),
        /** Less. */
        LT(Linux::FUTEX_OP_CMP_LT),
        /** Less or equal. */
        LE(Linux::FUTEX_OP_CMP_LE),
        /** Greater. */
        GT(Linux::FUTEX_OP_CMP_GT),
        /** Greater or equal. */
        GE(Linux::FUTEX_OP_CMP_GE);

        private final IntSupplier code;

        Comparison(IntSupplier code) {
            this.code = code;
        }
    }

    /** Checks the ranges, which the kernel would cut off in silence. */
    public FutexWakeOp {
        Objects.requireNonNull(change, "change");
        Objects.requireNonNull(comparison, "comparison");
        requireRange("operand", operand, shifted ? 0 : -2048, shifted ? 31 : 2047);
        requireRange("argument", argument, -2048, 2047);
    }

    private static void requireRange(String name, int value, int low, int high) {
        if (value < low || value > high) {
            throw new IllegalArgumentException(name + " " + value + " is outside " + low + " to " + high);
        }
    }

    /** The kernel's encoding: 4 bits change, 4 bits comparison, 12 bits operand, 12 bits argument ({@code FUTEX_OP}, linux/futex.h). */
    int encoded() {
        int code = change.code.getAsInt() | (shifted ? Linux.FUTEX_OP_OPARG_SHIFT() : 0);
        return code << 28 | comparison.code.getAsInt() << 24 | (operand & 0xfff) << 12 | (argument & 0xfff);
    }
}
