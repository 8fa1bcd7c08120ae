package org.latchwork.examples;

import java.util.concurrent.BrokenBarrierException;
import org.latchwork.lock.Barrier;
import org.latchwork.lock.Completion;
import org.latchwork.lock.CountDown;
import org.latchwork.lock.RobustSemaphore;
import org.latchwork.lock.Semaphore;
import org.latchwork.lock.SyncRegion;

/** Permits, counts and completions that processes share. */
final class CountingExample {
    private CountingExample() {}

    // @start region=permits
    static void useOneOfThree(SyncRegion region) throws InterruptedException {
        Semaphore printers = region.semaphore("printers", 3);
        printers.acquire();
        try {
            print();
        } finally {
            printers.release();
        }
    }
    // @end

    // @start region=robust
    static void useOneOfThreeAndMaybeDie(SyncRegion region) throws InterruptedException {
        RobustSemaphore licences = region.robustSemaphore("licences", 3);
        licences.acquire(); // comes back if this process is killed
        try {
            print();
        } finally {
            licences.release();
        }
    }
    // @end

    // @start region=count
    static void startWhenAllAreReady(SyncRegion region) throws InterruptedException {
        CountDown ready = region.countDown("ready", 2);
        ready.countDown(); // this process is ready,
        ready.await(); // and waits for the other
    }
    // @end

    // @start region=done
    static void load(SyncRegion region) {
        print();
        region.completion("loaded").completeAll();
    }

    static void use(SyncRegion region) throws InterruptedException {
        region.completion("loaded").await();
        print();
    }
    // @end

    // @start region=barrier
    static int workInSteps(SyncRegion region, int steps) throws InterruptedException {
        Barrier step = region.barrier("step", 2);
        int done = 0;
        try {
            while (done < steps) {
                print();
                step.await(); // until the other has done this step as well
                done++;
            }
        } catch (BrokenBarrierException e) {
            // the other one has died: this step is not done. Who takes its place calls reset()
        }
        return done;
    }
    // @end

    private static void print() {}
}
