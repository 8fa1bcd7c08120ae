package org.latchwork.file.stage;

import org.latchwork.linux.Posix;
import org.latchwork.linux.abi.Linux;

/**
 * Opens names beneath a directory with no way out of it: no {@code ..}, no absolute path, no symbolic link on the way or at its end.
 *
 * <p>openat2(2) does it in one call. Where the kernel is older than 5.6 (ENOSYS) or a seccomp filter does not know it (EPERM), the path is
 * walked by component; each is then opened relative to the one before, so that nothing can be swapped in between.
 */
final class Beneath {
    /** Once ENOSYS has been seen. EPERM is no such proof, since a file itself can be the reason. */
    private static volatile boolean missing;

    private Beneath() {}

    /** {@return the descriptor, or {@code -errno}} */
    static int open(int directory, String path, int flags, int mode) {
        if (!missing) {
            int result = Posix.openBeneath(directory, path, flags, mode);
            if (result != -Linux.ENOSYS() && result != -Linux.EPERM()) {
                return result;
            }
            missing |= result == -Linux.ENOSYS();
        }
        return walk(directory, path, flags, mode);
    }

    /** The same, by component. */
    static int walk(int directory, String path, int flags, int mode) {
        if (path.startsWith("/")) {
            return -Linux.EXDEV(); // openat2's answer
        }
        String[] components = path.split("/", -1);
        int at = directory;
        for (int i = 0; i < components.length; i++) {
            boolean last = i == components.length - 1;
            // ".." is the only component that leads up; openat2 would let it go up as far as the directory, and nobody here needs that.
            int next = components[i].equals("..") ? -Linux.EXDEV()
                    : last ? Posix.open(at, components[i], flags | Linux.O_NOFOLLOW(), mode)
                    : Posix.open(at, components[i], Linux.O_PATH() | Linux.O_DIRECTORY() | Linux.O_NOFOLLOW() | Linux.O_CLOEXEC(), 0);
            if (at != directory) {
                Posix.close(at);
            }
            if (next < 0) {
                return next;
            }
            at = next;
        }
        return at;
    }
}
