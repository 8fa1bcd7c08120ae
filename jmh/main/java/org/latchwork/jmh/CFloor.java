package org.latchwork.jmh;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The C program to compare with, compiled where it is measured. Not on /dev/shm, from where containers often let nothing be executed. */
public final class CFloor implements AutoCloseable {
    /** The compiler and its flags. */
    public static final List<String> C = List.of("cc", "-std=gnu11", "-O2", "-pthread");
    /** Why there is no figure, where there is no compiler. */
    public static final String NO_COMPILER = "not measured: no C compiler 'cc' on the PATH (Debian: apt-get install gcc libc6-dev)";

    private final Path source;
    private final Path program;
    private final List<Path> headers;

    private CFloor(Path directory, String name, List<String> headers) {
        this.headers = headers.stream().map(directory::resolve).toList();
        this.source = directory.resolve(name + ".c");
        this.program = directory.resolve(name);
    }

    /** {@return the compiled futex_floor.c, or {@code null} without a compiler} */
    public static CFloor compile() throws IOException, InterruptedException {
        if (compilerVersion() == null) {
            return null;
        }
        return compile("futex_floor", C);
    }

    /**
     * {@return a compiled program, or {@code null} where the compiler or what it includes is missing}
     *
     * @param name of the source, without {@code .c}
     * @param compiler with its flags
     * @param headers of the project's that it includes
     */
    public static CFloor compile(String name, List<String> compiler, String... headers) throws IOException, InterruptedException {
        CFloor floor = new CFloor(Files.createTempDirectory("latchwork-jmh-"), name, List.of(headers));
        String messages = floor.build(name, compiler);
        if (messages == null) {
            return floor;
        }
        floor.close();
        if (messages.contains("No such file or directory")) {
            return null;
        }
        throw new IllegalStateException(compiler.getFirst() + " does not compile " + name + ".c:\n" + messages);
    }

    /** {@return why not, or {@code null}} */
    private String build(String name, List<String> compiler) throws IOException, InterruptedException {
        copy(source);
        for (Path header : headers) {
            copy(header);
        }
        List<String> command = new ArrayList<>(compiler);
        command.addAll(List.of("-o", program.toString(), source.toString()));
        Process cc;
        try {
            cc = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException noCompiler) {
            return noCompiler.getMessage();
        }
        String messages = new String(cc.getInputStream().readAllBytes());
        return cc.waitFor() == 0 ? null : messages;
    }

    private static void copy(Path file) throws IOException {
        try (InputStream resource = CFloor.class.getResourceAsStream("c/" + file.getFileName())) {
            Files.copy(resource, file);
        }
    }

    /** {@return what compiles it, with its flags, or {@code null}} */
    public static String compilerVersion() throws InterruptedException {
        try {
            Process cc = new ProcessBuilder("cc", "--version").redirectErrorStream(true).start();
            String version = new String(cc.getInputStream().readAllBytes());
            return cc.waitFor() == 0 ? version.lines().findFirst().orElse("cc") + ", " + String.join(" ", C) : null;
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
        for (Path header : headers) {
            Files.deleteIfExists(header);
        }
        Files.deleteIfExists(source.getParent());
    }
}
