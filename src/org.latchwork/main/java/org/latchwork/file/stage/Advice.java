package org.latchwork.file.stage;

import java.nio.file.Path;
import org.latchwork.LinuxException;
import org.latchwork.linux.Errno;
import org.latchwork.linux.abi.Linux;

/** What to do about the errors that staging and publishing meet. Nothing here runs unless a call has failed. */
public final class Advice {
    private Advice() {}

    /**
     * {@return the exception for a failed call, with what to do about it}
     *
     * @param errno the error's number, positive
     * @param call the call as strace(1) would print it
     * @param file the file or folder that it was about
     */
    public static LinuxException failed(int errno, String call, Path file) {
        String advice = advice(errno, call.startsWith("linkat"), file);
        return advice == null ? Errno.failed(errno, call) : Errno.failed(errno, call, Errno.text(errno) + "; " + advice);
    }

    private static String advice(int errno, boolean linking, Path file) {
        return errno == Linux.ENOSPC() ? "the file system is full, or has no room for names"
                : errno == Linux.EDQUOT() ? "the quota of this user, group or project is used up"
                : errno == Linux.EROFS() ? "the file system is mounted read-only"
                : errno == Linux.EXDEV() && linking ? "link(2) does not cross file systems, mounts or project quotas; stage beside " + file
                : errno == Linux.EMLINK() ? "the file has as many names, or the folder as many folders, as the file system allows"
                : errno == Linux.EPERM() && linking ? "there are no hard links here, or this one is forbidden (protected_hardlinks, chattr)"
                : errno == Linux.ENOMEM() ? "the kernel is out of memory; try again"
                : errno == Linux.EIO() ? "the disk or its file system is failing; look at the kernel's log"
                : errno == Linux.ENAMETOOLONG() ? "a name takes at most 255 bytes and a path 4095"
                : errno == Linux.EMFILE() ? "this process has as many open files as it may (ulimit -n)"
                : errno == Linux.ELOOP() || errno == Linux.ENOTDIR()
                        ? "a part of " + file + " is a symbolic link, which is not followed, or no directory"
                : null;
    }
}
