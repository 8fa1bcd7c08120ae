package org.latchwork.region;

import java.util.concurrent.atomic.AtomicLong;
import org.latchwork.linux.Processes;

/**
 * Places at which a test can have this process killed: {@code -Dorg.latchwork.region.fault=NAME:N} kills it, by SIGKILL, when it passes the
 * place of that name for the Nth time. Without the property it is nothing: the JIT folds it away.
 */
public final class FaultPoint {
    private static final String PLACE;
    private static final AtomicLong LEFT = new AtomicLong();

    static {
        String fault = System.getProperty("org.latchwork.region.fault");
        String place = null;
        if (fault != null) {
            int colon = fault.lastIndexOf(':');
            place = fault.substring(0, colon);
            LEFT.set(Long.parseLong(fault.substring(colon + 1)));
        }
        PLACE = place;
    }

    private FaultPoint() {}

    /**
     * Passes a place.
     *
     * @param place its name
     */
    public static void pass(String place) {
        if (PLACE != null && PLACE.equals(place) && LEFT.decrementAndGet() == 0) {
            Processes.killSelf();
        }
    }
}
