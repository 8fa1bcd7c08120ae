package org.latchwork.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.latchwork.linux.abi.Linux;
import org.latchwork.testing.Sources;

/** The generated bindings hold what {@code includes.args} asks for (jextract skips an unknown name in silence), no more, and it is used. */
class BindingsTest {
    private static final Path ABI = Path.of(System.getProperty("latchwork.classes"), "org/latchwork/linux/abi");

    @Test
    void theGeneratedNamesAreThoseAskedFor() throws IOException {
        assertEquals(asked("constant"), constants());
        assertEquals(asked("function"), functions());
        assertEquals(asked("struct"), structs());
    }

    @Test
    void everyGeneratedNameIsUsed() throws IOException {
        Set<String> unused = new TreeSet<>();
        unused.addAll(unused(constants(), name -> "\\b" + name + "\\(\\)|Linux::" + name + "\\b"));
        unused.addAll(unused(functions(), name -> "\\bLinux\\." + name + "\\b"));
        unused.addAll(unused(structs(), name -> "\\bimport org\\.latchwork\\.linux\\.abi\\." + name + ";|abi\\." + name + "\\."));
        // Errors are bound whole, so that every one has its name in a message.
        unused.removeIf(name -> name.matches("E[A-Z0-9]+"));
        unused.removeAll(partsOfStructs());
        assertEquals(Set.of(), unused);
    }

    @Test
    void anUnusedNameIsSeen() {
        assertEquals(Set.of("FUTEX_LOCK_PI"), unused(Set.of("FUTEX_LOCK_PI", "FUTEX_WAIT"), name -> "\\b" + name + "\\(\\)"));
        assertFalse(constants().contains("FUTEX_LOCK_PI"));
    }

    /** {@code struct file_status} holds {@code struct timespec}: bound for its layout alone. */
    private static Set<String> partsOfStructs() {
        return Set.of("timespec");
    }

    static boolean isConstant(Method method) {
        int modifiers = method.getModifiers();
        Class<?> type = method.getReturnType();
        return Modifier.isPublic(modifiers) && Modifier.isStatic(modifiers) && method.getParameterCount() == 0
                && (type == int.class || type == long.class);
    }

    private static Set<String> asked(String kind) throws IOException {
        Path includes = Path.of(System.getProperty("latchwork.native.headers"), "includes.args");
        try (Stream<String> lines = Files.lines(includes)) {
            String option = "--include-" + kind + " ";
            return lines.filter(line -> line.startsWith(option)).map(line -> line.substring(option.length()).strip())
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    private static Set<String> constants() {
        return Arrays.stream(Linux.class.getDeclaredMethods()).filter(BindingsTest::isConstant).map(Method::getName)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** A function has a method {@code NAME$address}; one with variable arguments is a class with a method {@code address}. */
    private static Set<String> functions() {
        Stream<String> fixed = Arrays.stream(Linux.class.getDeclaredMethods()).map(Method::getName)
                .filter(name -> name.endsWith("$address")).map(name -> name.substring(0, name.indexOf('$')));
        Stream<String> variable = Arrays.stream(Linux.class.getDeclaredClasses()).filter(c -> Modifier.isPublic(c.getModifiers()))
                .map(Class::getSimpleName);
        return Stream.concat(fixed, variable).collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> structs() throws IOException {
        try (Stream<Path> classes = Files.list(ABI)) {
            return classes.map(file -> file.getFileName().toString().replace(".class", ""))
                    .filter(name -> !name.contains("$") && !name.equals("Linux")).collect(Collectors.toCollection(TreeSet::new));
        }
    }

    private static Set<String> unused(Set<String> names, Function<String, String> use) {
        String code = String.join("\n", Sources.code().values());
        return names.stream().filter(name -> !Pattern.compile(use.apply(name)).matcher(code).find())
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
