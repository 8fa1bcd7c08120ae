package org.latchwork.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.latchwork.testing.Sources;

/** The generated bindings hold what is asked for (jextract skips an unknown name in silence), no more, and it is used. */
class BindingsTest {
    @ParameterizedTest
    @EnumSource
    void theGeneratedNamesAreThoseAskedFor(BoundHeader header) throws IOException {
        assertEquals(header.asked("constant"), constants(header));
        assertEquals(header.asked("function"), functions(header));
        assertEquals(header.asked("struct"), header.structs());
    }

    @ParameterizedTest
    @EnumSource
    void everyGeneratedNameIsUsed(BoundHeader header) throws IOException {
        String name = header.generated().getSimpleName();
        String abi = header.generated().getPackageName().replace(".", "\\.");
        Set<String> unused = new TreeSet<>();
        unused.addAll(unused(constants(header), constant -> "\\b" + constant + "\\(\\)|" + name + "::" + constant + "\\b"));
        unused.addAll(unused(functions(header), function -> "\\b" + name + "\\." + function + "\\b"));
        unused.addAll(unused(header.structs(), struct -> "\\bimport " + abi + "\\." + struct + ";|abi\\." + struct + "\\."));
        // Errors are bound whole, so that every one has its name in a message.
        unused.removeIf(constant -> constant.matches("E[A-Z0-9]+"));
        unused.removeAll(header.partsOfStructs());
        assertEquals(Set.of(), unused);
    }

    @Test
    void anUnusedNameIsSeen() {
        assertEquals(Set.of("FUTEX_LOCK_PI"), unused(Set.of("FUTEX_LOCK_PI", "FUTEX_WAIT"), name -> "\\b" + name + "\\(\\)"));
        assertFalse(constants(BoundHeader.LINUX).contains("FUTEX_LOCK_PI"));
    }

    private static Set<String> constants(BoundHeader header) {
        return header.constants().stream().map(Method::getName).collect(Collectors.toCollection(TreeSet::new));
    }

    /** A function has a method {@code NAME$address}; one with variable arguments is a class with a method {@code address}. */
    private static Set<String> functions(BoundHeader header) {
        Stream<String> fixed = Arrays.stream(header.generated().getDeclaredMethods()).map(Method::getName)
                .filter(name -> name.endsWith("$address")).map(name -> name.substring(0, name.indexOf('$')));
        Stream<String> variable = Arrays.stream(header.generated().getDeclaredClasses()).filter(c -> Modifier.isPublic(c.getModifiers()))
                .map(Class::getSimpleName);
        return Stream.concat(fixed, variable).collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> unused(Set<String> names, Function<String, String> use) {
        String code = String.join("\n", Sources.code().values());
        return names.stream().filter(name -> !Pattern.compile(use.apply(name)).matcher(code).find())
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
