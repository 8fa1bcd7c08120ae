package org.latchwork.publish;

import java.nio.file.Path;
import java.util.List;

/**
 * What looking through a store found.
 *
 * @param files how many files were read
 * @param bytes their sizes, together
 * @param problems whatever should not be there; empty if all is well
 */
public record StoreCheck(long files, long bytes, List<Problem> problems) {
    /**
     * Something that should not be there. It was left as it is.
     *
     * @param path where it lies
     * @param what what is wrong with it
     */
    public record Problem(Path path, String what) {}
}
