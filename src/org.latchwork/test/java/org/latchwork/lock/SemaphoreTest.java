package org.latchwork.lock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.latchwork.testing.Child;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.FutexSleepers;
import org.latchwork.testing.ProcessTest;
import org.latchwork.wait.Deadline;

/** What {@link Semaphore}, {@link RobustSemaphore}, {@link CountDown} and {@link Completion} promise, within one process and between processes. */
@ProcessTest
class SemaphoreTest {
    @TempDir
    Path directory;

    private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    private SyncRegion region;

    @BeforeEach
    void open() {
        region = SyncRegion.open(directory.resolve("region"));
    }

    @AfterEach
    void close() {
        region.close();
    }

    private interface Action {
        void run() throws Exception;
    }

    /** Starts threads of both kinds; {@link #join} fails if one has thrown. */
    private List<Thread> start(int count, Action action) {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            threads.add((i % 2 == 0 ? Thread.ofPlatform() : Thread.ofVirtual()).start(() -> {
                try {
                    action.run();
                } catch (Throwable e) {
                    failures.add(e);
                }
            }));
        }
        return threads;
    }

    private void join(List<Thread> threads) throws InterruptedException {
        for (Thread thread : threads) {
            assertTrue(thread.join(Conditions.HANG), "a waiter is stuck");
        }
        assertEquals(List.of(), List.copyOf(failures));
    }

    /** Waits until so many threads of this process sleep in the region, as others see it. */
    private void awaitAsleep(int count) {
        Conditions.await(count + " wait", () -> SyncRegion.inspect(region.path()).objects().stream().mapToInt(entry -> entry.waiters().size()).sum()
                == count);
    }

    @Test
    void theNumberIsAgreedOn() {
        region.semaphore("s", 3);
        assertThrows(IllegalStateException.class, () -> region.semaphore("s", 4));
        assertThrows(IllegalStateException.class, () -> region.robustSemaphore("s", 3));
        assertThrows(IllegalArgumentException.class, () -> region.semaphore("t", -1));
        assertThrows(IllegalArgumentException.class, () -> region.robustSemaphore("t", 70_000));
        assertThrows(IllegalArgumentException.class, () -> region.countDown("t", -1));
    }

    @Test
    void noMorePermitsThanThereAre() throws Exception {
        Semaphore semaphore = region.semaphore("s", 3);
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        join(start(8, () -> {
            for (int n = 0; n < 2000; n++) {
                int permits = 1 + n % 3;
                semaphore.acquire(permits);
                most.accumulateAndGet(inside.addAndGet(permits), Math::max);
                inside.addAndGet(-permits);
                semaphore.release(permits);
            }
        }));
        assertTrue(most.get() <= 3, "at most " + most);
        assertEquals(3, semaphore.availablePermits());
        assertEquals(3, semaphore.drainPermits());
        assertFalse(semaphore.tryAcquire());
        assertFalse(semaphore.tryAcquire(2, TimeUnit.MILLISECONDS));
        semaphore.release();
        assertThrows(IllegalStateException.class, () -> semaphore.release(Semaphore.MAX_PERMITS), "too many");
    }

    /** One that needs two must not keep the wake from one that needs one. */
    @Test
    void whoNeedsLessIsNotKeptWaitingByWhoNeedsMore() throws Exception {
        Semaphore semaphore = region.semaphore("s", 0);
        List<Thread> many = start(2, () -> semaphore.acquire(2));
        awaitAsleep(2);
        List<Thread> one = start(1, semaphore::acquire);
        awaitAsleep(3);
        semaphore.release();
        join(one);
        semaphore.release(4);
        join(many);
        assertEquals(0, semaphore.availablePermits());
    }

    /** Two releases, two sleepers: the second release finds no mark of the second one, who is woken nevertheless. */
    @Test
    void everyPermitFindsItsWaiter() throws Exception {
        Semaphore semaphore = region.semaphore("s", 0);
        for (int round = 0; round < 50; round++) {
            List<Thread> waiters = start(2, semaphore::acquire);
            awaitAsleep(2);
            semaphore.release();
            semaphore.release();
            join(waiters);
        }
        assertEquals(0, semaphore.availablePermits());
    }

    /** No permits to give, no wake to give: and the mark of the sleeper stays for the next release. */
    @Test
    void aReleaseOfNothingForgetsNobody() throws Exception {
        Semaphore semaphore = region.semaphore("s", 0);
        List<Thread> waiter = start(1, semaphore::acquire);
        awaitInFutex(semaphore.word());
        semaphore.release(0);
        semaphore.release(1);
        join(waiter);
    }

    /** As in the kernel, beginning anew leaves those who wait in the queue. */
    @Test
    void beginningAnewForgetsNobody() throws Exception {
        Completion completion = region.completion("d");
        List<Thread> waiter = start(1, completion::await);
        awaitInFutex(completion.word());
        completion.reinit();
        completion.complete();
        join(waiter);
    }

    /** Waits until a thread of this process sleeps on the word: to be about to sleep is not enough. */
    private void awaitInFutex(ObjectWord word) {
        Conditions.await("it sleeps", () -> FutexSleepers.in(ProcessHandle.current().pid(), region.path(), word.offset()) == 1);
    }

    @Test
    void interruptsAndDeadlines() throws Exception {
        Semaphore semaphore = region.semaphore("s", 0);
        RobustSemaphore robust = region.robustSemaphore("r", 0);
        CountDown count = region.countDown("c", 1);
        Completion completion = region.completion("d");
        for (Action action : List.<Action>of(semaphore::acquire, robust::acquire, count::await, completion::await)) {
            AtomicInteger interrupted = new AtomicInteger();
            List<Thread> waiters = start(2, () -> {
                assertThrows(InterruptedException.class, action::run);
                interrupted.incrementAndGet();
            });
            awaitAsleep(2);
            waiters.forEach(Thread::interrupt);
            join(waiters);
            assertEquals(2, interrupted.get());
            awaitAsleep(0);
        }
        assertFalse(robust.tryAcquire(1, 2, TimeUnit.MILLISECONDS));
        assertFalse(count.await(2, TimeUnit.MILLISECONDS));
        assertFalse(completion.await(Deadline.after(Duration.ofMillis(2))));
    }

    @Test
    void countingDown() throws Exception {
        CountDown count = region.countDown("c", 3);
        List<Thread> waiters = start(4, count::await);
        awaitAsleep(4);
        count.countDown();
        count.countDown();
        assertEquals(1, count.getCount());
        awaitAsleep(4);
        count.countDown();
        join(waiters);
        count.countDown();
        assertEquals(0, count.getCount());
        assertTrue(count.await(0, TimeUnit.SECONDS));
    }

    @Test
    void completing() throws Exception {
        Completion completion = region.completion("d");
        assertFalse(completion.tryAwait());
        completion.complete();
        assertTrue(completion.tryAwait(), "who comes later passes");
        assertFalse(completion.tryAwait(), "once");
        List<Thread> waiters = start(3, completion::await);
        awaitAsleep(3);
        completion.complete();
        awaitAsleep(2);
        completion.completeAll();
        join(waiters);
        assertTrue(completion.isDone() && completion.tryAwait() && completion.tryAwait());
        completion.reinit();
        assertFalse(completion.isDone());
    }

    @Test
    void aProcessReleasesWhatItHas() throws Exception {
        RobustSemaphore semaphore = region.robustSemaphore("r", 4);
        assertThrows(IllegalStateException.class, semaphore::release);
        assertTrue(semaphore.tryAcquire(3, 1, TimeUnit.SECONDS));
        assertEquals(3, semaphore.heldPermits());
        assertThrows(IllegalStateException.class, () -> semaphore.release(4));
        try (SyncRegion other = SyncRegion.open(region.path())) {
            RobustSemaphore theirs = other.robustSemaphore("r", 4);
            assertThrows(IllegalStateException.class, theirs::release, "they are another's");
            assertTrue(theirs.tryAcquire());
            RegionReport.Entry seen = SyncRegion.inspect(region.path()).objects().getFirst();
            assertEquals("0", seen.state());
            assertEquals(List.of(3, 1), seen.counts().stream().map(RegionReport.Count::count).toList());
            assertFalse(theirs.tryAcquire());
            semaphore.release(2);
            assertTrue(theirs.tryAcquire());
        }
        assertEquals(3, semaphore.availablePermits(), "who has left has left its own");
        semaphore.release();
        assertEquals(4, semaphore.availablePermits());
    }

    /** Nobody of this process ever blocks; its tries are enough for the dead to be found. */
    @Test
    void whoOnlyTriesFindsThePermitsOfTheDead() {
        RobustSemaphore semaphore = region.robustSemaphore("r", 3);
        assertTrue(semaphore.tryAcquire(2));
        try (Child child = partner("acquire")) {
            assertEquals("done", child.line());
            assertFalse(semaphore.tryAcquire(), "it has the last one");
            child.signal("KILL");
            child.exit();
        }
        Conditions.await("a permit is back", semaphore::tryAcquire);
        assertEquals(3, semaphore.heldPermits());
    }

    @Test
    void waitsThatNoInterruptEnds() throws Exception {
        Semaphore semaphore = region.semaphore("s", 0);
        RobustSemaphore robust = region.robustSemaphore("r", 2);
        robust.acquire(2);
        CountDown count = region.countDown("c", 1);
        Completion completion = region.completion("d");
        List<Action> waits = List.of(() -> semaphore.acquireUninterruptibly(2), () -> robust.acquireUninterruptibly(2), count::awaitUninterruptibly,
                completion::awaitUninterruptibly);
        List<Action> ends = List.of(() -> semaphore.release(2), () -> robust.release(2), count::countDown, completion::complete);
        for (int i = 0; i < waits.size(); i++) {
            Action wait = waits.get(i);
            List<Thread> waiters = start(1, () -> {
                wait.run();
                assertTrue(Thread.currentThread().isInterrupted(), "its status stays");
            });
            awaitAsleep(1);
            waiters.forEach(Thread::interrupt);
            assertFalse(waiters.getFirst().join(Duration.ofMillis(20)), "it waits on");
            ends.get(i).run();
            join(waiters);
        }
    }

    @Test
    void robustPermitsUnderContention() throws Exception {
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        try (SyncRegion other = SyncRegion.open(region.path())) {
            RobustSemaphore[] semaphores = {region.robustSemaphore("r", 3), other.robustSemaphore("r", 3)};
            AtomicInteger next = new AtomicInteger();
            join(start(6, () -> {
                RobustSemaphore semaphore = semaphores[next.getAndIncrement() % 2];
                for (int n = 0; n < 1500; n++) {
                    semaphore.acquire();
                    most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                    inside.decrementAndGet();
                    semaphore.release();
                }
            }));
            assertTrue(most.get() <= 3, "at most " + most);
            assertEquals(3, semaphores[0].availablePermits());
            assertEquals(0, semaphores[0].heldPermits() + semaphores[1].heldPermits());
        }
    }

    /** {@code arguments}: the region, what to do. */
    static final class Partner {
        private Partner() {}

        public static void main(String[] arguments) throws Exception {
            SyncRegion region = SyncRegion.open(Path.of(arguments[0]));
            RobustSemaphore robust = region.robustSemaphore("r", 3);
            switch (arguments[1]) {
                case "acquire" -> robust.acquire();
                case "release" -> {
                    robust.acquire();
                    System.out.println("has");
                    robust.release();
                }
                case "release when told" -> {
                    robust.acquire();
                    System.out.println("has");
                    System.in.read();
                    robust.release();
                }
                case "semaphore" -> region.semaphore("s", 0).release();
                case "countdown" -> region.countDown("c", 1).countDown();
                default -> region.completion("d").complete();
            }
            System.out.println("done");
            Thread.sleep(Long.MAX_VALUE);
        }
    }

    private Child partner(String what, String... fault) {
        return Child.start(Map.of(), Child.jvmCommand(fault.length == 0 ? List.of() : List.of("-Dorg.latchwork.region.fault=" + fault[0]),
                Partner.class, region.path(), what));
    }

    @ParameterizedTest
    @ValueSource(strings = {"robust.entered:1", "robust.changed:1", "robust.changed:2", "any time"})
    void permitsComeBackFromTheDead(String place) throws Exception {
        RobustSemaphore semaphore = region.robustSemaphore("r", 3);
        assertTrue(semaphore.tryAcquire(2, 1, TimeUnit.SECONDS));
        boolean any = place.equals("any time");
        try (Child child = any ? partner("acquire") : partner(place.endsWith("2") ? "release" : "acquire", place)) {
            List<Thread> waiter;
            if (any) {
                assertEquals("done", child.line());
                assertFalse(semaphore.tryAcquire(), "it has the last one");
                waiter = start(1, semaphore::acquire);
                awaitAsleep(1);
                child.signal("KILL");
            } else {
                assertEquals(137, child.exit(), "the fault was injected");
                waiter = start(1, semaphore::acquire);
            }
            join(waiter);
        }
        assertEquals(0, semaphore.availablePermits());
        assertEquals(3, semaphore.heldPermits());
        semaphore.release(3);
        assertEquals(3, semaphore.availablePermits(), "none lost, none made");
    }

    @ParameterizedTest
    @ValueSource(strings = {"semaphore", "countdown", "completion"})
    void whoDiesBeforeItsWakeLeavesNobodyAsleep(String what) throws Exception {
        Semaphore semaphore = region.semaphore("s", 0);
        CountDown count = region.countDown("c", 1);
        Completion completion = region.completion("d");
        List<Thread> waiter = start(1, what.equals("semaphore") ? semaphore::acquire : what.equals("countdown") ? count::await : completion::await);
        awaitAsleep(1);
        try (Child child = partner(what, (what.equals("semaphore") ? "semaphore.released" : what + ".changed") + ":1")) {
            assertEquals(137, child.exit(), "the fault was injected");
            join(waiter);
        }
    }

    @Test
    void whoDiesBeforeItWakesForAPermitLeavesNobodyAsleep() throws Exception {
        RobustSemaphore semaphore = region.robustSemaphore("r", 3);
        semaphore.acquire(2);
        try (Child child = partner("release when told", "robust.changed:2")) {
            assertEquals("has", child.line());
            List<Thread> waiter = start(1, semaphore::acquire);
            awaitAsleep(1);
            child.process().outputWriter().append('\n').close();
            assertEquals(137, child.exit(), "the fault was injected");
            join(waiter);
        }
        assertEquals(3, semaphore.heldPermits());
    }
}
