package org.latchwork.lock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The protocols, checked by spin in all their states within stated bounds: {@code test/promela}. Each model is shown to fail, with a bug
 * planted by a macro.
 */
@Tag("stress")
class ModelTest {
    private static final Path MODELS = Path.of(System.getProperty("latchwork.test.c")).resolveSibling("promela");
    private static final Pattern ERRORS = Pattern.compile("errors: (\\d+)");
    private static final Pattern STATES = Pattern.compile("([\\d.e+]+) states, stored");

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {
        "mutex -DPARTICIPANTS=2 -DROUNDS=2 -DDEATHS=1 -DTIMEOUTS=1",
        "condition -DPARTICIPANTS=2 -DDEATHS=1 -DTIMEOUTS=1",
        "rwlock -DPARTICIPANTS=2 -DROUNDS=1 -DDEATHS=1 -DTIMEOUTS=1 -DCHANGING_SIDES",
        "semaphore -DPARTICIPANTS=2 -DROUNDS=2 -DDEATHS=1 -DTIMEOUTS=1",
        "robust_semaphore -DPARTICIPANTS=2 -DPERMITS=2 -DDEATHS=1 -DTIMEOUTS=1",
        "mutex -DPARTICIPANTS=2 -DROUNDS=2 -DDEATHS=2 -DTIMEOUTS=1",
        "condition -DPARTICIPANTS=3 -DDEATHS=0 -DTIMEOUTS=1",
        "rwlock -DPARTICIPANTS=2 -DROUNDS=2 -DDEATHS=1 -DTIMEOUTS=1",
        "rwlock -DPARTICIPANTS=2 -DROUNDS=1 -DDEATHS=2 -DTIMEOUTS=1 -DCHANGING_SIDES",
        "semaphore -DPARTICIPANTS=3 -DDEATHS=1 -DTIMEOUTS=0",
        "robust_semaphore -DPARTICIPANTS=2 -DPERMITS=1 -DLIVES=2 -DDEATHS=1 -DTIMEOUTS=1",
        "robust_semaphore -DPARTICIPANTS=2 -DTHREADS=3 -DPERMITS=1 -DDEATHS=1 -DTIMEOUTS=0",
        "robust_semaphore -DPARTICIPANTS=3 -DPERMITS=1 -DDEATHS=0 -DTIMEOUTS=0",
    })
    void holds(String model) throws Exception {
        assertEquals(0, errors(model), model);
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "mutex -DPARTICIPANTS=2 -DROUNDS=1 -DDEATHS=1 -DTIMEOUTS=1 -DBUG_NO_WAKE",
        "condition -DPARTICIPANTS=3 -DDEATHS=1 -DTIMEOUTS=0 -DBUG_SEQUENCE_NOT_CHANGED",
        "rwlock -DPARTICIPANTS=2 -DROUNDS=1 -DDEATHS=1 -DTIMEOUTS=0 -DBUG_RECOVERY_DOES_NOT_DRAIN",
        "semaphore -DPARTICIPANTS=2 -DDEATHS=1 -DTIMEOUTS=0 -DBUG_RECOVERY_WITHOUT_WAKE",
        "robust_semaphore -DPARTICIPANTS=2 -DPERMITS=2 -DDEATHS=0 -DTIMEOUTS=0 -DBUG_NOT_ENTERED",
        "mutex -DPARTICIPANTS=2 -DROUNDS=1 -DDEATHS=1 -DTIMEOUTS=1 -DBUG_RECOVERY_WITHOUT_WAKE",
        "condition -DPARTICIPANTS=3 -DDEATHS=0 -DTIMEOUTS=1 -DBUG_TIMEOUT_TAKES_SIGNAL",
        "rwlock -DPARTICIPANTS=2 -DROUNDS=1 -DDEATHS=0 -DTIMEOUTS=0 -DBUG_READER_LOOKS_FIRST",
        "rwlock -DPARTICIPANTS=2 -DROUNDS=1 -DDEATHS=0 -DTIMEOUTS=0 -DBUG_READER_DOES_NOT_TELL",
        "rwlock -DPARTICIPANTS=2 -DROUNDS=1 -DDEATHS=0 -DTIMEOUTS=0 -DBUG_DRAIN_IS_READ_LAST",
        "rwlock -DPARTICIPANTS=2 -DROUNDS=1 -DDEATHS=0 -DTIMEOUTS=0 -DBUG_TRY_LOOKS_ONCE",
        "rwlock -DPARTICIPANTS=2 -DROUNDS=2 -DDEATHS=0 -DTIMEOUTS=0 -DBUG_PASSING_COUNTS_LAST",
        "rwlock -DPARTICIPANTS=2 -DROUNDS=2 -DDEATHS=1 -DTIMEOUTS=0 -DBUG_PASSING_IS_WRITING",
        "semaphore -DPARTICIPANTS=3 -DDEATHS=0 -DTIMEOUTS=0 -DBUG_MANY_IS_FORGOTTEN",
        "semaphore -DPARTICIPANTS=3 -DONE_NEEDS_MANY -DDEATHS=0 -DTIMEOUTS=1 -DBUG_LEAVER_KEEPS_THE_WAKE",
        "semaphore -DPARTICIPANTS=3 -DDEATHS=1 -DTIMEOUTS=0 -DBUG_RECOVERY_WAKES_ONE",
        "robust_semaphore -DPARTICIPANTS=2 -DPERMITS=2 -DDEATHS=0 -DTIMEOUTS=0 -DBUG_NO_SECOND_LOOK",
        "robust_semaphore -DPARTICIPANTS=2 -DPERMITS=2 -DDEATHS=0 -DTIMEOUTS=0 -DTAGS=2 -DWRAP -DBUG_TAG_ALONE",
        "robust_semaphore -DPARTICIPANTS=2 -DPERMITS=2 -DDEATHS=1 -DTIMEOUTS=0 -DBUG_RECOVERY_CHANGES_NOTHING",
        "robust_semaphore -DPARTICIPANTS=3 -DPERMITS=1 -DDEATHS=0 -DTIMEOUTS=0 -DBUG_STATE_NOT_CHECKED",
        "robust_semaphore -DPARTICIPANTS=2 -DTHREADS=3 -DPERMITS=1 -DLIVES=2 -DDEATHS=0 -DTIMEOUTS=0 -DBUG_CELL_CLEARED",
    })
    void everyPlantedBugIsFound(String model) throws Exception {
        assertTrue(errors(model) > 0, model);
    }

    /** {@return how many errors spin finds: it stops at the first} */
    private int errors(String model) throws Exception {
        List<String> words = List.of(model.split(" "));
        List<String> spin = new ArrayList<>(List.of("spin", "-a"));
        spin.addAll(words.subList(1, words.size()));
        spin.add(MODELS.resolve(words.getFirst() + ".pml").toString());
        assumeTrue(starts("spin", "-V"), "skipped: no spin; install it (Debian: apt-get install spin)");
        assumeTrue(starts("cc", "--version"), "skipped: no cc; install it (Debian: apt-get install gcc libc6-dev)");
        run(spin);
        // Optimizing takes ten seconds, and saves one.
        run(List.of("cc", "-O0", "-w", "-DSAFETY", "-DVECTORSZ=2048", "-DCOLLAPSE", "-o", "pan", "pan.c"));
        String output = run(List.of("./pan", "-m200000", "-w22"));
        Matcher errors = ERRORS.matcher(output);
        Matcher states = STATES.matcher(output);
        assertTrue(errors.find() && states.find() && !output.contains("max search depth too small"), output);
        System.out.println(model + ": " + states.group(1) + " states, " + errors.group(1) + " errors");
        return Integer.parseInt(errors.group(1));
    }

    private static boolean starts(String... command) throws InterruptedException {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
            process.waitFor();
            return true;
        } catch (IOException missing) {
            return false;
        }
    }

    private String run(List<String> command) throws Exception {
        Path output = Files.createTempFile(directory, "output", "");
        Process process = new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true).redirectOutput(output.toFile()).start();
        assertTrue(process.waitFor(5, TimeUnit.MINUTES), command + " does not end");
        return Files.readString(output);
    }
}
