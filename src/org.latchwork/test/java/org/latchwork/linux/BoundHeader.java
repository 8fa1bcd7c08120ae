package org.latchwork.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.GroupLayout;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.latchwork.linux.abi.Linux;
import org.latchwork.region.abi.Layout;

/** A header of {@code native-headers}, and what jextract has made of it. */
enum BoundHeader {
    LINUX("linux.h", "includes.args", Linux.class),
    REGION("latchwork.h", "latchwork.args", Layout.class);

    private static final Path HEADERS = Path.of(System.getProperty("latchwork.native.headers"));
    /** A field that is a struct. */
    private static final Pattern PART = Pattern.compile("^ +struct (\\w+) \\w+(\\[\\w+])?;", Pattern.MULTILINE);

    private final String file;
    private final String includes;
    private final Class<?> generated;

    BoundHeader(String file, String includes, Class<?> generated) {
        this.file = file;
        this.includes = includes;
        this.generated = generated;
    }

    String file() {
        return file;
    }

    /** {@return the generated class that has the constants and functions} */
    Class<?> generated() {
        return generated;
    }

    /** {@return the names of a kind that jextract is asked for} */
    Set<String> asked(String kind) throws IOException {
        try (Stream<String> lines = Files.lines(HEADERS.resolve(includes))) {
            String option = "--include-" + kind + " ";
            return lines.filter(line -> line.startsWith(option)).map(line -> line.substring(option.length()).strip())
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    List<Method> constants() {
        return Arrays.stream(generated.getDeclaredMethods()).filter(BoundHeader::isConstant).toList();
    }

    static boolean isConstant(Method method) {
        int modifiers = method.getModifiers();
        Class<?> type = method.getReturnType();
        return Modifier.isPublic(modifiers) && Modifier.isStatic(modifiers) && method.getParameterCount() == 0
                && (type == int.class || type == long.class);
    }

    Set<String> structs() {
        Path classes = Path.of(System.getProperty("latchwork.classes"), generated.getPackageName().replace('.', '/'));
        try (Stream<Path> files = Files.list(classes)) {
            return files.map(file -> file.getFileName().toString().replace(".class", ""))
                    .filter(name -> !name.contains("$") && !name.equals(generated.getSimpleName())).collect(Collectors.toCollection(TreeSet::new));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    List<GroupLayout> structLayouts() throws ReflectiveOperationException {
        List<GroupLayout> layouts = new ArrayList<>();
        for (String name : structs()) {
            layouts.add((GroupLayout) Class.forName(generated.getPackageName() + "." + name).getMethod("layout").invoke(null));
        }
        return layouts;
    }

    /** {@return the structs that others hold: bound for their layout, if for nothing else} */
    Set<String> partsOfStructs() throws IOException {
        return PART.matcher(Files.readString(HEADERS.resolve(file))).results().map((MatchResult part) -> part.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
