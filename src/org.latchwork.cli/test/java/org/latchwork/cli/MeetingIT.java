package org.latchwork.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.latchwork.checkpoint.Checkpoint;
import org.latchwork.futex.Futex;
import org.latchwork.futex.FutexArray;
import org.latchwork.futex.FutexVector;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.FutexSleepers;
import org.latchwork.testing.Waiters;
import org.latchwork.wait.Deadline;
import org.latchwork.wait.WaitOutcome;

/** Shells and Java meet at checkpoints. */
class MeetingIT {
    @TempDir
    Path directory;

    private static String tool() {
        return Command.FOLDER.resolve("bin/tst_checkpoint").toString();
    }

    @Test
    void aBashScriptEndToEnd() throws IOException {
        Path script = Files.writeString(directory.resolve("script"), """
                set -eu
                PATH=$1:$PATH
                export LTP_IPC_PATH=$(tst_checkpoint init)
                [ -f "$LTP_IPC_PATH" ]
                # Three wait, in the background; a waker for exactly three comes.
                for i in 1 2 3; do tst_checkpoint wait 20000 5 & pids="${pids-} $!"; done
                tst_checkpoint wake 20000 5 3
                for pid in $pids; do wait $pid; done
                # The waker comes first.
                tst_checkpoint wake 20000 6 1 & waker=$!
                tst_checkpoint wait 20000 6
                wait $waker
                # A process that has come out of exec() re-attaches by the variable alone.
                sh -c 'exec env tst_checkpoint wait 20000 7' & waiter=$!
                tst_checkpoint wake 20000 7 1
                wait $waiter
                # Nobody comes.
                status=0; tst_checkpoint wait 10 5 2>/dev/null || status=$?; [ $status = 1 ]
                status=0; LTP_IPC_PATH=/none tst_checkpoint wait 10 5 2>/dev/null || status=$?; [ $status = 2 ]
                echo met
                """);
        Command.packaged().with("TMPDIR", directory)
                .program("bash", script.toString(), Command.FOLDER.resolve("bin").toString()).is(0, "met\n", "");
    }

    @Test
    void theShellSequenceOfTheSource() throws IOException {
        Command command = Command.packaged().with("LTP_IPC_PATH", directory.resolve("ipc"));
        command.program("sh", "-ec", """
                dd if=/dev/zero of="$LTP_IPC_PATH" bs=$(getconf PAGESIZE) count=1 2>/dev/null
                chmod 600 "$LTP_IPC_PATH"
                "$0" init >/dev/null
                "$0" wake 0 0 0
                head -c 4 "$LTP_IPC_PATH"
                """, tool()).is(0, "LTPM", "");
    }

    @Test
    void javaWakesAShell() {
        Path file = directory.resolve("file");
        try (Checkpoint checkpoints = Checkpoint.init(file)) {
            Process shell = Command.packaged().with("LTP_IPC_PATH", file).start("tst_checkpoint", "wait", "30000", "1022");
            assertEquals(1, checkpoints.wake(1022, 1, Conditions.HANG));
            Command.run(shell).is(0, "", "");
        }
    }

    @Test
    void aShellWakesJava() {
        Path file = directory.resolve("file");
        Command command = Command.packaged().with("LTP_IPC_PATH", file);
        command.tstCheckpoint("init").is(0, file + "\n", "");
        try (Checkpoint checkpoints = Checkpoint.reinit(file)) {
            Process shell = command.start("tst_checkpoint", "wake", "30000", "0", "1");
            assertEquals(WaitOutcome.WOKEN, checkpoints.await(0, Conditions.HANG));
            Command.run(shell).is(0, "", "");
        }
    }

    @Test
    void latchworkCheckpointDoesTheSame() {
        Path file = directory.resolve("file");
        Command command = Command.packaged().with("LTP_IPC_PATH", file);
        command.latchwork("checkpoint", "init", "--mode", "0640").is(0, file + "\n", "");
        Process waiter = command.start("latchwork", "checkpoint", "wait", "30000", "3");
        command.latchwork("checkpoint", "wake", "30000", "3", "1").is(0, "", "");
        Command.run(waiter).is(0, "", "");
        command.latchwork("checkpoint", "wait", "1", "3")
                .is(1, "", "latchwork checkpoint: checkpoint 3: nobody woke it within 1 ms\n");
        command.latchwork("checkpoint", "wake", "0", "5000", "1")
                .is(1, "", "latchwork checkpoint: ID takes 0 to 1022 in " + file + ", not 5000\n");
        command.with("LTP_IPC_PATH", "/none").latchwork("checkpoint", "wait", "1", "3")
                .is(2, "", "latchwork checkpoint: /none: does not exist; make it with 'tst_checkpoint init' or Checkpoint.init\n");
        Command.Result wrong = command.latchwork("checkpoint", "wait", "1", "-3");
        assertEquals(1, wrong.status());
        assertEquals("", wrong.out());
        assertTrue(wrong.err().contains("Usage: latchwork checkpoint wait"), wrong.err());
    }

    @Test
    void listShowsValuesAndWaiters() throws IOException {
        Path file = directory.resolve("file");
        Command command = Command.packaged().with("LTP_IPC_PATH", file);
        command.tstCheckpoint("init").is(0, file + "\n", "");
        byte[] page = Files.readAllBytes(file);
        page[4 + 4 * 9] = 17;
        Files.write(file, page);
        Process waiter = command.start("tst_checkpoint", "wait", "60000", "2");
        try {
            Conditions.await("the shell's command sleeps", () -> sleepers(waiter.pid(), file) == 1);
            Command.Result list = command.latchwork("checkpoint", "list", file.toString());
            assertEquals(0, list.status(), list.err());
            List<String> lines = list.out().lines().toList();
            assertEquals(3, lines.size(), list.out());
            assertTrue(lines.get(0).matches("ID +VALUE +PID +TID +COMMAND"), lines.get(0));
            assertTrue(lines.get(1).matches("2 +0 +" + waiter.pid() + " +[0-9]+ +.*TstCheckpoint wait 60000 2"), lines.get(1));
            assertTrue(lines.get(2).matches("9 +17 +- +- +-"), lines.get(2));
        } finally {
            command.tstCheckpoint("wake", "30000", "2", "1").is(0, "", "");
            Command.run(waiter).is(0, "", "");
        }
        assertEquals(2, command.latchwork("checkpoint", "list", file.toString()).out().lines().count(), "the waiter is gone");
    }

    @Test
    void listShowsWhoWaitsForSeveral() {
        Path file = directory.resolve("file");
        Command command = Command.packaged().with("LTP_IPC_PATH", file);
        command.tstCheckpoint("init").is(0, file + "\n", "");
        try (FutexArray words = FutexArray.map(file, 1024, FutexArray.Spacing.PACKED)) { // the magic is word 0
            FutexVector vector = new FutexVector(2).set(0, Futex.SHARED, words.word(1 + 30), 0).set(1, Futex.SHARED, words.word(1 + 31), 0);
            Waiters<FutexVector.Result> waiter = Waiters.start(1, () -> Futex.waitv(vector, Deadline.NEVER));
            Waiters.awaitAsleep(1, vector.segment());
            Command.Result list = command.latchwork("checkpoint", "list", file.toString());
            long pid = ProcessHandle.current().pid();
            assertTrue(list.out().matches("(?s).*\n30 +0 +" + pid + " .*\n31 +0 +" + pid + " .*"), list.toString());
            words.wakeAll(1 + 31);
            assertEquals(1, waiter.take().index());
        }
    }

    /** Threads of a process that sleep on a word of the file. */
    private static long sleepers(long pid, Path file) {
        try {
            return Files.readAllLines(Path.of("/proc/" + pid + "/maps")).stream().filter(line -> line.endsWith(file.toString()))
                    .mapToLong(line -> FutexSleepers.between(
                            pid, Long.parseLong(line.split("[- ]")[0], 16), Long.parseLong(line.split("[- ]")[1], 16)))
                    .sum();
        } catch (IOException gone) {
            return 0;
        }
    }

    @Test
    void listOfWhatIsNoCheckpointFile() throws IOException {
        Path file = directory.resolve("file");
        Command command = Command.packaged();
        command.latchwork("checkpoint", "list", file.toString()).is(2, "", "latchwork checkpoint: " + file + " does not exist\n");
        Files.writeString(file, "text");
        command.latchwork("checkpoint", "list", file.toString())
                .is(2, "", "latchwork checkpoint: " + file + ": has a bad magic: it does not begin with \"LTPM\"\n");
        command.latchwork("checkpoint", "list", directory.toString())
                .is(2, "", "latchwork checkpoint: " + directory + ": is not a regular file\n");
        assertEquals(1, command.latchwork("checkpoint", "list").status());
    }

    @Test
    void helpVersionAndCompletion() throws IOException {
        Command command = Command.packaged();
        command.latchwork("--version").is(0, "latchwork " + System.getProperty("latchwork.version") + "\n", "");
        Command.Result help = command.latchwork("checkpoint", "--help");
        assertEquals(0, help.status());
        for (String part : List.of("init", "wait", "wake", "list", "LTP_IPC_PATH", "Exit status")) {
            assertTrue(help.out().contains(part), part);
        }
        assertEquals(1, command.latchwork("nonsense").status());
        Command.Result completion = command.latchwork("completion");
        assertEquals(0, completion.status());
        Path script = Files.writeString(directory.resolve("completion"), completion.out());
        command.program("bash", "-n", script.toString()).is(0, "", "");
        command.program("bash", "-c", "source \"$0\"; compopt() { :; }; COMP_WORDS=(latchwork checkpoint wa) COMP_CWORD=2; COMP_LINE='latchwork checkpoint wa'; "
                + "_complete_latchwork; printf '%s\\n' \"${COMPREPLY[@]}\" | sort", script.toString()).is(0, "wait\nwake\n", "");
    }
}
