package org.latchwork.file;

import java.nio.file.Path;

/** Somebody gave the name of a file in use to another file: who opens it now meets nobody who has the first one mapped. */
public final class FileReplacedException extends InvalidFileException {
    private static final long serialVersionUID = 1L;

    /**
     * Names the file.
     *
     * @param file the file
     */
    public FileReplacedException(Path file) {
        super(file, "was replaced by another file of this name while it was in use; close it and open it anew");
    }
}
