package org.latchwork.jmh.publish;

import java.io.IOException;
import java.util.Locale;

/** One process at work: batches of files that are new, that are there, or that are looked for. */
public interface Publishing extends AutoCloseable {
    /** What is done with each file of a batch. */
    enum Work {
        /** It is not there. */
        NEW,
        /** It is there, and is published once more. */
        AGAIN,
        /** It is there, and is looked for. */
        FIND;

        /** {@return the word on the line that asks for it} */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** What has to be done before the clock starts. */
    void prepare(Work work, int batch) throws IOException;

    /** Starts the batch. */
    void begin(Work work, int batch) throws IOException;

    /** Returns when the batch is done. */
    void await() throws IOException;

    @Override
    void close();
}
