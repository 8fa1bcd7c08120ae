package org.latchwork.examples;

import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.latchwork.file.Durability;
import org.latchwork.file.MappedFile;
import org.latchwork.file.PublishOutcome;
import org.latchwork.file.StagedFile;

final class StagedFileExample {
    private StagedFileExample() {}

    static PublishOutcome publishAnswer(Path directory) {
        // @start region=publish
        try (StagedFile staged = StagedFile.in(directory, 0600)) {
            try (MappedFile mapped = staged.map(4096)) {
                mapped.segment().set(ValueLayout.JAVA_INT, 0, 42);
            }
            return staged.publish(directory.resolve("answer"), Durability.CONTENT);
        }
        // @end
    }
}
