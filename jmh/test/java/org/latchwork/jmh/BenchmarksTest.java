package org.latchwork.jmh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
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
import org.latchwork.jmh.policy.Policy;
import org.latchwork.jmh.policy.PolicyBenchmark;
import org.latchwork.jmh.policy.PolicyRow;
import org.latchwork.jmh.publish.Peer;
import org.latchwork.jmh.publish.PublishBenchmark;
import org.latchwork.jmh.publish.PublishRow;
import org.latchwork.jmh.ratio.MedianInterval;
import org.latchwork.jmh.ratio.Ratio;
import org.latchwork.jmh.ratio.RatioBenchmark;
import org.latchwork.jmh.ratio.RatioTable;
import org.latchwork.jmh.recovery.Owner;
import org.latchwork.jmh.recovery.RecoveryBenchmark;
import org.latchwork.jmh.recovery.RecoveryRow;
import org.latchwork.jmh.report.Environment;
import org.latchwork.jmh.report.Picture;
import org.latchwork.jmh.report.Report;
import org.latchwork.jmh.report.Table;
import org.latchwork.jmh.scale.ScaleBenchmark;
import org.latchwork.jmh.scale.ScaleRow;
import org.latchwork.jmh.waiting.WaitingBenchmark;
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
    private static final int PAIRS = 6;
    /** One too many for the engine futex. */
    private static final int CROWD = 501;
    private static final int CROWD_DEADLINE_MILLIS = 1500;
    private static final int UNTIL_THE_WAKES_ARE_THERE_MILLIS = 20_000;

    private static WorkDirectory work;
    private static Report report;
    private static WakeResults everyWakeOfAllPairs;
    @TempDir
    private static Path written;

    @BeforeAll
    static void run() throws Exception {
        work = WorkDirectory.create();
        Environment environment = Environment.before(work);
        WakeResults wakes;
        PrintStream silent = new PrintStream(PrintStream.nullOutputStream());
        var waiting = WaitingBenchmark.run(new WaitingBenchmark.Settings(List.of(Placement.SAME_CORE), 1, PAIRS,
                UNTIL_THE_WAKES_ARE_THERE_MILLIS, WAKES), Files.createDirectory(work.path().resolve("waiting")), silent);
        everyWakeOfAllPairs = waiting.wakes();
        var policies = PolicyBenchmark.run(new PolicyBenchmark.Settings(1, PAIRS, 1), work.path(), silent);
        var crowds = ScaleBenchmark.run(new ScaleBenchmark.Settings(List.of(CROWD), 0, 0, CROWD, CROWD_DEADLINE_MILLIS),
                work.path(), silent);
        try (CFloor floor = CFloor.compile()) {
            WakeResults processes = run(Scope.PROCESSES, Placement.OTHER_CORE, floor);
            WakeResults threads = run(Scope.THREADS, Placement.SAME_CORE, floor);
            wakes = new WakeResults(Stream.concat(processes.series().stream(), threads.series().stream()).toList(),
                    Stream.concat(processes.leftOut().stream(), threads.leftOut().stream()).toList());
        }
        var publishing = PublishBenchmark.run(new PublishBenchmark.Settings(List.of(Peer.PUT, Peer.FLOCK, Peer.SHA256), List.of(work.path()),
                List.of(1000), List.of(1), 10, 10, PAIRS), silent);
        var recovery = RecoveryBenchmark.run(new RecoveryBenchmark.Settings(1, List.of(1, 3), List.of(Owner.C)), work.path(), silent);
        RatioTable againstC = new RatioTable("Java against C", "by hand", List.of(
                new Ratio("wake, nobody waiting", 1.1, "Java", 210, "C", 200, new MedianInterval(1.05, 1.01, 1.09, 15))), List.of());
        report = new Report(environment.after(), wakes, List.of(againstC, waiting.table(), policies.table(),
                publishing.goals()), policies.rows(), crowds, publishing.rows(), recovery);
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
            boolean virtualInOneJvm = row.scope() == Scope.THREADS && row.mechanism().isVirtual();
            boolean noEngine = row.mechanism().parks() && row.reason().contains("does not work here");
            boolean oneCore = Cpus.choose().other() < 0 && row.placement() == Placement.OTHER_CORE;
            assertTrue(spinsOnOneCore || noCompiler || oneCore || virtualInOneJvm || noEngine, row::toString);
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
    void everyWakeOfAllPairsIsRecorded() {
        RatioTable table = report.ratios().get(1);
        assertEquals(5, table.ratios().size() + table.leftOut().size());
        for (Ratio ratio : table.ratios()) {
            assertEquals(PAIRS, ratio.ratio().count(), ratio.name());
            Series series = everyWakeOfAllPairs.series().stream().filter(s -> s.plan().mechanism().label().equals(ratio.measured()))
                    .findFirst().orElseThrow();
            // One of the two has come in further comparisons.
            assertEquals(0, series.wakes() % (PAIRS * WAKES), ratio.name());
            assertEquals(series.wakes(), series.raw().latencies().length, ratio.name());
        }
    }

    @Test
    void everyPolicyHasARowInEveryPlace() {
        int places = (Cpus.choose().other() < 0 ? 1 : 2) * 6;
        assertEquals(places * Policy.values().length, report.policies().size());
        for (PolicyRow row : report.policies()) {
            assertEquals(PAIRS, row.runs(), row::toString);
            assertTrue(row.waits() >= PAIRS, row::toString);
            assertTrue(row.nanos() >= 1000L * row.holdMicros(), row::toString);
        }
        RatioTable table = report.ratios().get(2);
        assertEquals(12, places + 6 * table.leftOut().size());
        assertEquals(places, table.ratios().size());
    }

    @Test
    void everyCrowdHasARowOrAReason() {
        assertEquals(5, report.crowds().rows().size() + report.crowds().leftOut().size());
        for (ScaleRow row : report.crowds().rows()) {
            assertEquals(row.rounds() * row.waiters(), row.histogram().getTotalCount(), row.fileName());
            assertTrue(row.lastNanos() > 0 && row.wakesPerSecond() > 0, row.fileName());
        }
        for (var row : report.crowds().leftOut()) {
            assertTrue(row.reason().startsWith("stalled: after ") || row.reason().startsWith("left out: "), row::toString);
        }
        assertTrue(report.crowds().leftOut().stream()
                .anyMatch(row -> row.mechanism() == Mechanism.VIRTUAL_FUTEX && row.reason().startsWith("left out: ")));
    }

    @Test
    void everySleeperSlept() {
        for (Series series : report.wakes().series()) {
            if (!series.plan().mechanism().spins()) {
                // Not at every wake: on a busy machine a sleeper may want to run for so long that the waker gives up looking.
                assertTrue(series.raw().proven() > WAKES / 2, series.fileName());
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
        assertEquals(report.ratios().size(), json.getAsJsonArray("ratios").size());
        assertEquals(report.publishing().size(), json.getAsJsonArray("publishing").size());
        assertEquals(report.recovery().rows().size(), json.getAsJsonArray("recovery").size());
        assertEquals(report.recovery().leftOut().size(), json.getAsJsonArray("recoveryLeftOut").size());
        assertEquals(report.policies().size(), json.getAsJsonArray("policies").size());
        assertEquals(report.crowds().rows().size(), json.getAsJsonArray("crowds").size());
        assertEquals(report.crowds().leftOut().size(), json.getAsJsonArray("crowdsLeftOut").size());
        json.getAsJsonArray("wakes").forEach(wake -> assertEquals(WAKES, wake.getAsJsonObject().get("wakes").getAsInt()));
        for (String fact : List.of("kernel", "CPU", "idle driver, governor", "clock source", "placement", "file system", "JDK",
                "JVM flags of what is measured", "load average before", "load average after", "steal")) {
            assertNotNull(json.getAsJsonObject("environment").get(fact), fact);
        }
    }

    @Test
    void csvHasOneLineForEveryRowAndOneColumnForEveryName() throws Exception {
        assertCsv("wakes.csv", everyRow().count());
        assertCsv("ratios.csv", report.ratios().stream().mapToLong(table -> table.ratios().size() + table.leftOut().size()).sum());
        assertCsv("policies.csv", report.policies().size());
        assertCsv("publishing.csv", report.publishing().size());
        assertCsv("recovery.csv", report.recovery().rows().size() + report.recovery().leftOut().size());
        assertCsv("crowds.csv", report.crowds().rows().size() + report.crowds().leftOut().size());
    }

    private static void assertCsv(String file, long rows) throws Exception {
        List<String> lines = Files.readAllLines(written.resolve(file));
        assertEquals(1 + rows, lines.size(), file);
        int columns = lines.getFirst().split(",").length;
        for (String line : lines) {
            assertEquals(columns, line.replaceAll("\"[^\"]*\"", "text").split(",", -1).length, line);
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
        for (RatioTable table : report.ratios()) {
            table.ratios().forEach(ratio -> assertTrue(page.contains("<td>" + ratio.name() + "</td>"), ratio::name));
            table.leftOut().forEach(row -> assertTrue(page.contains("<td>" + row.name() + "</td>"), row::name));
        }
        for (PublishRow row : report.publishing()) {
            assertTrue(page.contains("<td>" + row.peer().label() + "</td>") && page.contains(row.setting()), row::toString);
        }
        for (RecoveryRow row : report.recovery().rows()) {
            assertTrue(page.contains("<td>" + row.setting() + "</td>") && page.contains(row.step().label()), row::toString);
        }
        for (var row : report.crowds().leftOut()) {
            assertTrue(page.contains(row.reason()), row::reason);
        }
        assertEquals(List.of(), Pattern.compile("(src|href)=\"[a-z]+:|url\\(|@import").matcher(page).results().toList());
    }

    @Test
    void withoutARatioTheReasonIsThere() throws Exception {
        Path directory = written.resolve("without-ratios");
        RatioTable noRatios = RatioBenchmark.run(new RatioBenchmark.Settings(1, PAIRS, 1), directory, null, System.out);
        Report without = new Report(Map.of(), new WakeResults(List.of(), List.of()), List.of(noRatios), List.of(),
                ScaleBenchmark.Result.NONE, List.of(), RecoveryBenchmark.Result.NONE);
        without.write(directory);
        assertTrue(Files.readString(directory.resolve("index.html")).contains(CFloor.NO_COMPILER));
        assertTrue(Table.of(without).contains(CFloor.NO_COMPILER));
        assertTrue(Files.readString(directory.resolve("ratios.csv")).contains(CFloor.NO_COMPILER));
    }

    @Test
    void theTableHasARowForEach() {
        String table = Table.of(report);
        long rows = table.lines().takeWhile(line -> !line.contains("by hand"))
                .filter(line -> Stream.of(Mechanism.values()).anyMatch(m -> line.startsWith(m.label()))).count();
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
