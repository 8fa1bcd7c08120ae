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
        String advice = advice(errno, file);
        return advice == null ? Errno.failed(errno, call) : Errno.failed(errno, call, Errno.text(errno) + "; " + advice);
    }

    private static String advice(int errno, Path file) {
        return errno == Linux.ENOSPC() ? "the file system is full; nothing was published"
                : errno == Linux.EDQUOT() ? "the quota of this user, group or project is used up; nothing was published"
                : errno == Linux.EROFS() ? "the file system is mounted read-only; nothing was published"
                : errno == Linux.EXDEV() ? "link(2) does not cross file systems, mounts or project quotas; stage in the directory of " + file
                : errno == Linux.EMLINK() ? "the file has as many names as the file system allows; stage its content anew"
                : errno == Linux.EPERM() ? "the file system of " + file + " has no hard links, or forbids them or this file's removal (chattr, protected_hardlinks)"
                : errno == Linux.ENOMEM() ? "the kernel is out of memory; nothing was published, try again"
                : errno == Linux.EIO() ? "the disk or its file system is failing; look at the kernel's log"
                : errno == Linux.ENAMETOOLONG() ? "a name takes at most 255 bytes and a path 4095"
                : errno == Linux.ELOOP() || errno == Linux.ENOTDIR() ? "a part of " + file + " is a symbolic link, which is not followed, or no directory"
                : null;
    }
}
