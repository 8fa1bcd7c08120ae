package org.latchwork.publish;

import java.time.Duration;
import java.util.Objects;

/**
 * What has to go from a store. A file's age counts from when it was published last, by whomever.
 *
 * <p>Before Linux 6.13 the kernel's time stamps have the step of its clock, up to 10 ms: two publications within one step look like one.
 * So a {@code keep} of less than that guarantees nothing there.
 *
 * @param maxBytes how much may stay, the sizes of the files together; {@code Long.MAX_VALUE} for any
 * @param maxAge how old a file may become; {@code null} for any age
 * @param keep how old a file has to be to go at all, whatever the other two say
 */
public record EvictionPolicy(long maxBytes, Duration maxAge, Duration keep) {
    /** An hour: longer than between a publisher's report and somebody's reading what was reported. */
    public static final Duration DEFAULT_KEEP = Duration.ofHours(1);

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if one is negative
     */
    public EvictionPolicy {
        Objects.requireNonNull(keep, "keep");
        if (maxBytes < 0 || keep.isNegative() || maxAge != null && maxAge.isNegative()) {
            throw new IllegalArgumentException("negative: maxBytes " + maxBytes + ", maxAge " + maxAge + ", keep " + keep);
        }
    }

    /**
     * So much may stay, whatever its age, and what was published in the last hour.
     *
     * @param maxBytes how much, the sizes of the files together
     * @return the policy
     * @throws IllegalArgumentException if it is negative
     */
    public static EvictionPolicy bySize(long maxBytes) {
        return new EvictionPolicy(maxBytes, null, DEFAULT_KEEP);
    }

    /**
     * What is older has to go, if it is older than an hour.
     *
     * @param maxAge how old a file may become
     * @return the policy
     * @throws IllegalArgumentException if it is negative
     */
    public static EvictionPolicy byAge(Duration maxAge) {
        return new EvictionPolicy(Long.MAX_VALUE, maxAge, DEFAULT_KEEP);
    }

    /**
     * The same with another {@link #keep}.
     *
     * @param shortest how old a file has to be to go at all
     * @return the policy
     * @throws IllegalArgumentException if it is negative
     */
    public EvictionPolicy keeping(Duration shortest) {
        return new EvictionPolicy(maxBytes, maxAge, shortest);
    }
}
