package org.latchwork.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import org.latchwork.linux.abi.file_status;

/**
 * The one way into C: a function of up to seven integer or pointer arguments, with errno.
 *
 * <p>On x86-64 every such argument travels as a 64-bit register or stack slot, an {@code int} in its low half, and arguments beyond
 * those a function declares are ignored (System V ABI, AMD64 supplement, 3.2.3): one shape fits all. The upper half of an {@code int}
 * result is undefined there, so {@link #callInt} cuts it off.
 *
 * <p>jextract's class {@code Linux} cannot even be initialized without native access, and an error in a static initializer is told once,
 * in a wrapping. So this class does not touch it, and whatever does calls {@link #requireNative} first.
 */
public final class Downcall {
    private static final String FLAG_HELP = """
            Latchwork calls the kernel through the Foreign Function & Memory API, which this JVM does not permit. \
            Start java with --enable-native-access=%s (or put "Enable-Native-Access: ALL-UNNAMED" into the manifest of an executable jar).""";

    private static final MethodHandle SEVEN_LONGS;
    /** Why every call is refused, or {@code null}. Kept so that the second use is told as clearly as the first. */
    private static final RuntimeException REFUSED;

    static {
        MethodHandle handle = null;
        RuntimeException refused = null;
        String refusal = Platform.refusal();
        if (refusal != null) {
            refused = new UnsupportedOperationException(refusal);
        } else {
            try {
                handle = Linker.nativeLinker().downcallHandle(
                        FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
                        Linker.Option.captureCallState("errno"));
            } catch (IllegalCallerException e) {
                refused = new IllegalStateException(FLAG_HELP.formatted(moduleName()), e);
            }
        }
        SEVEN_LONGS = handle;
        REFUSED = refused;
    }

    private Downcall() {}

    private static String moduleName() {
        Module module = Downcall.class.getModule();
        return module.isNamed() ? module.getName() : "ALL-UNNAMED";
    }

    /**
     * Throws, with the reason and the remedy, where native calls are not possible. Costs nothing where they are: the JIT folds it.
     *
     * @throws UnsupportedOperationException on a machine that the bindings are not made for
     * @throws IllegalStateException without native access
     */
    public static void requireNative() {
        if (REFUSED != null) {
            throw REFUSED instanceof UnsupportedOperationException
                    ? new UnsupportedOperationException(REFUSED.getMessage())
                    : new IllegalStateException(REFUSED.getMessage(), REFUSED.getCause());
        }
    }

    /** {@return the address of a C function, without a handle of its shape, which jextract's class of it would make} */
    static MemorySegment function(String name) {
        return Linker.nativeLinker().defaultLookup().find(name).orElseThrow(() -> new UnsatisfiedLinkError("no C function " + name));
    }

    /**
     * {@return the result of a function that answers −1 for failure, or {@code -errno} where it did}
     *
     * <p>Few frames lie between an operation and this call, on purpose: the JDK makes a segment for errno at every call, which C2 removes
     * only if it can inline all of it, and it inlines 15 deep ({@code MaxInlineLevel}).
     */
    static long call(MemorySegment function, long a, long b, long c, long d, long e, long f, long g) {
        requireNative();
        Scratch scratch = Scratch.current();
        long result;
        try {
            result = (long) SEVEN_LONGS.invokeExact(function, scratch.memory, a, b, c, d, e, f, g);
        } catch (RuntimeException | Error thrown) {
            throw thrown;
        } catch (Throwable impossible) {
            throw new AssertionError("a downcall throws no checked exception", impossible);
        }
        return result == -1 ? -scratch.errno() : result;
    }

    /** A second shape, made only where it is needed: see {@link #callBlind}. */
    private static final class Blind {
        static final MethodHandle SEVEN_LONGS = Linker.nativeLinker().downcallHandle(
                FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG));
    }

    /**
     * {@return the result of a function, without errno} It needs no {@link Scratch}: nothing is allocated for the calling thread. That is
     * for virtual threads, of which there are too many for native memory each, and for whoever must not allocate.
     */
    static long callBlind(MemorySegment function, long a, long b, long c, long d, long e, long f, long g) {
        requireNative();
        try {
            return (long) Blind.SEVEN_LONGS.invokeExact(function, a, b, c, d, e, f, g);
        } catch (RuntimeException | Error thrown) {
            throw thrown;
        } catch (Throwable impossible) {
            throw new AssertionError("a downcall throws no checked exception", impossible);
        }
    }

    /** The same as {@link #call} for a function whose result is an {@code int}. */
    static int callInt(MemorySegment function, long a, long b, long c, long d, long e) {
        // An int of −1 need not be a long of −1; and where it was, -errno can be −1 again, for the same errno.
        int result = (int) call(function, a, b, c, d, e, 0, 0);
        return result == -1 ? -Scratch.current().errno() : result;
    }

    /**
     * Native memory of one thread, reused by every call it makes: where errno lands, and room for one {@code struct timespec} and one
     * {@code struct stat}. Cache lines of its own, since errno is written at every call. On a virtual thread it lives as long as
     * that thread.
     */
    static final class Scratch {
        private static final long CACHE_LINE = 64;
        private static final long TIMESPEC = 16;
        private static final long SHORT_STRING = 128;
        private static final ThreadLocal<Scratch> CURRENT = ThreadLocal.withInitial(Scratch::new);

        private final MemorySegment memory = Arena.ofAuto().allocate(CACHE_LINE + file_status.sizeof(), CACHE_LINE);
        private final MemorySegment stat = memory.asSlice(CACHE_LINE);
        /** Two, since link(2) and rename(2) take two. Made when first needed: most threads that wait never name a file. */
        private final MemorySegment[] strings = {MemorySegment.NULL, MemorySegment.NULL};

        static Scratch current() {
            return CURRENT.get();
        }

        /** {@return room for one {@code struct stat}, valid until this thread's next call of fstat} */
        MemorySegment stat() {
            return stat;
        }

        int errno() {
            return memory.get(JAVA_INT, 0);
        }

        /**
         * {@return the address of a text as C has it, valid until this thread's next such call with the same number}
         *
         * <p>Not by {@code allocateFrom}, which links a pattern switch of the JDK at its first use: 8 ms of a short program.
         *
         * @param number 0 or 1
         */
        long string(int number, String text) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            MemorySegment copy = strings[number];
            if (copy.byteSize() <= bytes.length) {
                copy = Arena.ofAuto().allocate(Math.max(2L * bytes.length, SHORT_STRING));
                strings[number] = copy;
            }
            for (int i = 0; i < bytes.length; i++) {
                copy.set(JAVA_BYTE, i, bytes[i]);
            }
            copy.set(JAVA_BYTE, bytes.length, (byte) 0);
            return copy.address();
        }

        /** {@return the address of a {@code struct timespec} with this time, valid until this thread's next such call} */
        long timespec(long nanos) {
            memory.set(JAVA_LONG, TIMESPEC, Math.floorDiv(nanos, 1_000_000_000L));
            memory.set(JAVA_LONG, TIMESPEC + Long.BYTES, Math.floorMod(nanos, 1_000_000_000L));
            return memory.address() + TIMESPEC;
        }
    }
}
