/**
 * Futexes: {@link org.latchwork.futex.Futex} is the kernel's operations one by one, {@link org.latchwork.futex.FutexArray} is words in
 * shared memory with atomic access and waiting.
 *
 * <p>A futex is a 32-bit word in memory; waiting and waking go through the kernel, everything else is plain atomic access
 * (futex(2), futex(7)). A word in a shared mapping is the same futex for every process that maps the file, at whatever address.
 */
package org.latchwork.futex;
