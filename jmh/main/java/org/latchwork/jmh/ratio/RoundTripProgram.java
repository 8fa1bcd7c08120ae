package org.latchwork.jmh.ratio;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.file.Path;
import org.latchwork.jmh.Jvm;
import org.latchwork.jmh.Os;

/**
 * The two JVMs of the round trip, which stay while pair after pair is measured, so that the JIT is done early. Each reads commands on its
 * stdin; the one that measures takes those of the C program and answers in the same way, with one number per batch, and then a line {@link
 * #END}.
 */
public final class RoundTripProgram {
    static final String END = "end";
    private static final int WARM_UP = 1000;

    private final RoundTrip words;
    private int number;

    private RoundTripProgram(RoundTrip words) {
        this.words = words;
    }

    /** {@code ping FILE} measures, {@code pong FILE} answers. */
    public static void main(String[] args) throws IOException {
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in));
        try (RoundTrip words = RoundTrip.open(Path.of(args[1]))) {
            RoundTripProgram program = new RoundTripProgram(words);
            if (args[0].equals("ping")) {
                program.ping(commands, Path.of(args[1]));
            } else {
                program.pong(commands);
            }
        }
    }

    private void ping(BufferedReader commands, Path file) throws IOException {
        Process pong = Jvm.command(RoundTripProgram.class, "pong", file.toString())
                .redirectOutput(ProcessBuilder.Redirect.INHERIT).start();
        try (PrintStream toPong = new PrintStream(pong.getOutputStream(), true)) {
            String line;
            while ((line = commands.readLine()) != null) {
                String[] words = line.split(" ");
                long[] batches = words[0].equals("round-trip") ? roundTrips(words, toPong) : emptyWakes(words);
                StringBuilder answer = new StringBuilder();
                for (long nanos : batches) {
                    answer.append(nanos).append('\n');
                }
                System.out.println(answer + END);
            }
        } finally {
            pong.destroyForcibly();
        }
    }

    /** {@code round-trip block|spin CPU_A CPU_B BATCHES BATCH}. */
    private long[] roundTrips(String[] command, PrintStream toPong) {
        boolean spin = command[1].equals("spin");
        long[] nanos = new long[Integer.parseInt(command[4])];
        int batch = Integer.parseInt(command[5]);
        Os.pin(Integer.parseInt(command[2]));
        toPong.println(command[1] + " " + command[3] + " " + (WARM_UP + nanos.length * batch));
        roundTrips(WARM_UP, spin);
        for (int i = 0; i < nanos.length; i++) {
            long from = System.nanoTime();
            roundTrips(batch, spin);
            nanos[i] = System.nanoTime() - from;
        }
        return nanos;
    }

    private void roundTrips(int rounds, boolean spin) {
        for (int i = 0; i < rounds; i++) {
            int next = ++number;
            words.say(RoundTrip.PING, next, spin);
            words.hear(RoundTrip.PONG, next, spin);
        }
    }

    /** {@code block|spin CPU ROUNDS}. */
    private void pong(BufferedReader commands) throws IOException {
        String line;
        while ((line = commands.readLine()) != null) {
            String[] command = line.split(" ");
            Os.pin(Integer.parseInt(command[1]));
            answer(Integer.parseInt(command[2]), command[0].equals("spin"));
        }
    }

    private void answer(int rounds, boolean spin) {
        for (int i = 0; i < rounds; i++) {
            int next = ++number;
            words.hear(RoundTrip.PING, next, spin);
            words.say(RoundTrip.PONG, next, spin);
        }
    }

    /** {@code empty-wake CPU BATCHES BATCH}. */
    private long[] emptyWakes(String[] command) {
        long[] nanos = new long[Integer.parseInt(command[2])];
        int batch = Integer.parseInt(command[3]);
        Os.pin(Integer.parseInt(command[1]));
        for (int i = 0; i < nanos.length; i++) {
            long from = System.nanoTime();
            emptyWakes(batch);
            nanos[i] = System.nanoTime() - from;
        }
        return nanos;
    }

    private void emptyWakes(int count) {
        for (int i = 0; i < count; i++) {
            words.emptyWake();
        }
    }
}
