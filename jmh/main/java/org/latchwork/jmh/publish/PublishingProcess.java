package org.latchwork.jmh.publish;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;

/** A program that is told by lines, and answers each. */
class PublishingProcess implements Publishing {
    private final Process process;
    private final PrintStream commands;
    private final BufferedReader answers;

    PublishingProcess(ProcessBuilder builder) throws IOException {
        process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
        commands = new PrintStream(process.getOutputStream(), true);
        answers = process.inputReader();
    }

    @Override
    public void prepare(Work work, int batch) throws IOException {}

    @Override
    public void begin(Work work, int batch) throws IOException {
        tell(work.word() + " " + batch);
    }

    final void tell(String line) {
        commands.println(line);
    }

    @Override
    public void await() throws IOException {
        answer();
    }

    final void answer() throws IOException {
        if (answers.readLine() == null) {
            throw new IOException("a publishing process has ended: " + process.info().commandLine().orElse("?"));
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
