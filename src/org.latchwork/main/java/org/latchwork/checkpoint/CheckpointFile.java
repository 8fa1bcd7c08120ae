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

    private static MappedFile attach(SharedFile file, CheckpointLayout layout, boolean init) {
        int page = Posix.pageSize();
        MappedFile mapped = null;
        try {
            long size = file.size();
            if (size < page) {
                // LTP's own C code leaves four bytes, and a shell may leave none. Look before the file is changed.
                try (Arena arena = Arena.ofConfined()) {
                    MemorySegment head = arena.allocate(page, Integer.BYTES);
                    requireAccepted(file, content(head.asSlice(0, file.read(head)), layout), layout, init);
                }
                file.extendTo(page);
            }
            mapped = file.map(page);
            Content content = content(mapped.segment(), layout);
            requireAccepted(file, size > page && content == Content.ZEROS ? Content.OTHER : content, layout, init);
            if (content == Content.ZEROS) {
                writeMagic(mapped, layout);
            }
            return mapped;
        } catch (Throwable failure) {
            if (mapped != null) {
                mapped.close();
            }
            file.close();
            throw failure;
        }
    }

    private static Content content(MemorySegment bytes, CheckpointLayout layout) {
        if (bytes.byteSize() == 0) {
            return Content.EMPTY;
        }
        if (layout.hasMagic() && bytes.byteSize() >= Integer.BYTES && bytes.get(ValueLayout.JAVA_INT, 0) == MAGIC) {
            return Content.MAGIC;
        }
        for (long i = 0; i < bytes.byteSize(); i++) {
            if (bytes.get(ValueLayout.JAVA_BYTE, i) != 0) {
                return Content.OTHER;
            }
        }
        return Content.ZEROS;
    }

    /** A file without magic is known by nothing but its size, so that any content will do, once it has been initialised. */
    private static void requireAccepted(SharedFile file, Content content, CheckpointLayout layout, boolean init) {
        boolean accepted = switch (content) {
            case MAGIC -> true;
            case EMPTY -> init;
            case ZEROS -> init || !layout.hasMagic();
            case OTHER -> !init && !layout.hasMagic();
        };
        if (!accepted) {
            throw new InvalidFileException(file.path(), refusal(content, layout, init));
        }
    }

    private static String refusal(Content content, CheckpointLayout layout, boolean init) {
        String problem = switch (content) {
            case EMPTY -> "is empty";
            case ZEROS -> "has no magic: it is all zero";
            default -> layout.hasMagic() ? "has a bad magic: it does not begin with \"LTPM\"" : "has content and no magic to tell it by";
        };
        return problem + "; " + (init
                ? "it is not a checkpoint file and was left as it is; remove it or name another"
                : "initialise it with 'tst_checkpoint init' or Checkpoint.init, or name the layout it has");
    }

    private static void writeMagic(MappedFile mapped, CheckpointLayout layout) {
        if (layout.hasMagic()) {
            mapped.segment().set(ValueLayout.JAVA_INT, 0, MAGIC);
        }
    }
}
