package org.latchwork.publish;

/**
 * What a sweep did.
 *
 * @param removed private folders of dead writers that were removed
 * @param live private folders that were left, since their writer lives or they are another user's
 * @param restored files that a dead evictor had taken aside, and that were brought back
 */
public record StoreSweep(int removed, int live, int restored) {}
