package org.latchwork.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The runtime's own sources and class files, for tests that hold the whole code to a rule. */
public final class Sources {
    /** The folder of the module: beside {@code target}. */
    private static final Path MODULE = Path.of(System.getProperty("latchwork.classes")).getParent().getParent();
    private static final Pattern COMMENT = Pattern.compile("/\\*.*?\\*/|//[^\n]*", Pattern.DOTALL);

    private Sources() {}

    /** {@return the hand-written Java files with their code, comments taken out} */
    public static Map<Path, String> code() {
        Map<Path, String> code = files(MODULE.resolve("main/java"), ".java");
        code.replaceAll((file, text) -> COMMENT.matcher(text).replaceAll(""));
        return code;
    }

    /** {@return one file of {@code main/java} as it is} */
    public static String text(String file) {
        return read(MODULE.resolve("main/java").resolve(file));
    }

    /** {@return the class files of a folder, one character a byte: enough to look for names, which are stored as they are} */
    public static Map<Path, String> classFiles(Path folder) {
        return files(folder, ".class");
    }

    private static Map<Path, String> files(Path folder, String ending) {
        try (Stream<Path> all = Files.walk(folder)) {
            Map<Path, String> texts = new TreeMap<>();
            all.filter(file -> file.toString().endsWith(ending)).forEach(file -> texts.put(folder.relativize(file), read(file)));
            return texts;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
