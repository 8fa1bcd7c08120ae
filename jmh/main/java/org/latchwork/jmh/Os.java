package org.latchwork.jmh;

import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.stream.IntStream;
import org.latchwork.jmh.abi.Bench;
import org.latchwork.jmh.abi.timespec;

/** What measuring needs of the system and the runtime does not bind. */
public final class Os {
    private static final int CPU_SET_BYTES = 128; // cpu_set_t: 1024 CPUs
    private static final MemorySegment ONE_MILLISECOND = Arena.global().allocate(timespec.layout());

    private static final StructLayout ERRNO_LAYOUT = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = ERRNO_LAYOUT.varHandle(java.lang.foreign.MemoryLayout.PathElement.groupElement("errno"));
    private static final MethodHandle LINK = Linker.nativeLinker()
            .downcallHandle(Bench.link$address(), Bench.link$descriptor(), Linker.Option.captureCallState("errno"));

    static {
        timespec.tv_nsec(ONE_MILLISECOND, 1_000_000);
    }

    private Os() {}

    /** {@code sched_setaffinity(0, ...)}: the calling thread runs on this CPU alone. */
    public static void pin(int cpu) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment set = arena.allocate(CPU_SET_BYTES, Long.BYTES);
            set.setAtIndex(ValueLayout.JAVA_LONG, cpu / Long.SIZE, 1L << cpu % Long.SIZE);
            if (Bench.sched_setaffinity(0, CPU_SET_BYTES, set) != 0) {
                throw new IllegalStateException("CPU " + cpu + " is not for this process (sched_setaffinity failed); allowed: "
                        + IntStream.of(allowedCpus()).boxed().toList());
            }
        }
    }

    /** {@code sched_getaffinity(0, ...)}. */
    public static int[] allowedCpus() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment set = arena.allocate(CPU_SET_BYTES, Long.BYTES);
            if (Bench.sched_getaffinity(0, CPU_SET_BYTES, set) < 0) {
                throw new IllegalStateException("sched_getaffinity failed: more than 1024 CPUs?");
            }
            return IntStream.range(0, CPU_SET_BYTES * Byte.SIZE)
                    .filter(cpu -> (set.getAtIndex(ValueLayout.JAVA_LONG, cpu / Long.SIZE) >>> cpu % Long.SIZE & 1) != 0)
                    .toArray();
        }
    }

    /** {@code gettid()}. */
    public static int threadId() {
        return Bench.gettid();
    }

    /** {@code sched_yield()}. */
    public static void yield() {
        Bench.sched_yield();
    }

    /** {@code clock_nanosleep(CLOCK_MONOTONIC, 0, 1 ms, NULL)}. Timer slack (50 µs unless changed) comes on top. */
    public static void sleepOneMillisecond() {
        Bench.clock_nanosleep(Bench.CLOCK_MONOTONIC(), 0, ONE_MILLISECOND, MemorySegment.NULL);
    }

    /** {@return memory for {@link #link}'s errno} */
    public static MemorySegment allocateErrno(Arena arena) {
        return arena.allocate(ERRNO_LAYOUT);
    }

    /** {@code link(from, to)}: {@return 0, or the errno} */
    public static int link(MemorySegment errno, MemorySegment from, MemorySegment to) {
        try {
            return (int) LINK.invokeExact(errno, from, to) == 0 ? 0 : (int) ERRNO.get(errno, 0L);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable impossible) {
            throw new AssertionError(impossible);
        }
    }
}
