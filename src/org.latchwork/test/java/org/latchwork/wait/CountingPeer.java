package org.latchwork.wait;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import org.latchwork.futex.FutexArray;

/** The same as {@code futex_counting.c}, where the words are described, with virtual threads: arguments {@code FILE SIDE MILLISECONDS}. */
final class CountingPeer {
    static final int PAIRS = 4;
    static final int WORDS = 4 * PAIRS + 2;

    private final FutexArray array;
    private final int side;
    private final long end;
    private final LongAdder sent = new LongAdder();
    private final LongAdder received = new LongAdder();
    private final LongAdder wakes = new LongAdder();
    private final LongAdder woken = new LongAdder();

    private CountingPeer(FutexArray array, int side, long millis) {
        this.array = array;
        this.side = side;
        this.end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    }

    public static void main(String[] arguments) throws InterruptedException {
        try (FutexArray array = FutexArray.map(Path.of(arguments[0]), WORDS, FutexArray.Spacing.CACHE_LINE)) {
            new CountingPeer(array, Integer.parseInt(arguments[1]), Long.parseLong(arguments[2])).run();
        }
    }

    private void run() throws InterruptedException {
        // A waker that never parks would keep a carrier to itself.
        List<Thread> wakers = start(Thread.ofPlatform(), this::wake);
        List<Thread> others = start(Thread.ofVirtual(), this::exchange);
        others.addAll(start(Thread.ofVirtual(), this::awaitWakes));
        for (Thread waker : wakers) {
            waker.join();
        }
        array.set(4 * PAIRS + side, 1);
        for (Thread other : others) {
            other.join();
        }
        System.out.println(sent + " " + received + " " + wakes + " " + woken);
    }

    private static List<Thread> start(Thread.Builder builder, IntConsumer work) {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < PAIRS; i++) {
            int pair = i;
            threads.add(builder.start(() -> work.accept(pair)));
        }
        return threads;
    }

    private boolean take(int index) {
        while (true) {
            int seen = array.get(index);
            if ((seen & Integer.MAX_VALUE) > 0) {
                if (array.compareAndSet(index, seen, seen - 1)) {
                    received.increment();
                    return true;
                }
            } else if (seen < 0) {
                return false;
            } else {
                array.await(index, 0, Deadline.NEVER, WaitPolicy.block());
            }
        }
    }

    private void exchange(int pair) {
        int mine = side * PAIRS + pair;
        int others = (1 - side) * PAIRS + pair;
        boolean more = true;
        while (more && System.nanoTime() < end) {
            array.getAndAdd(others, 1);
            array.wake(others, 1);
            sent.increment();
            more = take(mine);
        }
        array.getAndAdd(others, Integer.MIN_VALUE); // sets the sign bit, which nobody has set before
        array.wakeAll(others);
        while (more) {
            more = take(mine);
        }
    }

    private void wake(int pair) {
        while (System.nanoTime() < end) {
            wakes.add(array.wake((2 + 1 - side) * PAIRS + pair, 1));
            LockSupport.parkNanos(50_000); // the two cores are for the others, too
        }
    }

    private void awaitWakes(int pair) {
        boolean last;
        do {
            last = array.get(4 * PAIRS + 1 - side) == 1; // asked before the wait: after the other's last wake there is one more
            if (array.awaitWake((2 + side) * PAIRS + pair, 0, 5, TimeUnit.MILLISECONDS) == WaitOutcome.WOKEN) {
                woken.increment();
            }
        } while (!last);
    }
}
