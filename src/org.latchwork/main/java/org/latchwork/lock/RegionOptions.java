package org.latchwork.lock;

import org.latchwork.region.RegionLayout;

/**
 * What a new region has room for, and who may use it. An existing region is as it was made.
 *
 * @param participants how many processes can be attached at a time, 1 to 1022; each one costs 320 bytes and 8 for each object
 * @param objects how many named objects there can be, 1 to 65,535; each one costs 192 bytes
 * @param dataSize bytes for the data of guarded segments
 * @param mode permissions of the file, whatever the umask: 0600, or 0660 to let the group in
 */
public record RegionOptions(int participants, int objects, long dataSize, int mode) {
    /** 64 participants, 1024 objects, 1 MiB of data, mode 0600: some 1.8 MB of the file system. */
    public static final RegionOptions DEFAULT = new RegionOptions(64, 1024, 1 << 20, 0600);

    /** Checks them. */
    public RegionOptions {
        new RegionLayout(participants, objects, dataSize);
        if ((mode & ~0660) != 0 || (mode & 0600) != 0600) {
            throw new IllegalArgumentException("mode 0" + Integer.toOctalString(mode)
                    + ": a region is readable and writable by its owner (0600) and, if you wish, its group (0660)");
        }
    }

    /**
     * {@return the same with room for so many}
     *
     * @param count how many processes
     */
    public RegionOptions participants(int count) {
        return new RegionOptions(count, objects, dataSize, mode);
    }

    /**
     * {@return the same with room for so many}
     *
     * @param count how many objects
     */
    public RegionOptions objects(int count) {
        return new RegionOptions(participants, count, dataSize, mode);
    }

    /**
     * {@return the same with so much data}
     *
     * @param bytes how much
     */
    public RegionOptions dataSize(long bytes) {
        return new RegionOptions(participants, objects, bytes, mode);
    }

    /**
     * {@return the same with these permissions}
     *
     * @param permissions 0600, 0640 or 0660
     */
    public RegionOptions mode(int permissions) {
        return new RegionOptions(participants, objects, dataSize, permissions);
    }

    RegionLayout layout() {
        return new RegionLayout(participants, objects, dataSize);
    }
}
