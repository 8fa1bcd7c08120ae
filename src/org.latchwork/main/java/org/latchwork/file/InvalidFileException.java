package org.latchwork.file;

import java.nio.file.Path;
import java.util.Objects;

/** A file is there but is not what it should be: another type, other content, another size. It was left untouched. */
public class InvalidFileException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The file, as text: a {@code Path} is not serializable. */
    private final String file;

    /**
     * Names the file and what is wrong with it.
     *
     * @param file the file
     * @param problem what is wrong, and what to do about it
     */
    public InvalidFileException(Path file, String problem) {
        super(file + ": " + problem);
        this.file = Objects.requireNonNull(file).toString();
    }

    /** {@return the file} */
    public Path file() {
        return Path.of(file);
    }
}
