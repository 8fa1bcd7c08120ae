package org.latchwork.wait.engine;

import static org.latchwork.linux.abi.Linux.EAGAIN;

import java.util.concurrent.CompletableFuture;
import java.util.function.LongFunction;
import org.latchwork.linux.FutexCalls;

/**
 * A request without a thread, whose end completes a future.
 *
 * <p>The future may be cancelled, or completed by somebody else, at any time; then nobody is interested in the wait any more, which is
 * cancelled. A wake that has hit it nevertheless was meant for somebody: it is passed on to the next waiter of the word.
 *
 * @param <T> what the future says of the end
 */
final class FutureRequest<T> extends Request {
    private final CompletableFuture<T> future = new CompletableFuture<>();
    private final LongFunction<T> outcome;

    private FutureRequest(Target target, long deadline, boolean realtime, LongFunction<T> outcome) {
        super(new Target[] {target}, deadline, realtime, false);
        this.outcome = outcome;
    }

    /** Waits for a word. The caller is inside its gate; the request leaves it. */
    static <T> CompletableFuture<T> submit(Target target, long deadline, boolean realtime, LongFunction<T> outcome) {
        FutureRequest<T> request = new FutureRequest<>(target, deadline, realtime, outcome);
        Engines.submit(request);
        request.future.whenComplete((value, thrown) -> {
            if (!request.isCompleted()) {
                request.cancel();
            }
        });
        return request.future;
    }

    @Override
    protected void completed() {
        boolean unwanted = future.isDone();
        if (unwanted && mayHaveTakenAWake()) {
            passOn();
        }
        gate().leave(); // before anybody hears of it: who does may close the memory
        if (!unwanted) {
            // What depends on the future is the user's code, which may block.
            Thread.ofVirtual().name("latchwork-future").start(this::tell);
        }
    }

    private Gate gate() {
        return targets()[0].memory().gate();
    }

    private void tell() {
        T value;
        try {
            value = outcome.apply(result());
        } catch (RuntimeException failure) {
            future.completeExceptionally(failure);
            return;
        }
        if (!future.complete(value) && mayHaveTakenAWake() && gate().enter()) { // cancelled since we looked
            passOn();
            gate().leave();
        }
    }

    /** In a batch a word that has changed may hide its wake: several words were woken at once. */
    private boolean mayHaveTakenAWake() {
        return result() >= 0 || result() == -EAGAIN() && batch != null;
    }

    private void passOn() {
        Target target = targets()[0];
        FutexCalls.wakeBlind(target.address(), target.memory().flags(), 1);
    }
}
