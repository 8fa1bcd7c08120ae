/**
 * Locks that processes share by name in a {@link org.latchwork.lock.SyncRegion}, and that survive the death of their owner.
 */
package org.latchwork.lock;
