package org.latchwork.lock;

/**
 * Who held a lock when it died: information, for messages.
 *
 * @param pid the process, in its own PID namespace
 * @param thread the low 19 bits of the thread's id: of {@link Thread#threadId()} if it was Java's, of gettid(2) if it was C's
 */
public record PreviousOwner(int pid, int thread) {}
