package org.latchwork.futex;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.latchwork.file.SharedFile;
import org.latchwork.futex.FutexArray.Spacing;
import org.latchwork.testing.Child;
import org.latchwork.testing.Waiters;

/** Read-modify-writes lose nothing, among threads and among processes. */
class FutexArrayAtomicityTest {
    private static final int ROUNDS = 50_000;
    /** The words: a count by getAndAdd, a count by compareAndSet, a word to exchange, and the gate. */
    private static final int ADDED = 0;
    private static final int COMPARED = 1;
    private static final int EXCHANGED = 2;
    private static final int GATE = 3;

    /** {@return what the exchanges put in less what they took out} */
    private static long work(FutexArray words, int who) {
        while (words.getAcquire(GATE) == 0) {
            words.await(GATE, 0);
        }
        long balance = 0;
        for (int round = 0; round < ROUNDS; round++) {
            words.getAndAdd(ADDED, 3);
            int seen;
            do {
                seen = words.get(COMPARED);
            } while (!words.compareAndSet(COMPARED, seen, seen + 1));
            int put = who * ROUNDS + round;
            balance += put - words.getAndSet(EXCHANGED, put);
        }
        return balance;
    }

    private static void assertExact(FutexArray words, int workers, List<Long> balances) {
        assertEquals(workers * ROUNDS * 3, words.get(ADDED));
        assertEquals(workers * ROUNDS, words.get(COMPARED));
        assertEquals(words.get(EXCHANGED), balances.stream().mapToLong(Long::longValue).sum(), "every value put in is taken out once");
    }

    @Test
    void amongThreads() {
        try (FutexArray words = FutexArray.allocate(4, Spacing.CACHE_LINE)) {
            Waiters<Long> two = Waiters.start(2, () -> work(words, 1));
            Waiters<Long> more = Waiters.start(2, () -> work(words, 2));
            Waiters.awaitAsleep(4, words.word(GATE));
            words.setRelease(GATE, 1);
            assertEquals(4, words.wakeAll(GATE));
            List<Long> balances = new ArrayList<>(two.take(2));
            balances.addAll(more.take(2));
            assertExact(words, 4, balances);
        }
    }

    @Test
    void amongProcesses() {
        SharedFile memfd = SharedFile.memfd("atomic", 16);
        try (FutexArray words = FutexArray.over(memfd.map(16), 0, 4, Spacing.PACKED);
                Child child = Child.jvm(Worker.class, ProcessHandle.current().pid(), memfd.descriptor())) {
            assertEquals("ready", child.line());
            Waiters<Long> here = Waiters.start(1, () -> work(words, 1));
            Waiters.awaitAsleep(1, words.word(GATE));
            words.setRelease(GATE, 1);
            words.wakeAll(GATE);
            List<Long> balances = List.of(Long.valueOf(child.line()), here.take());
            assertExact(words, 2, balances);
        }
    }

    /** The worker in a process of its own: arguments {@code PID FD}. */
    static final class Worker {
        public static void main(String[] arguments) {
            SharedFile file = SharedFile.reopen(Long.parseLong(arguments[0]), Integer.parseInt(arguments[1]));
            try (FutexArray words = FutexArray.over(file.map(16), 0, 4, Spacing.PACKED)) {
                System.out.println("ready");
                System.out.println(work(words, 2));
            }
        }
    }
}
