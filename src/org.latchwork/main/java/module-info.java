/**
 * Low-level synchronization between processes: futex words in a shared {@code MemorySegment}, and what is built on them.
 * {@link org.latchwork} is the overview.
 */
module org.latchwork {
    requires jdk.jfr;

    exports org.latchwork;
    exports org.latchwork.checkpoint;
    exports org.latchwork.file;
    exports org.latchwork.futex;
    exports org.latchwork.lock;
    exports org.latchwork.publish;
    exports org.latchwork.wait;
}
