package org.latchwork.publish;

import java.time.Instant;

/**
 * A file in a store, as it was when it was looked at.
 *
 * @param key what it is found by
 * @param size bytes
 * @param published when it was published last: also who publishes what exists renews this
 */
public record StoredFile(StoreKey key, long size, Instant published) {}
