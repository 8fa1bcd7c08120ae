package org.latchwork.publish;

import org.latchwork.file.PublishOutcome;

/**
 * What became of a content that was put into a store.
 *
 * @param key what it is found by
 * @param outcome whether it is new
 */
public record Published(StoreKey key, PublishOutcome outcome) {}
