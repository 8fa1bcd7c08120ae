package org.latchwork.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/**
 * The file from which the JVM takes this command's classes ready-made: an AOT cache, on older JDKs a class-data archive. It fits one JDK
 * build and one state of the jars, so it is made on the user's machine. The launcher names it by both, and says by a system property what
 * there is to do:
 *
 * <ul>
 * <li>{@link #USED}: the JVM was told to use this file;</li>
 * <li>{@link #WANTED}: it is not there, or older than the jars, and {@link #FLAGS} are the JVM's options for the day when it is.</li>
 * </ul>
 *
 * <p>All this happens after the command's work, and nothing here ever fails a command: without a cache it is only slower.
 */
final class StartupCache {
    static final String USED = "latchwork.cache.used";
    static final String WANTED = "latchwork.cache.wanted";
    static final String FLAGS = "latchwork.cache.flags";

    /** A refused cache younger than this stays: should each new one be refused as well, they are not made without end. */
    private static final long YOUNG_MILLIS = 60_000;

    private StartupCache() {}

    /** Removes a cache that the JVM has refused; begins to make one that is wanted. */
    static void tend() {
        String used = System.getProperty(USED);
        if (used != null) {
            // A JVM that refuses the file it is given shares no classes at all, and says so where it says "mixed mode, sharing".
            if (!System.getProperty("java.vm.info", "").contains("sharing")) {
                discard(Path.of(used));
            }
            return;
        }
        String wanted = System.getProperty(WANTED);
        if (wanted != null) {
            make(Path.of(wanted));
        }
    }

    private static void discard(Path refused) {
        try {
            if (System.currentTimeMillis() - Files.getLastModifiedTime(refused).toMillis() > YOUNG_MILLIS) {
                Files.delete(refused);
            }
        } catch (IOException somebodyElseDid) {
            // Then the next run makes it anew all the same.
        }
    }

    private static void make(Path wanted) {
        try {
            Files.createDirectories(wanted.getParent(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            // Many first runs at once: the first to come has a maker at work by now. The maker takes the lock again, so this only saves
            // processes.
            try (CacheLock lock = CacheLock.tryAcquire(wanted)) {
                if (lock == null) {
                    return;
                }
            }
            // It gives way to the commands that come next, but not so far that it never ends on a busy machine.
            List<String> command = new ArrayList<>(List.of("nice", "-n", "5"));
            command.addAll(CacheMaker.jvm());
            command.addAll(List.of(CacheMaker.class.getName(), wanted.toString()));
            // Started from here and not by the launcher, because Java closes every descriptor that the caller of the command left open:
            // a shell would hand the maker a pipe's end or a lock, and somebody would wait for it to end.
            new ProcessBuilder(command)
                    .directory(wanted.getParent().toFile())
                    .redirectInput(ProcessBuilder.Redirect.from(CacheMaker.NULL))
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException | RuntimeException noCache) {
            // A folder that cannot be written, say. The command has done its work.
        }
    }
}
