package org.latchwork.lock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.latchwork.region.abi.Layout;
import org.latchwork.region.abi.lw_header;
import org.latchwork.region.abi.lw_object;
import org.latchwork.testing.Child;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.ProcessTest;
import org.latchwork.testing.StressTime;

/** A region's file with something else in it: an error or success, never a crash of the JVM, never a hang. */
@ProcessTest
class RegionCorruptionTest {
    private static final long[] VALUES = {0, 1, -1, 0x7fffffffL, 0x80000000L, Long.MAX_VALUE, Long.MIN_VALUE, 4096, 4095, 0x400003ffL, 0x3ffL};

    @TempDir
    Path directory;

    private Path file;
    private byte[] template;

    @BeforeEach
    void make() throws IOException {
        file = directory.resolve("region");
        template = RegionFuzz.template(file);
    }

    /** In place: the file's owner and mode stay. */
    private void use(byte[] bytes, String what) throws IOException {
        Files.write(file, bytes);
        assertTimeoutPreemptively(Conditions.HANG, () -> RegionFuzz.use(file), what);
        if (!Files.exists(file)) {
            Files.createFile(file);
        }
    }

    @Test
    void theTemplateIsAsSaid() throws IOException {
        Files.write(file, template);
        try (SyncRegion region = SyncRegion.open(file); Held held = region.mutex("mutex").acquire()) {
            assertTrue(held.ownerDied());
            held.markConsistent();
            assertThrows(OwnerDiedException.class, region.reentrantMutex("reentrant")::lock);
            assertTrue(region.mutex("free").tryLock());
        }
    }

    @Test
    void everyHeaderField() throws IOException {
        Random random = new Random(5);
        for (int at = 0; at < lw_header.sizeof(); at += Integer.BYTES) {
            for (long value : VALUES) {
                use(with(at, value, false), "header word at " + at + ": " + value);
                use(with(at, random.nextLong(), false), "header word at " + at);
            }
        }
    }

    @Test
    void everyWordOfTheTables() throws IOException {
        long end = Layout.LW_PAGE_SIZE() + RegionFuzz.tables();
        Random random = new Random(6);
        for (int at = Layout.LW_PAGE_SIZE(); at < end; at += Integer.BYTES) {
            boolean isLong = at % Long.BYTES == 0 && random.nextBoolean();
            use(with(at, VALUES[random.nextInt(VALUES.length)], isLong), "word at " + at);
            use(with(at, random.nextLong(), isLong), "word at " + at);
        }
    }

    @Test
    void everyTypeAndEveryPlaceOfData() throws IOException {
        Files.write(file, template);
        RegionBytes bytes = new RegionBytes(file);
        long object = bytes.object("mutex");
        for (int type = -2; type < 40; type++) {
            use(with((int) (object + lw_object.type$offset()), type, false), "type " + type);
        }
        for (long offset : VALUES) {
            for (long size : VALUES) {
                ByteBuffer changed = ByteBuffer.wrap(template.clone()).order(ByteOrder.nativeOrder());
                changed.putLong((int) (object + lw_object.data_offset$offset()), offset);
                changed.putLong((int) (object + lw_object.data_size$offset()), size);
                use(changed.array(), size + " bytes at " + offset);
            }
        }
    }

    @Test
    void manyChangesAtOnce() throws IOException {
        long seed = new Random().nextLong();
        random(seed, 300, StressTime.endless());
    }

    private int random(long seed, int rounds, StressTime time) throws IOException {
        Random random = new Random(seed);
        int round = 0;
        for (; round < rounds && !time.isOver(); round++) {
            ByteBuffer changed = ByteBuffer.wrap(template.clone()).order(ByteOrder.nativeOrder());
            int begin = random.nextInt(8) == 0 ? 0 : Layout.LW_PAGE_SIZE();
            for (int i = random.nextInt(20); i >= 0; i--) {
                int at = begin + random.nextInt((int) RegionFuzz.tables() / Integer.BYTES) * Integer.BYTES;
                changed.putInt(at, random.nextBoolean() ? random.nextInt() : random.nextInt(16));
            }
            use(changed.array(), "seed " + seed + "L, round " + round);
        }
        return round;
    }

    /** Without guidance, for as long as there is time. */
    @Test
    @Tag("stress")
    void manyMore() throws IOException {
        int rounds = random(new Random().nextLong(), Integer.MAX_VALUE, StressTime.start());
        System.out.println("damaged regions used: " + rounds);
    }

    /** Guided by coverage: Jazzer, in a JVM of its own, which is what a crash would end. */
    @Test
    @Tag("stress")
    void coverageGuided() throws Exception {
        String jazzer = jarOf("com.code_intelligence.jazzer.Jazzer");
        String api = jarOf("com.code_intelligence.jazzer.api.Jazzer");
        assumeTrue(jazzer != null && api != null, "skipped: Jazzer is on the class path in Maven's profile stress only");
        Path corpus = Files.createDirectory(directory.resolve("corpus"));
        Files.write(corpus.resolve("header"), ByteBuffer.allocate(1 + 256).put((byte) 0).put(template, 0, 256).array());
        Files.write(corpus.resolve("words"), new byte[] {2, 10, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8, 100, 1, 3, -1, -1, -1, -1, -1, -1, -1, -1});
        int seconds = Math.max(5, Integer.getInteger("latchwork.stress.seconds", 180) / 10);
        String classPath = String.join(File.pathSeparator, Child.classPath(), jazzer, api);
        Path log = directory.resolve("log"); // of a thousand lines
        try (Child child = Child.start(Map.of(), List.of("sh", "-c", "log=$1; shift; exec \"$@\" >\"$log\" 2>&1", "sh", log.toString(),
                Child.java(), "--enable-native-access=ALL-UNNAMED", "-cp", classPath,
                "com.code_intelligence.jazzer.Jazzer", "--target_class=" + RegionFuzz.class.getName(),
                "--instrumentation_includes=org.latchwork.region.*:org.latchwork.lock.*", "--custom_hook_includes=org.latchwork.lock.*",
                "--reproducer_path=" + directory, "-artifact_prefix=" + directory + "/", "-timeout=30", "-max_len=512",
                "-max_total_time=" + seconds, corpus.toString()))) {
            int status = child.process().waitFor();
            List<String> lines = Files.readAllLines(log);
            assertEquals(0, status, () -> String.join("\n", lines.subList(Math.max(0, lines.size() - 100), lines.size())));
            lines.stream().filter(line -> line.contains(" DONE ")).forEach(System.out::println);
        }
        try (var names = Files.list(directory)) {
            assertEquals(List.of(), names.map(name -> name.getFileName().toString()).filter(name -> name.matches("(crash|timeout|oom).*")).toList());
        }
        try (var names = Files.list(corpus)) {
            assertTrue(names.count() > 2, "it found nothing new to cover: it was not guided");
        }
    }

    private static String jarOf(String className) {
        try {
            return Path.of(Class.forName(className, false, RegionCorruptionTest.class.getClassLoader())
                    .getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
        } catch (ClassNotFoundException absent) {
            return null;
        } catch (java.net.URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    private byte[] with(int at, long value, boolean isLong) {
        ByteBuffer changed = ByteBuffer.wrap(template.clone()).order(ByteOrder.nativeOrder());
        if (isLong) {
            changed.putLong(at, value);
        } else {
            changed.putInt(at, (int) value);
        }
        return changed.array();
    }
}
