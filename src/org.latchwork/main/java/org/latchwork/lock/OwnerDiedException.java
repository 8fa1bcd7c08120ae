package org.latchwork.lock;

/**
 * The last owner of a lock died while it held it, and what the lock guards may be half-changed. The lock is not held by the thread that gets
 * this. It stays so until somebody takes it by {@code acquire()} and repairs.
 */
public class OwnerDiedException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    OwnerDiedException(String message) {
        super(message);
    }
}
