package org.latchwork.cli;

/** How a command ends. */
final class ExitStatus {
    /** Done. */
    static final int DONE = 0;
    /** Wrong use, a timeout, or an id that the file does not have. */
    static final int FAILED = 1;
    /** The environment is broken: no file, a bad one, no permission, no suitable Java. */
    static final int BROKEN = 2;

    private ExitStatus() {}
}
