package org.latchwork.publish;

/**
 * What an eviction did.
 *
 * @param evicted files that were removed
 * @param evictedBytes their sizes, together
 * @param kept files that are left, of those that might go
 * @param keptBytes their sizes, together
 */
public record StoreEviction(long evicted, long evictedBytes, long kept, long keptBytes) {}
