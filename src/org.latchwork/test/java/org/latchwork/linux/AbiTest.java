package org.latchwork.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.GroupLayout;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.latchwork.testing.CProgram;
import org.latchwork.testing.Child;
import org.latchwork.testing.ProcessTest;

/** The bindings say what the C compiler says of the same headers: every constant, struct size, field offset and field size. */
@ProcessTest
class AbiTest {
    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({"LINUX, 200", "REGION, 150"})
    void theBindingsAgreeWithTheCompiler(BoundHeader header, int least) throws Exception {
        Map<String, Long> java = bindings(header);
        assertTrue(java.size() > least, "the bindings hold many constants, and structs with fields, not " + java.size());
        assertEquals(List.of(), differences(java, compiled(header, java)));
    }

    @Test
    void aDifferenceIsSeen() throws Exception {
        Map<String, Long> java = bindings(BoundHeader.LINUX);
        Map<String, Long> c = compiled(BoundHeader.LINUX, java);
        java.merge("EINTR", 1L, Long::sum);
        java.merge("offsetof(struct futex_waitv, flags)", 4L, Long::sum);
        java.merge("sizeof(struct file_status)", 8L, Long::sum);
        assertEquals(
                List.of("EINTR: Java 5, C 4", "offsetof(struct futex_waitv, flags): Java 20, C 16", "sizeof(struct file_status): Java 152, C 144"),
                differences(java, c));
    }

    @Test
    void theRegionsFieldsAreSeen() throws Exception {
        Map<String, Long> java = bindings(BoundHeader.REGION);
        assertEquals(128, java.get("offsetof(struct lw_object, mutex)"), "also in the union without a name");
        assertEquals(64, java.get("sizeof(((struct lw_object *) 0)->name)"));
        assertEquals(192, java.get("sizeof(struct lw_object)"));
    }

    private static List<String> differences(Map<String, Long> java, Map<String, Long> c) {
        assertEquals(java.keySet(), c.keySet());
        List<String> differences = new ArrayList<>();
        java.forEach((expression, value) -> {
            if (!value.equals(c.get(expression))) {
                differences.add(expression + ": Java " + value + ", C " + c.get(expression));
            }
        });
        return differences;
    }

    /** {@return C expressions with the values that the bindings give them} */
    private static Map<String, Long> bindings(BoundHeader header) throws ReflectiveOperationException {
        Map<String, Long> values = new TreeMap<>();
        for (Method constant : header.constants()) {
            values.put(constant.getName(), ((Number) constant.invoke(null)).longValue());
        }
        for (GroupLayout struct : header.structLayouts()) {
            String type = "struct " + struct.name().orElseThrow();
            values.put("sizeof(" + type + ")", struct.byteSize());
            putFields(values, type, struct, 0);
        }
        return values;
    }

    private static void putFields(Map<String, Long> values, String type, GroupLayout group, long start) {
        for (MemoryLayout field : group.memberLayouts()) {
            if (field.name().isEmpty()) {
                continue; // padding
            }
            String name = field.name().get();
            long offset = start + group.byteOffset(PathElement.groupElement(name));
            if (name.startsWith("$anon$")) { // C reaches its fields as if they were the struct's
                putFields(values, type, (GroupLayout) field, offset);
                continue;
            }
            values.put("offsetof(" + type + ", " + name + ")", offset);
            if (field.byteSize() > 0) { // C does not tell the size of a flexible array member
                values.put("sizeof(((" + type + " *) 0)->" + name + ")", field.byteSize());
            }
        }
    }

    /** {@return the same expressions with the values that C gives them, an {@code int} wherever Java has one} */
    private Map<String, Long> compiled(BoundHeader header, Map<String, Long> java) throws IOException {
        List<String> wide = header.constants().stream().filter(m -> m.getReturnType() == long.class).map(Method::getName).toList();
        StringBuilder program = new StringBuilder("#include \"" + header.file() + "\"\n#include <stddef.h>\n#include <stdio.h>\n\nint main(void)\n{\n");
        for (String expression : java.keySet()) {
            program.append("    printf(\"%lld ").append(expression).append("\\n\", (long long) (")
                    .append(wide.contains(expression) ? "long" : "int").append(") (").append(expression).append("));\n");
        }
        program.append("    return 0;\n}\n");
        Path source = Files.writeString(directory.resolve("abi.c"), program);
        Map<String, Long> values = new LinkedHashMap<>();
        try (Child abi = Child.start(CProgram.compile(source, directory.resolve("abi")).toString())) {
            while (values.size() < java.size()) {
                String[] line = abi.line().split(" ", 2);
                values.put(line[1], Long.valueOf(line[0]));
            }
            assertEquals(0, abi.exit());
        }
        return values;
    }
}
