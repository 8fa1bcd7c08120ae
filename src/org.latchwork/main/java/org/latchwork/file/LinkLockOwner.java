package org.latchwork.file;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.latchwork.linux.Posix;
import org.latchwork.linux.abi.Linux;

/**
 * A process, so that no other is taken for it: process ids are used again, and mean something in their namespace alone.
 *
 * @param boot {@code /proc/sys/kernel/random/boot_id}
 * @param namespace what {@code /proc/self/ns/pid} leads to
 * @param pid its id there
 * @param start when it started, in the kernel's ticks since boot ({@code /proc/PID/stat}, field 22)
 */
record LinkLockOwner(String boot, String namespace, long pid, long start) {
    private static final String MAGIC = "link-lock";

    /** {@return this process} */
    static LinkLockOwner self() {
        return Self.PROCESS;
    }

    private static final class Self {
        static final LinkLockOwner PROCESS = read();

        private static LinkLockOwner read() {
            try {
                return new LinkLockOwner(Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip(),
                        Files.readSymbolicLink(Path.of("/proc/self/ns/pid")).toString(), ProcessHandle.current().pid(), startOf("self"));
            } catch (IOException e) {
                throw new UncheckedIOException("a lock file names its owner by what /proc says of it, and that cannot be read", e);
            }
        }
    }

    /** The command's name is in parentheses, with anything in it: what follows is counted from the last one. */
    private static long startOf(String pid) throws IOException {
        String stat = Files.readString(Path.of("/proc", pid, "stat"));
        return Long.parseLong(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[19]);
    }

    /** {@return the owner of that text, or {@code null} if it is no owner's} */
    static LinkLockOwner parse(String text) {
        String[] words = text.strip().split(" ");
        try {
            return words.length == 5 && words[0].equals(MAGIC) && text.endsWith("\n")
                    ? new LinkLockOwner(words[1], words[2], Long.parseLong(words[3]), Long.parseLong(words[4])) : null;
        } catch (NumberFormatException e) {
            return null;
        }
    }

    /** {@return whether no instruction of it can follow}; when in doubt, not. */
    boolean isProvedDead() {
        LinkLockOwner self = self();
        if (!boot.equals(self.boot)) {
            return true;
        }
        if (!namespace.equals(self.namespace)) {
            return false;
        }
        int result = Posix.probe(pid);
        if (result == -Linux.ESRCH()) {
            return true;
        }
        try {
            return startOf(String.valueOf(pid)) != start;
        } catch (IOException hidden) {
            return false; // /proc can be mounted so that it shows one's own processes alone
        }
    }

    String inWords() {
        return "process " + pid + " of " + namespace + ", started at tick " + start + " of boot " + boot;
    }

    @Override
    public String toString() {
        return MAGIC + " " + boot + " " + namespace + " " + pid + " " + start + "\n";
    }
}
