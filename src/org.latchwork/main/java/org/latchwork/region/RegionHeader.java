package org.latchwork.region;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.UUID;
import org.latchwork.file.InvalidFileException;
import org.latchwork.linux.Processes;
import org.latchwork.region.abi.Layout;
import org.latchwork.region.abi.lw_header;

/** The first page: written once, before the file has a name; judged at every attach. */
final class RegionHeader {
    private RegionHeader() {}

    static void write(MemorySegment header, RegionLayout layout) {
        UUID boot = boot();
        lw_header.magic(header, Layout.LW_MAGIC());
        lw_header.version(header, Layout.LW_VERSION());
        lw_header.layout(header, Layout.LW_LAYOUT());
        lw_header.page_size(header, Layout.LW_PAGE_SIZE());
        lw_header.participants(header, layout.participants());
        lw_header.objects(header, layout.objects());
        lw_header.uid(header, Processes.effectiveUser());
        lw_header.size(header, layout.size());
        lw_header.participants_offset(header, layout.participantsOffset());
        lw_header.objects_offset(header, layout.objectsOffset());
        lw_header.cells_offset(header, layout.cellsOffset());
        lw_header.cells_stride(header, layout.cellsStride());
        lw_header.data_offset(header, layout.dataOffset());
        lw_header.data_size(header, layout.dataSize());
        lw_header.boot_id_high(header, boot.getMostSignificantBits());
        lw_header.boot_id_low(header, boot.getLeastSignificantBits());
        lw_header.created(header, Clock.now());
    }

    private static UUID boot() {
        return UUID.fromString(Processes.bootId());
    }

    /** {@return whether it was made since this machine was booted: no participant of an earlier boot can be alive} */
    static boolean isOfThisBoot(MemorySegment header) {
        UUID boot = boot();
        return lw_header.boot_id_high(header) == boot.getMostSignificantBits()
                && lw_header.boot_id_low(header) == boot.getLeastSignificantBits();
    }

    /**
     * {@return the layout that a header describes}
     *
     * @param header a copy, which nobody can change between the check and the use
     * @param length how much of the page could be read
     * @param fileSize of the whole file
     * @throws InvalidFileException if it is no header, or not one for this library, or says what cannot be
     */
    static RegionLayout read(Path file, MemorySegment header, long length, long fileSize) {
        if (length < lw_header.sizeof()) {
            throw new InvalidFileException(file, "is no region: it has " + fileSize + " bytes, and a region's header alone "
                    + lw_header.sizeof());
        }
        if (lw_header.magic(header) != Layout.LW_MAGIC()) {
            throw new InvalidFileException(file, "is no region: it begins with 0x%016x, a region with 0x%016x"
                    .formatted(lw_header.magic(header), Layout.LW_MAGIC()));
        }
        expect(file, "version", Integer.toUnsignedLong(lw_header.version(header)), Integer.toUnsignedLong(Layout.LW_VERSION()),
                "use the library that made it, or remove the file");
        expect(file, "layout hash", Integer.toUnsignedLong(lw_header.layout(header)), Integer.toUnsignedLong(Layout.LW_LAYOUT()),
                "use the library that made it, or remove the file");
        expect(file, "page size", lw_header.page_size(header), Layout.LW_PAGE_SIZE(), "it was made on another machine");
        RegionLayout layout;
        try {
            layout = new RegionLayout(lw_header.participants(header), lw_header.objects(header), lw_header.data_size(header));
        } catch (IllegalArgumentException e) {
            throw new InvalidFileException(file, "has a damaged header: " + e.getMessage());
        }
        String damaged = "its header is damaged";
        expect(file, "offset of participants", lw_header.participants_offset(header), layout.participantsOffset(), damaged);
        expect(file, "offset of objects", lw_header.objects_offset(header), layout.objectsOffset(), damaged);
        expect(file, "offset of cells", lw_header.cells_offset(header), layout.cellsOffset(), damaged);
        expect(file, "stride of cells", lw_header.cells_stride(header), layout.cellsStride(), damaged);
        expect(file, "offset of data", lw_header.data_offset(header), layout.dataOffset(), damaged);
        expect(file, "size", lw_header.size(header), layout.size(), damaged);
        if (fileSize < layout.size()) {
            throw new InvalidFileException(file, "is too short: " + fileSize + " bytes, where its header says " + layout.size()
                    + "; somebody has cut it off");
        }
        return layout;
    }

    private static void expect(Path file, String what, long is, long expected, String remedy) {
        if (is != expected) {
            throw new InvalidFileException(file, "has " + what + " " + is + " where this library expects " + expected + "; " + remedy);
        }
    }
}
