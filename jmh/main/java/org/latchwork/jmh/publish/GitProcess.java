package org.latchwork.jmh.publish;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** {@code git hash-object -w --stdin-paths}: a path a line, an answer a line. Small batches: their answers fit into a pipe. */
final class GitProcess extends PublishingProcess {
    private final Path files;
    private final byte[] content;
    private final int seed;
    private int batch;
    private int next;

    GitProcess(Path directory, int size, int seed, String option) throws IOException, InterruptedException {
        super(new ProcessBuilder("git", "-c", option, "--git-dir", repository(directory), "hash-object", "-w", "--stdin-paths"));
        this.files = Files.createDirectories(directory.resolve("files-" + seed));
        this.content = new byte[size];
        this.seed = seed;
        new Random(seed).nextBytes(content);
    }

    private static String repository(Path directory) throws IOException, InterruptedException {
        Path repository = directory.resolve("git");
        if (!Files.exists(repository)) {
            Process init = new ProcessBuilder("git", "init", "-q", "--bare", repository.toString()).inheritIO().start();
            if (init.waitFor() != 0) {
                throw new IOException("git init fails");
            }
        }
        return repository.toString();
    }

    @Override
    public void prepare(Work work, int count) throws IOException {
        for (int i = 0; work == Work.NEW && i < count; i++) {
            ByteBuffer.wrap(content).putInt(seed).putInt(next++);
            Files.write(files.resolve(String.valueOf(i)), content);
        }
    }

    @Override
    public void begin(Work work, int count) {
        batch = count;
        for (int i = 0; i < count; i++) {
            tell(files.resolve(String.valueOf(i)).toString());
        }
    }

    @Override
    public void await() throws IOException {
        for (int i = 0; i < batch; i++) {
            answer();
        }
    }
}
