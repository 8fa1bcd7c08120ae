package org.latchwork.file;

/** How publishing under a name ended. Whichever it is, the name stands for one whole file that did not change on the way. */
public enum PublishOutcome {
    /** The name is new, and the file is the one that was staged. */
    CREATED,
    /** The name was taken by a file with the same content: somebody else was first with the same thing, or it was published before. */
    EXISTED,
    /** The name was taken by something else: a file with other content, a directory, a symbolic link. It was left as it is. */
    COLLISION
}
