package org.latchwork.lock;

/** An owner of a lock died, and the next one let it go without having repaired what it guards: nobody gets it any more. */
public class UnrecoverableLockException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    UnrecoverableLockException(String message) {
        super(message);
    }
}
