package org.latchwork.cli;

import org.latchwork.checkpoint.Checkpoint;

/** What a command usually does, done once so that the JVM can write down the classes it takes. */
final class Rehearsal {

    private static final String[] INIT = {"init"};
    private static final String[] WAKE = {"wake", "0", "0", "0"};
    private static final String[] WAIT = {"wait", "1", "0"};

    private Rehearsal() {}

    /** Rehearses the command of this name. */
    public static void main(String[] args) {
        for (String[] arguments : new String[][] {INIT, WAKE, WAIT}) {
            if (args[0].equals(TstCheckpoint.NAME)) {
                TstCheckpoint.run(arguments, System.out, System.err);
            } else {
                Latchwork.run(prepend("checkpoint", arguments));
            }
        }
        if (args[0].equals(Latchwork.NAME)) {
            Latchwork.run("--help");
            Latchwork.run("checkpoint", "list", System.getenv(Checkpoint.PATH_VARIABLE));
        }
        StartupCache.tend(); // what one class not in the cache costs is the opening of the jar
    }

    private static String[] prepend(String first, String[] rest) {
        String[] all = new String[rest.length + 1];
        all[0] = first;
        System.arraycopy(rest, 0, all, 1, rest.length);
        return all;
    }
}
