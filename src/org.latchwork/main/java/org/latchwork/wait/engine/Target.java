package org.latchwork.wait.engine;

/**
 * A word to wait on.
 *
 * @param memory where it lies
 * @param offset from the start of the memory, in bytes
 * @param expected the value at which to block
 */
public record Target(FutexMemory memory, long offset, int expected) {
    long address() {
        return memory.address(offset);
    }

    /** {@return whether there is something to wait for; throws InternalError where the word's page is gone} */
    boolean holds() {
        return memory.get(offset) == expected;
    }
}
