package org.latchwork.jmh.wake;

import java.util.List;
import java.util.OptionalDouble;

/**
 * What a run of the wake benchmark yields.
 *
 * @param series what was measured
 * @param leftOut what was not
 */
public record WakeResults(List<Series> series, List<LeftOut> leftOut) {
    /**
     * A row without figures.
     *
     * @param mechanism which
     * @param scope between whom
     * @param placement on which cores
     * @param reason why
     */
    public record LeftOut(Mechanism mechanism, Scope scope, Placement placement, String reason) {
    }

    /** {@return the median as a multiple of the C program's, waiting in the same way in the same place} */
    public OptionalDouble ratioToFloor(Series measured) {
        Plan plan = measured.plan();
        return series.stream()
                .filter(s -> s.plan().mechanism() == plan.mechanism().floor())
                .filter(s -> s.plan().scope() == plan.scope() && s.plan().placement() == plan.placement())
                .mapToDouble(floor -> measured.micros(50) / floor.micros(50))
                .findFirst();
    }
}
