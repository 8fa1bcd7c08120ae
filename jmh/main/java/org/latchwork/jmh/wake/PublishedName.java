package org.latchwork.jmh.wake;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.latchwork.file.PublishOutcome;
import org.latchwork.file.StagedFile;
import org.latchwork.jmh.abi.Bench;

/** Each number is a name of its own, which link(2) gives to a staged file; the waiter looks for it with access(2). */
final class PublishedName implements Waking {
    private final Path directory;
    private final Retry retry;
    private final Arena arena = Arena.ofShared();
    private final CName awaited;
    private StagedFile staged;
    private Path target;

    PublishedName(Path directory, Retry retry) {
        this.directory = directory;
        this.retry = retry;
        this.awaited = new CName(arena, directory.resolve("n"));
    }

    @Override
    public void prepare(int number) {
        discard();
        staged = StagedFile.in(directory, 0600);
        target = directory.resolve("n%08x".formatted(number));
    }

    @Override
    public void wake(int number) {
        if (staged.publish(target) != PublishOutcome.CREATED) {
            throw new IllegalStateException("somebody else has made " + target);
        }
    }

    @Override
    public void await(int number) {
        retry.begin();
        MemorySegment name = awaited.of(number);
        while (Bench.access(name, Bench.F_OK()) != 0) {
            retry.pause();
        }
    }

    @Override
    public void settle(int number) {
        Bench.unlink(awaited.of(number));
    }

    private void discard() {
        if (staged != null) {
            staged.close();
        }
    }

    @Override
    public String sleepsIn() {
        return retry.sleepsIn();
    }

    @Override
    public void close() {
        discard();
        retry.close();
        arena.close();
    }
}
