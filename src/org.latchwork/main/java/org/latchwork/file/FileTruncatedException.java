package org.latchwork.file;

import java.nio.file.Path;

/** Somebody cut a mapped file short: words beyond its new end are gone, for every process that maps it. */
public final class FileTruncatedException extends InvalidFileException {
    private static final long serialVersionUID = 1L;

    /**
     * Names the file and the two sizes.
     *
     * @param file the file
     * @param mapped bytes that are mapped
     * @param size bytes that are left
     */
    public FileTruncatedException(Path file, long mapped, long size) {
        super(file, "was truncated to " + size + " bytes while " + mapped
                + " bytes of it are mapped; close it and make the file anew");
    }
}
