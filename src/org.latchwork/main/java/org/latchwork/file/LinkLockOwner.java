package org.latchwork.file;

import org.latchwork.linux.Posix;
import org.latchwork.linux.Processes;
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
        static final LinkLockOwner PROCESS = new LinkLockOwner(
                Processes.bootId(), Processes.pidNamespace(), ProcessHandle.current().pid(), Processes.ownStartTime());
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
        long now = Processes.startTime(pid);
        return now >= 0 && now != start; // /proc can be mounted so that it shows one's own processes alone
    }

    String inWords() {
        return "process " + pid + " of " + namespace + ", started at tick " + start + " of boot " + boot;
    }

    @Override
    public String toString() {
        return MAGIC + " " + boot + " " + namespace + " " + pid + " " + start + "\n";
    }
}
