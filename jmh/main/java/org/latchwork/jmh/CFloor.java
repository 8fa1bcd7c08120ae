package org.latchwork.jmh;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The C program to compare with, compiled where it is measured. Not on /dev/shm, from where containers often let nothing be executed. */
public final class CFloor implements AutoCloseable {
    private static final List<String> COMPILER = List.of("cc", "-std=gnu11", "-O2", "-pthread");
    /** Why there is no figure, where there is no compiler. */
    public static final String NO_COMPILER = "not measured: no C compiler 'cc' on the PATH (Debian: apt-get install gcc libc6-dev)";

    private final Path source;
    private final Path program;

    private CFloor(Path directory) {
        this.source = directory.resolve("futex_floor.c");
        this.program = directory.resolve("futex_floor");
    }

    /** {@return the compiled program, or {@code null} without a compiler} */
    public static CFloor compile() throws IOException, InterruptedException {
        if (compilerVersion() == null) {
            return null;
        }
        CFloor floor = new CFloor(Files.createTempDirectory("latchwork-jmh-"));
        floor.build();
        return floor;
    }

    private void build() throws IOException, InterruptedException {
        try (InputStream resource = CFloor.class.getResourceAsStream("c/futex_floor.c")) {
            Files.copy(resource, source);
        }
        List<String> command = new ArrayList<>(COMPILER);
        command.addAll(List.of("-o", program.toString(), source.toString()));
        Process cc = new ProcessBuilder(command).redirectErrorStream(true).start();
        String messages = new String(cc.getInputStream().readAllBytes());
        if (cc.waitFor() != 0) {
            throw new IllegalStateException("cc does not compile futex_floor.c:\n" + messages);
        }
    }

    /** {@return what compiles it, with its flags, or {@code null}} */
    public static String compilerVersion() throws InterruptedException {
        try {
            Process cc = new ProcessBuilder("cc", "--version").redirectErrorStream(true).start();
            String version = new String(cc.getInputStream().readAllBytes());
            return cc.waitFor() == 0 ? version.lines().findFirst().orElse("cc") + ", " + String.join(" ", COMPILER) : null;
        } catch (IOException e) {
            return null;
        }
    }

    /** {@return a run of it, to start} */
    public ProcessBuilder command(Object... arguments) {
        List<String> command = new ArrayList<>(List.of(program.toString()));
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    }

    @Override
    public void close() throws IOException {
        Files.deleteIfExists(program);
        Files.deleteIfExists(source);
        Files.deleteIfExists(source.getParent());
    }
}
