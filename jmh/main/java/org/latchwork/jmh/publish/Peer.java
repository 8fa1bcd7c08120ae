package org.latchwork.jmh.publish;

/** Who publishes. All of them leave it to the kernel when what they have written reaches the disk. */
public enum Peer {
    /** {@code PublishStore.publish}: by name, no hash. */
    PUBLISH("Latchwork, by name", "PublishStore.publish, NONE: no hash, the C program's system calls"),
    /** The same system calls in C. */
    C("C, by name", "the same system calls, and nothing else"),
    /** {@code PublishStore.put}: by content. */
    PUT("Latchwork, by content", "PublishStore.put, NONE: SHA-256"),
    /** The mail taken literally. */
    PUT_NAMED("Latchwork, by content, private name", "the same with -Dorg.latchwork.file.stage=named: a private name, link, unlink"),
    /** What one would write without link(2). */
    FLOCK("Java, by content, file lock", "SHA-256; a FileChannel lock around look, write and rename"),
    /** JGit as it comes. */
    JGIT("JGit", "ObjectInserter: SHA-1, zlib"),
    /** JGit without compression. */
    JGIT_STORED("JGit, not compressed", "ObjectInserter: SHA-1, core.compression 0"),
    /** git as it comes. */
    GIT("git", "git hash-object -w --stdin-paths: SHA-1, zlib; its files are written before the clock starts"),
    /** git without compression. */
    GIT_STORED("git, not compressed", "the same with core.looseCompression 0"),
    /** npm's. */
    CACACHE("cacache", "cacache.put of npm, on node: SHA-256"),
    /** A part of every row by content. */
    SHA256("SHA-256 alone", "MessageDigest: what every row by content has in it; no file"),
    /** A part of git's and JGit's rows. */
    SHA1("SHA-1 alone", "MessageDigest: JGit and git have one of their own in their rows; no file"),
    /** A part of git's and JGit's rows for what is new, where they compress. */
    DEFLATE("zlib alone", "Deflater, default level: what git and JGit do to what is new, unless told not to; no file");

    private final String label;
    private final String what;

    Peer(String label, String what) {
        this.label = label;
        this.what = what;
    }

    /** {@return why it does no such work, or {@code null}} */
    String reasonToLeaveOut(Publishing.Work work) {
        return switch (this) {
            case SHA256, SHA1 -> work == Publishing.Work.FIND ? "left out: no file" : null;
            case DEFLATE -> work != Publishing.Work.NEW ? "left out: only what is new is compressed" : null;
            case GIT, GIT_STORED -> work == Publishing.Work.FIND ? "left out: git has no such command that stays" : null;
            default -> null;
        };
    }

    /** {@return its name in a table} */
    public String label() {
        return label;
    }

    /** {@return what it does} */
    public String what() {
        return what;
    }
}
