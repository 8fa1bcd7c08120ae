package org.latchwork.wait.engine;

import java.util.Comparator;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.latchwork.linux.FutexCalls;

/** The deadlines of the requests that an engine's thread has in hand, the next one first. */
final class Expiries {
    /** How late a set clock is noticed at most, for deadlines on CLOCK_REALTIME: nothing tells that somebody has set it. */
    private static final long CLOCK_LOOK_NANOS = 1_000_000_000;

    private final TreeSet<Request> byTime =
            new TreeSet<>(Comparator.<Request>comparingLong(request -> request.expiry).thenComparingLong(Request::number));

    void add(Request request) {
        if (request.deadline() != FutexCalls.FOREVER) {
            long expiry = Clocks.monotonic(request.deadline(), request.isRealtime());
            request.expiry = request.isRealtime() ? Math.min(expiry, System.nanoTime() + CLOCK_LOOK_NANOS) : expiry;
            byTime.add(request);
        }
    }

    void remove(Request request) {
        if (request.deadline() != FutexCalls.FOREVER) {
            byTime.remove(request);
        }
    }

    /** Takes out whose time has come, and hands them on. */
    void expire(Consumer<Request> expired) {
        if (byTime.isEmpty()) {
            return;
        }
        long now = System.nanoTime();
        while (!byTime.isEmpty() && byTime.first().expiry <= now) {
            Request first = byTime.pollFirst();
            if (first.isRealtime() && Clocks.monotonic(first.deadline(), true) > now) {
                add(first); // only looked at the clock
            } else {
                expired.accept(first);
            }
        }
    }

    /** {@return when the next time comes, by CLOCK_MONOTONIC; {@code Long.MAX_VALUE} for never} */
    long next() {
        return byTime.isEmpty() ? FutexCalls.FOREVER : byTime.first().expiry;
    }
}
