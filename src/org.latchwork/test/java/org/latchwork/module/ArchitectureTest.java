package org.latchwork.module;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.foreign.Linker;
import java.lang.module.ModuleDescriptor;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.latchwork.futex.FutexArray;
import org.latchwork.testing.Sources;

/** The house: packages are floors, nothing points up, nothing but the JDK is needed, mapping goes through mmap, nothing is critical. */
class ArchitectureTest {
    private static final Path CLASSES = Path.of(System.getProperty("latchwork.classes"));
    private static final Path TEST_CLASSES = Path.of(System.getProperty("latchwork.test.classes"));
    private static final Pattern ARROW = Pattern.compile("(org\\.latchwork[\\w.]*) +-> (org\\.latchwork[\\w.]*)");
    private static final Pattern ROW = Pattern.compile("<tr><td>\\{@(?:link|code) ([\\w.]+)}</td>.*<td>(yes|no)</td></tr>");

    @Test
    void noArrowPointsUp() {
        List<String> floors = floors();
        Set<String> arrows = arrows(CLASSES);
        assertTrue(arrows.contains("org.latchwork.futex -> org.latchwork.wait"), "jdeps saw no arrows: " + arrows);
        assertEquals(List.of(), upward(arrows, floors));
    }

    @Test
    void anArrowThatPointsUpIsSeen() {
        assertEquals(List.of("org.latchwork.wait -> org.latchwork.futex"),
                upward(Set.of("org.latchwork.wait -> org.latchwork.futex", "org.latchwork.futex -> org.latchwork.wait"), floors()));
    }

    /** {@return the packages of the overview's table, from the bottom; beneath them jextract's output} */
    private static List<String> floors() {
        List<String> floors = new ArrayList<>(rows().keySet());
        floors.add(floors.indexOf("org.latchwork.linux") + 1, "org.latchwork.linux.abi");
        floors.add(floors.indexOf("org.latchwork.region") + 1, "org.latchwork.region.abi");
        return floors.reversed();
    }

    /** {@return package and "yes" or "no" for exported, from the top} */
    private static Map<String, String> rows() {
        Map<String, String> rows = new LinkedHashMap<>();
        Matcher row = ROW.matcher(Sources.text("org/latchwork/package-info.java"));
        while (row.find()) {
            rows.put(row.group(1), row.group(2));
        }
        return rows;
    }

    private static List<String> upward(Set<String> arrows, List<String> floors) {
        return arrows.stream().filter(arrow -> {
            String[] ends = arrow.split(" -> ");
            assertTrue(floors.containsAll(List.of(ends)), "a package without a floor in org.latchwork's table: " + arrow);
            return floors.indexOf(ends[0]) < floors.indexOf(ends[1]);
        }).toList();
    }

    private static Set<String> arrows(Path classes) {
        StringWriter output = new StringWriter();
        PrintWriter writer = new PrintWriter(output);
        ToolProvider jdeps = ToolProvider.findFirst("jdeps").orElseThrow();
        assertEquals(0, jdeps.run(writer, writer, "-verbose:package", "-filter:none", classes.toString()), output::toString);
        Set<String> arrows = ARROW.matcher(output.toString()).results().map(arrow -> arrow.group(1) + " -> " + arrow.group(2))
                .collect(Collectors.toCollection(TreeSet::new));
        arrows.removeIf(arrow -> arrow.split(" -> ")[0].equals(arrow.split(" -> ")[1]));
        return arrows;
    }

    @Test
    void theTableTellsWhatIsExported() throws Exception {
        ModuleDescriptor module = FutexArray.class.getModule().getDescriptor();
        Set<String> exported = module.exports().stream().map(ModuleDescriptor.Exports::source).collect(Collectors.toSet());
        Set<String> told = rows().entrySet().stream().filter(row -> row.getValue().equals("yes")).map(Map.Entry::getKey)
                .collect(Collectors.toSet());
        assertEquals(told, exported);
        assertEquals(Set.of("java.base", "jdk.jfr"), module.requires().stream().map(ModuleDescriptor.Requires::name).collect(Collectors.toSet()));
    }

    @Test
    void mappingAndCallsGoTheOneWay() {
        assertEquals(Set.of(), using("(Ljava/nio/channels/FileChannel$MapMode;JJ", CLASSES), "FileChannel.map");
        assertEquals(Set.of(), using("critical", CLASSES), "Linker.Option.critical");
        String planted = "org/latchwork/module/ArchitectureTest$Planted.class";
        assertTrue(using("(Ljava/nio/channels/FileChannel$MapMode;JJ", TEST_CLASSES).contains(planted), "the search finds it where it is");
        assertTrue(using("critical", TEST_CLASSES).contains(planted), "the search finds it where it is");
    }

    private static Set<String> using(String name, Path classes) {
        return Sources.classFiles(classes).entrySet().stream().filter(file -> file.getValue().contains(name))
                .map(file -> file.getKey().toString()).collect(Collectors.toCollection(TreeSet::new));
    }

    /** What the runtime must not do. Never called. */
    static final class Planted {
        static Object mapped(FileChannel channel) throws IOException {
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, 1);
        }

        static Object critical() {
            return Linker.Option.critical(false);
        }
    }
}
