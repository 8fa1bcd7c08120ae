package org.latchwork.checkpoint;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.latchwork.LinuxException;
import org.latchwork.file.InvalidFileException;
import org.latchwork.file.MappedFile;
import org.latchwork.file.SharedFile;
import org.latchwork.file.StagedFile;
import org.latchwork.linux.Posix;
import org.latchwork.linux.abi.Linux;

/** Making and recognising a checkpoint file. What is refused here is left untouched. */
final class CheckpointFile {
    /** The bytes {@code LTPM} as a word of a little-endian machine. */
    static final int MAGIC = 'L' | 'T' << 8 | 'P' << 16 | 'M' << 24;

    private CheckpointFile() {}

    /** What the first page of a file says of it. */
    private enum Content { EMPTY, ZEROS, MAGIC, OTHER }

    /** Creates the file whole, or attaches to what is there; a blank file becomes a checkpoint file. */
    static MappedFile init(Path path, CheckpointLayout layout, int mode) {
        while (true) {
            SharedFile file = openOrNull(path);
            if (file != null) {
                return attach(file, layout, true);
            }
            create(path, layout, mode);
            // Ours or somebody else's: it is there now, unless it was removed again.
        }
    }

    /** Attaches to a file that somebody has initialised. */
    static MappedFile reinit(Path path, CheckpointLayout layout) {
        SharedFile file = openOrNull(path);
        if (file == null) {
            throw new InvalidFileException(path, "does not exist; make it with 'tst_checkpoint init' or Checkpoint.init");
        }
        return attach(file, layout, false);
    }

    private static SharedFile openOrNull(Path path) {
        try {
            return SharedFile.open(path);
        } catch (LinuxException e) {
            if (e.errno() == Linux.ENOENT()) {
                return null;
            }
            throw e;
        }
    }

    private static void create(Path path, CheckpointLayout layout, int mode) {
        try (StagedFile staged = StagedFile.in(path.toAbsolutePath().getParent(), mode)) {
            try (MappedFile mapped = staged.map(Posix.pageSize())) {
                writeMagic(mapped, layout);
            }
            staged.publish(path);
        }
    }

    /** The content is read, not mapped: a page that somebody cuts off meanwhile is then only a short read. */
    private static MappedFile attach(SharedFile file, CheckpointLayout layout, boolean init) {
        int page = Posix.pageSize();
        try {
            long size = file.size();
            Content content = content(file, page, layout);
            requireAccepted(file, size, page, content, layout, init);
            file.extendTo(page); // LTP's own C code leaves four bytes, and a shell may leave none
            MappedFile mapped = file.map(page);
            if (content != Content.MAGIC) {
                writeMagicAgainstTruncation(mapped, layout);
            }
            return mapped;
        } catch (Throwable failure) {
            file.close();
            throw failure;
        }
    }

    private static Content content(SharedFile file, int page, CheckpointLayout layout) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment head = arena.allocate(page, Integer.BYTES);
            MemorySegment bytes = head.asSlice(0, file.read(head));
            if (bytes.byteSize() == 0) {
                return Content.EMPTY;
            }
            if (layout.hasMagic() && bytes.byteSize() >= Integer.BYTES && bytes.get(ValueLayout.JAVA_INT, 0) == MAGIC) {
                return Content.MAGIC;
            }
            // What was not read is zero, too.
            return head.mismatch(MemorySegment.ofArray(new byte[page])) < 0 ? Content.ZEROS : Content.OTHER;
        }
    }

    /** A file without magic is known by nothing but its size: once it is a page long, any content will do. */
    private static void requireAccepted(
            SharedFile file, long size, int page, Content content, CheckpointLayout layout, boolean init) {
        boolean accepted = switch (content) {
            case MAGIC -> true;
            case EMPTY -> init;
            case ZEROS -> init ? size <= page : !layout.hasMagic() && size >= page;
            case OTHER -> !init && !layout.hasMagic() && size >= page;
        };
        if (!accepted) {
            throw new InvalidFileException(file.path(), problem(size, page, content, layout) + "; " + (init
                    ? "it is not a checkpoint file and was left as it is; remove it or name another"
                    : "initialise it with 'tst_checkpoint init' or Checkpoint.init, or name the layout it has"));
        }
    }

    private static String problem(long size, int page, Content content, CheckpointLayout layout) {
        return switch (content) {
            case EMPTY -> "is empty";
            case ZEROS -> "is all zero where it should begin with \"LTPM\", and " + size + " bytes long";
            default -> layout.hasMagic() ? "has a bad magic: it does not begin with \"LTPM\""
                    : size < page ? "is too short: " + size + " bytes, where " + page + " are needed"
                    : "has content and no magic to tell it by";
        };
    }

    /** What others can open, others can cut. */
    private static void writeMagicAgainstTruncation(MappedFile mapped, CheckpointLayout layout) {
        try {
            writeMagic(mapped, layout);
        } catch (InternalError lostPage) {
            try (mapped) {
                mapped.requireWhole();
                throw lostPage;
            }
        }
    }

    private static void writeMagic(MappedFile mapped, CheckpointLayout layout) {
        if (layout.hasMagic()) {
            mapped.segment().set(ValueLayout.JAVA_INT, 0, MAGIC);
        }
    }
}
