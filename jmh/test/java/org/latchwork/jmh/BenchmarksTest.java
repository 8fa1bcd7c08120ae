package org.latchwork.jmh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.latchwork.jmh.ratio.MedianInterval;
import org.latchwork.jmh.ratio.Ratio;
import org.latchwork.jmh.report.Environment;
import org.latchwork.jmh.report.Picture;
import org.latchwork.jmh.report.Report;
import org.latchwork.jmh.report.Table;
import org.latchwork.jmh.wake.Cpus;
import org.latchwork.jmh.wake.Mechanism;
import org.latchwork.jmh.wake.Placement;
import org.latchwork.jmh.wake.RawSeries;
import org.latchwork.jmh.wake.Scope;
import org.latchwork.jmh.wake.Series;
import org.latchwork.jmh.wake.WakeBenchmark;
import org.latchwork.jmh.wake.WakeResults;

/**
 * A short run of every mechanism, each scope and each placement, with real processes. It says nothing of speed, only that what is written
 * is what was measured.
 */
class BenchmarksTest {
    private static final int WAKES = 20;
    private static final int UNTIL_THE_WAKES_ARE_THERE_MILLIS = 20_000;

    private static WorkDirectory work;
    private static Report report;
    @TempDir
    private static Path written;

    @BeforeAll
    static void run() throws Exception {
        work = WorkDirectory.create();
        Environment environment = Environment.before(work);
        WakeResults wakes;
        try (CFloor floor = CFloor.compile()) {
            WakeResults processes = run(Scope.PROCESSES, Placement.OTHER_CORE, floor);
            WakeResults threads = run(Scope.THREADS, Placement.SAME_CORE, floor);
            wakes = new WakeResults(Stream.concat(processes.series().stream(), threads.series().stream()).toList(),
                    Stream.concat(processes.leftOut().stream(), threads.leftOut().stream()).toList());
        }
        List<Ratio> ratios = List.of(new Ratio("wake, nobody waiting", 1.1, 210, 200, new MedianInterval(1.05, 1.01, 1.09, 15)));
        report = new Report(environment.after(), wakes, ratios, null);
        report.write(written);
    }

    private static WakeResults run(Scope scope, Placement placement, CFloor floor) throws Exception {
        var settings = new WakeBenchmark.Settings(List.of(Mechanism.values()), List.of(scope), List.of(placement), 1,
                UNTIL_THE_WAKES_ARE_THERE_MILLIS, WAKES);
        Path directory = Files.createDirectory(work.path().resolve(scope.name()));
        return new WakeBenchmark(settings, directory, floor, new PrintStream(PrintStream.nullOutputStream())).run();
    }

    @AfterAll
    static void clean() throws Exception {
        work.close();
    }

    private static Stream<String> everyRow() {
        return Stream.of("PROCESSES OTHER_CORE ", "THREADS SAME_CORE ").flatMap(place -> Stream.of(Mechanism.values()).map(m -> place + m));
    }

    @Test
    void everyMechanismIsMeasuredOrLeftOutForAReason() {
        Stream<String> measured = report.wakes().series().stream()
                .map(s -> s.plan().scope() + " " + s.plan().placement() + " " + s.plan().mechanism());
        Stream<String> leftOut = report.wakes().leftOut().stream().map(r -> r.scope() + " " + r.placement() + " " + r.mechanism());
        assertEquals(everyRow().sorted().toList(), Stream.concat(measured, leftOut).sorted().toList());
        for (var row : report.wakes().leftOut()) {
            boolean spinsOnOneCore = row.placement() == Placement.SAME_CORE && row.mechanism().spins();
            boolean noCompiler = row.reason().equals(CFloor.NO_COMPILER);
            boolean oneCore = Cpus.choose().other() < 0 && row.placement() == Placement.OTHER_CORE;
            assertTrue(spinsOnOneCore || noCompiler || oneCore, row::toString);
        }
    }

    @Test
    void everyWakeIsRecorded() {
        for (Series series : report.wakes().series()) {
            assertEquals(WAKES, series.wakes(), series.fileName());
            assertEquals(WAKES, series.histogram().getTotalCount(), series.fileName());
            assertTrue(series.histogram().getMinValue() > 0, series.fileName());
        }
    }

    @Test
    void everySleeperSleptAtEveryWake() {
        for (Series series : report.wakes().series()) {
            if (!series.plan().mechanism().spins()) {
                assertEquals(WAKES, series.raw().proven(), series.fileName());
                assertTrue(series.voluntarySwitches() >= 1, series.fileName());
            }
        }
    }

    @Test
    void aWaiterThatRanBeforeItWasWokenIsRefused() {
        Series any = report.wakes().series().getFirst();
        var raw = new RawSeries(1, 1, 1, 1, 1, 1, new long[] {100, -1});
        assertThrows(IllegalStateException.class, () -> Series.of(any.plan(), raw));
    }

    @Test
    void jsonHoldsEveryRow() throws Exception {
        JsonObject json = JsonParser.parseString(Files.readString(written.resolve("results.json"))).getAsJsonObject();
        assertEquals(report.wakes().series().size(), json.getAsJsonArray("wakes").size());
        assertEquals(report.wakes().leftOut().size(), json.getAsJsonArray("leftOut").size());
        json.getAsJsonArray("wakes").forEach(wake -> assertEquals(WAKES, wake.getAsJsonObject().get("wakes").getAsInt()));
        for (String fact : List.of("kernel", "CPU", "idle driver, governor", "clock source", "placement", "file system", "JDK",
                "JVM flags of what is measured", "load average before", "load average after", "steal")) {
            assertNotNull(json.getAsJsonObject("environment").get(fact), fact);
        }
    }

    @Test
    void csvHasOneLineForEveryRowAndOneColumnForEveryName() throws Exception {
        List<String> lines = Files.readAllLines(written.resolve("wakes.csv"));
        assertEquals(1 + everyRow().count(), lines.size());
        int columns = lines.getFirst().split(",").length;
        for (String line : lines) {
            assertEquals(columns, line.split(",", -1).length, line);
        }
    }

    @Test
    void everySeriesHasItsHistogramInAFile() throws Exception {
        for (Series series : report.wakes().series()) {
            List<String> lines = Files.readAllLines(written.resolve("hgrm").resolve(series.fileName() + ".hgrm"));
            assertTrue(lines.getFirst().contains("Value"), lines::getFirst);
            assertTrue(lines.stream().anyMatch(line -> line.startsWith("#[") && line.contains("Total count") && line.contains(" " + WAKES)),
                    series.fileName());
        }
    }

    @Test
    void thePageHasARowForEachAndLoadsNothing() throws Exception {
        String page = Files.readString(written.resolve("index.html"));
        for (Mechanism mechanism : Mechanism.values()) { // in both tables, and in the list that explains them
            assertEquals(1 + 2, page.split("<td>" + Pattern.quote(mechanism.label())
                    + "</td>", -1).length - 1, mechanism.label());
        }
        for (var row : report.wakes().leftOut()) {
            assertTrue(page.contains(row.reason()), row::reason);
        }
        assertTrue(page.contains("wake, nobody waiting"));
        assertEquals(List.of(), Pattern.compile("(src|href)=\"[a-z]+:|url\\(|@import").matcher(page).results().toList());
    }

    @Test
    void withoutARatioTheReasonIsThere() throws Exception {
        Path directory = written.resolve("without-ratios");
        Report without = new Report(Map.of(), new WakeResults(List.of(), List.of()), List.of(), CFloor.NO_COMPILER);
        without.write(directory);
        assertTrue(Files.readString(directory.resolve("index.html")).contains(CFloor.NO_COMPILER));
        assertTrue(Table.of(without).contains(CFloor.NO_COMPILER));
        assertNull(JsonParser.parseString(Files.readString(directory.resolve("results.json"))).getAsJsonObject().get("medianToC"));
    }

    @Test
    void theTableHasARowForEach() {
        String table = Table.of(report);
        long rows = table.lines().filter(line -> Stream.of(Mechanism.values()).anyMatch(m -> line.startsWith(m.label()))).count();
        assertEquals(everyRow().count(), rows);
    }

    @Test
    void thePictureIsXml() throws Exception {
        Path picture = written.resolve("picture.svg");
        Files.writeString(picture, Picture.of(report));
        var document = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(picture.toFile());
        assertEquals("svg", document.getDocumentElement().getTagName());
    }
}
