package org.latchwork.file;

/**
 * What of a published file must have reached the disk when publishing returns. It costs what fsync(2) costs.
 *
 * <p>The order is the point. After a loss of power a name that was linked before its content was synced can stand for an empty file:
 * syncing the directory alone makes that certain, not impossible.
 */
public enum Durability {
    /**
     * Nothing is synced. Other processes see the whole file at once, and a crash of processes harms nothing; after a loss of power the name
     * can be missing, or its content short or empty.
     */
    NONE,
    /** The content is synced before the name exists: after a loss of power the name is missing or shows the whole content. */
    CONTENT,
    /** The content is synced, the file linked, and the directory synced: what was reported is there after a loss of power. */
    DURABLE;

    /** {@return whether the content has to be on disk before the name exists} */
    public boolean syncsContent() {
        return this != NONE;
    }

    /** {@return whether the name has to be on disk as well} */
    public boolean syncsName() {
        return this == DURABLE;
    }
}
