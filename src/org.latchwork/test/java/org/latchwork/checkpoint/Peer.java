package org.latchwork.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.latchwork.testing.CProgram;
import org.latchwork.testing.Child;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.FutexSleepers;

/** The C program {@code checkpoint.c} at a checkpoint file: compiled once per test class. */
final class Peer {
    private final Path program;

    Peer(Path directory) {
        this.program = CProgram.compile("checkpoint", directory);
    }

    /** {@return the command line} See {@code checkpoint.c} for the arguments. */
    List<String> command(CheckpointLayout layout, Path file, Object... arguments) {
        List<String> command = new ArrayList<>(List.of(program.toString(),
                layout.firstWord() + (layout.hasMagic() ? "" : ":plain"), file.toString()));
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        return command;
    }

    Child start(CheckpointLayout layout, Path file, Object... arguments) {
        return Child.start(Map.of(), command(layout, file, arguments));
    }

    /** {@return a process that sleeps at the checkpoint, proven, with so many threads} */
    Child asleep(CheckpointLayout layout, Path file, int id, int threads) {
        Child child = start(layout, file, "wait", id, Conditions.HANG.toMillis(), threads);
        awaitAsleep(child, layout, file, id, threads);
        return child;
    }

    static void awaitAsleep(Child child, CheckpointLayout layout, Path file, int id, int threads) {
        Conditions.await(threads + " threads of process " + child.pid() + " sleep at checkpoint " + id,
                () -> asleep(child.pid(), layout, file, id) == threads);
    }

    /** {@return how many threads of a process sleep at the checkpoint} The offset is reckoned here, not by the code under test. */
    static long asleep(long pid, CheckpointLayout layout, Path file, int id) {
        return FutexSleepers.in(pid, file, layout.firstWord() + 4L * id);
    }

    /** The process was woken, and ends. */
    static void assertWoken(Child child) {
        assertEquals("woken", child.line());
        assertEquals(0, child.exit());
    }
}
