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
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.latchwork.linux.abi.Linux;
import org.latchwork.linux.abi.directory_entry;
import org.latchwork.linux.abi.file_status;
import org.latchwork.linux.abi.file_system;
import org.latchwork.linux.abi.flock;
import org.latchwork.linux.abi.folder_event;
import org.latchwork.linux.abi.futex_waitv;
import org.latchwork.linux.abi.io_cqring_offsets;
import org.latchwork.linux.abi.io_sqring_offsets;
import org.latchwork.linux.abi.io_uring_cqe;
import org.latchwork.linux.abi.io_uring_getevents_arg;
import org.latchwork.linux.abi.open_how;
import org.latchwork.linux.abi.ring_params;
import org.latchwork.linux.abi.ring_sqe;
import org.latchwork.linux.abi.timespec;
import org.latchwork.testing.CProgram;
import org.latchwork.testing.Child;

/** The bindings say what the C compiler says of the same headers: every constant, struct size, field offset and field size. */
class AbiTest {
    private static final List<GroupLayout> STRUCTS = List.of(
            directory_entry.layout(), file_status.layout(), file_system.layout(), flock.layout(), folder_event.layout(),
            futex_waitv.layout(), io_cqring_offsets.layout(), io_sqring_offsets.layout(), io_uring_cqe.layout(),
            io_uring_getevents_arg.layout(),
            open_how.layout(), ring_params.layout(), ring_sqe.layout(), timespec.layout());

    @TempDir
    Path directory;

    @Test
    void theBindingsAgreeWithTheCompiler() throws Exception {
        Map<String, Long> java = bindings();
        assertTrue(java.size() > 200, "the bindings hold about 200 constants and fourteen structs, not " + java.size());
        assertEquals(List.of(), differences(java, compiled(java)));
    }

    @Test
    void aDifferenceIsSeen() throws Exception {
        Map<String, Long> java = bindings();
        Map<String, Long> c = compiled(java);
        java.merge("EINTR", 1L, Long::sum);
        java.merge("offsetof(struct futex_waitv, flags)", 4L, Long::sum);
        java.merge("sizeof(struct file_status)", 8L, Long::sum);
        assertEquals(
                List.of("EINTR: Java 5, C 4", "offsetof(struct futex_waitv, flags): Java 20, C 16", "sizeof(struct file_status): Java 152, C 144"),
                differences(java, c));
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
    private static Map<String, Long> bindings() throws ReflectiveOperationException {
        Map<String, Long> values = new TreeMap<>();
        for (Method constant : constants()) {
            values.put(constant.getName(), ((Number) constant.invoke(null)).longValue());
        }
        for (GroupLayout struct : STRUCTS) {
            String type = "struct " + struct.name().orElseThrow();
            values.put("sizeof(" + type + ")", struct.byteSize());
            for (MemoryLayout field : struct.memberLayouts()) {
                field.name().ifPresent(name -> { // padding has no name
                    values.put("offsetof(" + type + ", " + name + ")", struct.byteOffset(PathElement.groupElement(name)));
                    if (field.byteSize() > 0) { // C does not tell the size of a flexible array member
                        values.put("sizeof(((" + type + " *) 0)->" + name + ")", field.byteSize());
                    }
                });
            }
        }
        return values;
    }

    private static List<Method> constants() {
        return Arrays.stream(Linux.class.getDeclaredMethods())
                .filter(BindingsTest::isConstant)
                .toList();
    }

    /** {@return the same expressions with the values that C gives them, an {@code int} wherever Java has one} */
    private Map<String, Long> compiled(Map<String, Long> java) throws IOException {
        List<String> wide = constants().stream().filter(m -> m.getReturnType() == long.class).map(Method::getName).toList();
        StringBuilder program = new StringBuilder("#include \"linux.h\"\n#include <stddef.h>\n#include <stdio.h>\n\nint main(void)\n{\n");
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
