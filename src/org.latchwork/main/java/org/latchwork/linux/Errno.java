package org.latchwork.linux;

import java.lang.foreign.MemorySegment;
import java.lang.reflect.Method;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import org.latchwork.LinuxException;
import org.latchwork.linux.abi.Linux;

/** Names and texts of error numbers. Nothing here runs unless a call has failed. */
public final class Errno {
    private Errno() {}

    /** Read off the bindings, so that no list of numbers is kept by hand. */
    private static final class Names {
        static final Map<Integer, String> BY_NUMBER = new TreeMap<>();

        static {
            // Linux gives some numbers two names; the shorter, then the alphabetically first, is errno(3)'s: EAGAIN, EDEADLK, ENOTSUP.
            Comparator<Method> preferred = Comparator.<Method>comparingInt(m -> m.getName().length()).thenComparing(Method::getName);
            java.util.Arrays.stream(Linux.class.getMethods())
                    .filter(m -> m.getName().matches("E[A-Z0-9]+") && m.getParameterCount() == 0)
                    .sorted(preferred)
                    .forEach(m -> BY_NUMBER.putIfAbsent(number(m), m.getName()));
        }

        private static int number(Method constant) {
            try {
                return (int) constant.invoke(null);
            } catch (ReflectiveOperationException e) {
                throw new AssertionError("jextract's constants are public static methods", e);
            }
        }
    }

    /** {@return the name of an error number as in errno(3), such as {@code ENOENT}} */
    public static String name(int errno) {
        return Names.BY_NUMBER.getOrDefault(errno, "errno");
    }

    /** {@return what strerror(3) says of an error number} */
    public static String text(int errno) {
        MemorySegment text = Linux.strerror(errno);
        return text.getString(0);
    }

    /**
     * {@return the exception for a failed call}
     *
     * @param errno the error's number, positive
     * @param call the call with its arguments
     */
    public static LinuxException failed(int errno, String call) {
        return failed(errno, call, text(errno));
    }

    /** The same with a text that says what to do. */
    public static LinuxException failed(int errno, String call, String text) {
        return new LinuxException(call, errno, name(errno), text);
    }
}
