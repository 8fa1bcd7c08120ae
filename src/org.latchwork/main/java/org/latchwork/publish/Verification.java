package org.latchwork.publish;

/** What reading a stored file anew says of it. */
public enum Verification {
    /** It is a regular file and can be read to its end; a content has the SHA-256 that is its key. */
    VALID,
    /** Its content has another SHA-256 than its key says, or it is no regular file. */
    CORRUPT,
    /** There is no such file. */
    MISSING
}
