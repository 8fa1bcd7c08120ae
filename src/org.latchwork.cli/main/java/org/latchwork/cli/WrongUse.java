package org.latchwork.cli;

/** An argument that the command does not take. The message names the argument, the value and what it takes. */
final class WrongUse extends Exception {
    private static final long serialVersionUID = 1L;

    WrongUse(String message) {
        super(message, null, false, false);
    }
}
