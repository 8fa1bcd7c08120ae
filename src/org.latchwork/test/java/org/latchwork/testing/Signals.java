package org.latchwork.testing;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Signals to single threads of this process, with a handler that counts: what makes a system call return EINTR.
 *
 * <p>The signal is SIGURG, which nobody sends and which does nothing by default. The JVM installs handlers with SA_RESTART, which hides
 * EINTR from calls without a timeout; siginterrupt(3) takes that away.
 */
public final class Signals {
    private static final int SIGURG = 23;
    private static final long SYS_GETTID = 186;
    private static final long SYS_TGKILL = 234;
    private static final AtomicInteger HANDLED = new AtomicInteger();
    private static final MethodHandle SYSCALL = function(
            "syscall", FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG), Linker.Option.firstVariadicArg(1));

    static {
        try {
            // By reflection, since the compiler warns of every use of sun.misc, and nothing silences that warning.
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object counter = Proxy.newProxyInstance(handler.getClassLoader(), new Class<?>[] {handler}, (proxy, method, arguments) -> {
                HANDLED.incrementAndGet();
                return null;
            });
            signal.getMethod("handle", signal, handler).invoke(null, signal.getConstructor(String.class).newInstance("URG"), counter);
            int result = (int) function("siginterrupt", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT)).invokeExact(SIGURG, 1);
            if (result != 0) {
                throw new AssertionError("siginterrupt failed");
            }
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    private Signals() {}

    private static MethodHandle function(String name, FunctionDescriptor type, Linker.Option... options) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().find(name).orElseThrow(), type, options);
    }

    /** {@return the kernel's id of the calling thread} */
    public static int tid() {
        return (int) syscall(SYS_GETTID, 0, 0, 0);
    }

    /** Sends the signal to one thread of this process and returns when its handler has run there. */
    public static void deliver(int tid) {
        int before = HANDLED.get();
        if (syscall(SYS_TGKILL, ProcessHandle.current().pid(), tid, SIGURG) != 0) {
            throw new AssertionError("tgkill(" + tid + ") failed");
        }
        Conditions.await("the signal to thread " + tid + " has been handled", () -> HANDLED.get() > before);
    }

    private static long syscall(long number, long a, long b, long c) {
        try {
            return (long) SYSCALL.invokeExact(number, a, b, c);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }
}
