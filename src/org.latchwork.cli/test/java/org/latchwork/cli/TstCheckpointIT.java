package org.latchwork.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.latchwork.cli.Command.Result;

/** What {@code tst_checkpoint} says on which stream, and how it ends. */
class TstCheckpointIT {
    private static final String MAX = "a whole number from 0 to 2147483647";

    @TempDir
    Path directory;

    private Path file;

    private Command command() {
        return Command.packaged().with("LTP_IPC_PATH", file = directory.resolve("checkpoints"));
    }

    private Command initialised() {
        Command command = command();
        command.tstCheckpoint("init").is(0, file + "\n", "");
        return command;
    }

    private static void assertUsage(Result result, int status, String err) {
        assertEquals(status, result.status(), result.toString());
        assertEquals(err, result.err());
        assertTrue(result.out().startsWith("""
                Usage: tst_checkpoint init [--mode MODE]
                   or: tst_checkpoint wait TIMEOUT ID
                   or: tst_checkpoint wake TIMEOUT ID NR_WAKE
                Arguments:
                """), result.out());
    }

    @Test
    void initMakesTheFileAndPrintsItsName() throws IOException {
        initialised();
        assertEquals(4096, Files.size(file));
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    }

    @Test
    void initWithoutTheVariableMakesAFreshPrivateDirectory() throws IOException {
        Command command = Command.packaged().with("TMPDIR", directory);
        String first = command.tstCheckpoint("init").out().strip();
        String second = command.tstCheckpoint("init").out().strip();
        for (String path : new String[] {first, second}) {
            assertTrue(path.startsWith(directory + "/latchwork-") && path.endsWith("/ltp_checkpoint"), path);
            assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(Path.of(path).getParent())));
        }
        assertTrue(!first.equals(second), first);
    }

    @ParameterizedTest
    @CsvSource({"0666, rw-rw-rw-", "640, rw-r-----"})
    void modeIsTakenAsItIs(String mode, String permissions) throws IOException {
        command().program("sh", "-c", "umask 077; exec \"$0\" init --mode " + mode,
                Command.FOLDER.resolve("bin/tst_checkpoint").toString()).is(0, file + "\n", "");
        assertEquals(permissions, PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    }

    @Test
    void aNameThatIsNotAsciiDoesInAnyLocale() {
        Path name = directory.resolve("točke-é");
        Command command = Command.packaged().with("LC_ALL", "C");
        // The test's own JVM may not know how to pass such a name on, so a shell spells it.
        command.program("sh", "-c", "LTP_IPC_PATH=$(printf '%s/to\\304\\215ke-\\303\\251' \"$1\"); export LTP_IPC_PATH; test \"$(\"$0\" init)\" = \"$LTP_IPC_PATH\"",
                Command.FOLDER.resolve("bin/tst_checkpoint").toString(), name.getParent().toString()).is(0, "", "");
    }

    @Test
    void wakeOfNobodyIsDoneAtOnce() {
        initialised().tstCheckpoint("wake", "10000", "0", "0").is(0, "", "");
    }

    @Test
    void timeoutsSayWhatWasMissing() {
        Command command = initialised();
        command.tstCheckpoint("wait", "20", "7").is(1, "", "tst_checkpoint: checkpoint 7: nobody woke it within 20 ms\n");
        command.tstCheckpoint("wait", "0", "7").is(1, "", "tst_checkpoint: checkpoint 7: nobody woke it within 0 ms\n");
        command.tstCheckpoint("wake", "20", "7", "2").is(1, "", "tst_checkpoint: checkpoint 7: woke 0 of 2 within 20 ms\n");
        command.tstCheckpoint("wake", "0", "7", "1").is(1, "", "tst_checkpoint: checkpoint 7: woke 0 of 1 within 0 ms\n");
    }

    @Test
    void aBadIdIsNamedWithTheRange() {
        Command command = initialised();
        String err = "tst_checkpoint: ID takes 0 to 1022 in " + file + ", not 1023\n";
        command.tstCheckpoint("wait", "0", "1023").is(1, "", err);
        command.tstCheckpoint("wake", "0", "1023", "0").is(1, "", err);
        command.tstCheckpoint("wake", "0", "1022", "0").is(0, "", "");
    }

    @Test
    void noArgumentIsWrongUse() {
        assertUsage(command().tstCheckpoint(), 1, "");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--help", "-h"})
    void helpIsNot(String option) {
        assertUsage(command().tstCheckpoint(option), 0, "");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', value = {
        "sleep | there is no 'sleep'; it takes init, wait or wake",
        "init x | init takes 0 arguments, not 1",
        "wait 1 | wait takes 2 arguments, not 1",
        "wait 1 2 3 | wait takes 2 arguments, not 3",
        "wake 1 2 | wake takes 3 arguments, not 2",
        "wake 1 2 3 4 | wake takes 3 arguments, not 4",
        "wait --mode 0600 1 2 | unknown option '--mode'",
        "wait --verbose 1 2 | unknown option '--verbose'",
        "init --mode | --mode takes a value",
        "init --mode 0888 | --mode takes octal permissions from 0 to 0777, not '0888'",
        "init --mode=01777 | --mode takes octal permissions from 0 to 0777, not '01777'"
    })
    void wrongUseIsTold(String arguments, String err) {
        assertUsage(command().tstCheckpoint(arguments.split(" ")), 1, "tst_checkpoint: " + err + "\n");
    }

    @Test
    void numbersAreStrict() {
        String not = " takes " + MAX + ", not '-1'\n";
        Command command = initialised();
        assertUsage(command.tstCheckpoint("wait", "-1", "0"), 1, "tst_checkpoint: TIMEOUT" + not);
        assertUsage(command.tstCheckpoint("wait", "0", "-1"), 1, "tst_checkpoint: ID" + not);
        assertUsage(command.tstCheckpoint("wake", "0", "0", "-1"), 1, "tst_checkpoint: NR_WAKE" + not);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "+1", "-0", "1x", "x", "0x1", "1.0", "1e3", " 1", "1 ", "1_000", "", "2147483648", "99999999999999999999", "١"})
    void whatIsNoNumber(String text) {
        WrongUse wrong = assertThrows(WrongUse.class, () -> Arguments.number("ID", text));
        assertEquals("ID takes " + MAX + ", not '" + text + "'", wrong.getMessage());
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "007, 7", "2147483647, 2147483647"})
    void whatIsOne(String text, int value) throws WrongUse {
        assertEquals(value, Arguments.number("ID", text));
    }

    @Test
    void largestNumbersAreTaken() {
        initialised().tstCheckpoint("wake", "2147483647", "0", "0").is(0, "", "");
    }

    @Test
    void aBrokenEnvironmentIsNamed() throws IOException {
        Command.packaged().tstCheckpoint("wait", "0", "0")
                .is(2, "", "tst_checkpoint: LTP_IPC_PATH is not set; it names the checkpoint file that 'tst_checkpoint init' has made\n");
        Command command = command();
        assertBroken(command.tstCheckpoint("wait", "0", "0"), file + ": does not exist; ");
        Files.createDirectory(file);
        assertBroken(command.tstCheckpoint("wait", "0", "0"), file + ": is a directory");
        assertBroken(command.tstCheckpoint("init"), file + ": is a directory");
        Files.delete(file);
        Files.createSymbolicLink(file, directory.resolve("elsewhere"));
        assertBroken(command.tstCheckpoint("wait", "0", "0"), file + ": is a symbolic link");
        Files.delete(file);
        Files.writeString(file, "something else");
        assertBroken(command.tstCheckpoint("wake", "0", "0", "0"), file + ": has a bad magic");
        assertBroken(command.tstCheckpoint("init"), file + ": has a bad magic");
        assertEquals("something else", Files.readString(file));
        assertBroken(Command.packaged().with("LTP_IPC_PATH", directory.resolve("no/such")).tstCheckpoint("init"), "openat(");
        assertBroken(Command.packaged().with("LTP_IPC_PATH", "/proc/self/maps").tstCheckpoint("init"), "");
    }

    @Test
    void withoutPermissionItSaysSo() {
        Command command = initialised();
        // root may do everything: another user's eyes are needed, where setpriv can lend them.
        Result result = command.program("setpriv", "--reuid=65534", "--clear-groups", "--inh-caps=-all", "env", "LATCHWORK_CACHE=off",
                Command.FOLDER.resolve("bin/tst_checkpoint").toString(), "wait", "0", "0");
        assumeTrue(!result.err().startsWith("setpriv") && !result.err().startsWith("env"),
                "skipped: this user cannot become another, or the other cannot reach the folder: " + result.err());
        assertBroken(result, "openat(");
        assertTrue(result.err().contains("EACCES"), result.err());
    }

    private static void assertBroken(Result result, String begin) {
        assertEquals(2, result.status(), result.toString());
        assertEquals("", result.out());
        assertTrue(result.err().startsWith("tst_checkpoint: " + begin), result.err());
        assertEquals(1, result.err().lines().count(), result.err());
    }

    @Test
    void aFullStdoutIsNoSuccess() {
        Result result = command().program("sh", "-c", "exec \"$0\" init >/dev/full", Command.FOLDER.resolve("bin/tst_checkpoint").toString());
        result.is(2, "", "tst_checkpoint: standard output cannot be written to\n");
    }

    @Test
    void layoutByOptionAndByVariable() {
        Command command = command();
        command.tstCheckpoint("init", "--layout", "ltp-20250930").is(0, file + "\n", "");
        command.tstCheckpoint("wake", "--layout=ltp-20250930", "0", "1006", "0").is(0, "", "");
        command.with("LATCHWORK_CHECKPOINT_LAYOUT", "ltp-20250930");
        command.tstCheckpoint("wait", "0", "1007").is(1, "", "tst_checkpoint: ID takes 0 to 1006 in " + file + ", not 1007\n");
        command.tstCheckpoint("wait", "0", "1007", "--layout", "patch").is(1, "", "tst_checkpoint: checkpoint 1007: nobody woke it within 0 ms\n");
    }

    @Test
    void anUnknownLayoutIsWrongUseOrABrokenEnvironment() {
        Command command = initialised();
        Result option = command.tstCheckpoint("wait", "--layout", "new", "0", "0");
        assertUsage(option, 1, option.err());
        assertTrue(option.err().startsWith("tst_checkpoint: --layout: checkpoint layout 'new' is unknown"), option.err());
        assertBroken(command.with("LATCHWORK_CHECKPOINT_LAYOUT", "new").tstCheckpoint("wait", "0", "0"), "checkpoint layout 'new' is unknown");
    }
}
