package org.latchwork.checkpoint;

import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.latchwork.file.MappedFile;
import org.latchwork.linux.Posix;
import org.latchwork.testing.Conditions;

/** A JVM of its own at a checkpoint. Every command prints what came of it. */
final class JavaPeer {
    private static final long HANG = Conditions.HANG.toMillis();

    private JavaPeer() {}

    public static void main(String[] arguments) throws Exception {
        switch (arguments[0]) {
            case "wait" -> await(Path.of(arguments[1]), Integer.parseInt(arguments[2]), Integer.parseInt(arguments[3]));
            case "reinit-wait" -> {
                try (Checkpoint checkpoint = Checkpoint.reinit()) {
                    System.out.println(checkpoint.await(Integer.parseInt(arguments[1]), HANG, TimeUnit.MILLISECONDS));
                }
            }
            case "ping-pong" -> pingPong(Path.of(arguments[1]), Integer.parseInt(arguments[2]));
            case "init" -> {
                try (Checkpoint checkpoint = Checkpoint.init(CheckpointLayout.PATCH, Integer.parseInt(arguments[1], 8))) {
                    System.out.println(checkpoint.path());
                }
            }
            case "init-race" -> initRace(Path.of(arguments[1]), Integer.parseInt(arguments[2]), Integer.parseInt(arguments[3]));
            case "reinit" -> reinit();
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    /** Waits in so many threads. */
    private static void await(Path file, int id, int threads) throws InterruptedException {
        try (Checkpoint checkpoint = Checkpoint.reinit(file)) {
            List<Thread> waiters = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                waiters.add(Thread.ofPlatform().start(() -> System.out.println(checkpoint.await(id, HANG, TimeUnit.MILLISECONDS))));
            }
            for (Thread waiter : waiters) {
                waiter.join();
            }
        }
    }

    /** The side that is woken first. */
    private static void pingPong(Path file, int rounds) {
        try (Checkpoint checkpoint = Checkpoint.reinit(file)) {
            System.out.println(checkpoint.await(0, HANG, TimeUnit.MILLISECONDS));
            for (int i = 1; i < rounds; i++) {
                System.out.println(checkpoint.wakeAndAwait(0, 1, HANG, TimeUnit.MILLISECONDS));
            }
            System.out.println(checkpoint.wake(0, 1, HANG, TimeUnit.MILLISECONDS));
        }
    }

    /**
     * For each round so many threads wait at the start file's checkpoint of the round's number, are woken together, and go for the same
     * new file. Past the one-init-per-process rule, which is not what is raced here. Prints the inode that each got.
     */
    private static void initRace(Path start, int rounds, int threads) throws Exception {
        try (Checkpoint go = Checkpoint.reinit(start)) {
            for (int round = 0; round < rounds; round++) {
                int id = round;
                Path file = start.resolveSibling("raced-" + round);
                List<Thread> racers = new ArrayList<>();
                for (int i = 0; i < threads; i++) {
                    racers.add(Thread.ofPlatform().start(() -> {
                        go.await(id, HANG, TimeUnit.MILLISECONDS);
                        try (MappedFile mapped = CheckpointFile.init(file, CheckpointLayout.PATCH, 0600)) {
                            boolean magic = mapped.segment().get(ValueLayout.JAVA_INT, 0) == CheckpointFile.MAGIC;
                            System.out.println(Posix.fstat(mapped.file().descriptor()).inode() + " " + magic);
                        }
                    }));
                }
                for (Thread racer : racers) {
                    racer.join();
                }
            }
        }
    }

    private static void reinit() {
        try (Checkpoint checkpoint = Checkpoint.reinit()) {
            System.out.println("attached to " + checkpoint.path());
        } catch (RuntimeException e) {
            System.out.println(e.getClass().getSimpleName() + ": " + e.getMessage());
        }
    }
}
