package org.latchwork.publish;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import org.latchwork.file.InvalidFileException;

/**
 * Reads the build id of an ELF file (elf(5)): the description of the note {@code NT_GNU_BUILD_ID} of {@code GNU}, in a segment, or where
 * there are none, as in a kernel module, in a section.
 */
final class ElfBuildId {
    /** As many bytes as perf knows; of a longer one it takes the first. */
    private static final int LONGEST = 20;
    private static final int NT_GNU_BUILD_ID = 3;
    private static final byte[] GNU = "GNU\0".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] MAGIC = {0x7f, 'E', 'L', 'F'};
    private static final int PT_NOTE = 4;
    private static final int SHT_NOTE = 7;
    /** Notes are some hundred bytes; a header that speaks of more is not believed. */
    private static final int LARGEST_NOTES = 1 << 20;

    private final SeekableByteChannel channel;
    private final Path file;

    private ElfBuildId(SeekableByteChannel channel, Path file) {
        this.channel = channel;
        this.file = file;
    }

    /** {@return the build id in hexadecimal digits} */
    static String read(SeekableByteChannel channel, Path file) throws IOException {
        String id = new ElfBuildId(channel, file).read();
        if (id == null) {
            throw new InvalidFileException(file, "has no build id; link it with -Wl,--build-id");
        }
        return id;
    }

    private String read() throws IOException {
        ByteBuffer header = bytes(0, 64);
        if (header.remaining() < 52 || !Arrays.equals(Arrays.copyOf(header.array(), 4), MAGIC)) {
            throw new InvalidFileException(file, "is no ELF file");
        }
        boolean wide = header.get(4) == 2;
        ByteOrder order = header.get(5) == 2 ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        if (wide && header.remaining() < 64) {
            throw new InvalidFileException(file, "is cut off within its ELF header");
        }
        header.order(order);
        // Offsets, entry sizes and counts of the program and the section headers; then where type, offset, size and alignment lie in one.
        Table segments = wide ? new Table(header.getLong(32), header.getShort(54), header.getShort(56), 0, 8, 32, 48, PT_NOTE)
                : new Table(header.getInt(28), header.getShort(42), header.getShort(44), 0, 4, 16, 28, PT_NOTE);
        Table sections = wide ? new Table(header.getLong(40), header.getShort(58), header.getShort(60), 4, 24, 32, 48, SHT_NOTE)
                : new Table(header.getInt(32), header.getShort(46), header.getShort(48), 4, 16, 20, 32, SHT_NOTE);
        String id = inTable(segments, wide, order);
        return id != null ? id : inTable(sections, wide, order);
    }

    private record Table(long offset, short entry, short count, int type, int at, int size, int alignment, int notes) {}

    private String inTable(Table table, boolean wide, ByteOrder order) throws IOException {
        int entrySize = Short.toUnsignedInt(table.entry);
        for (int i = 0; i < Short.toUnsignedInt(table.count); i++) {
            ByteBuffer entry = bytes(table.offset + (long) i * entrySize, entrySize).order(order);
            if (entry.remaining() < table.alignment + (wide ? 8 : 4)) {
                return null; // cut off
            }
            if (entry.getInt(table.type) == table.notes) {
                long at = wide ? entry.getLong(table.at) : Integer.toUnsignedLong(entry.getInt(table.at));
                long size = wide ? entry.getLong(table.size) : Integer.toUnsignedLong(entry.getInt(table.size));
                long alignment = wide ? entry.getLong(table.alignment) : entry.getInt(table.alignment);
                String id = size < 0 || size > LARGEST_NOTES ? null : inNotes(bytes(at, (int) size).order(order), alignment == 8 ? 8 : 4);
                if (id != null) {
                    return id;
                }
            }
        }
        return null;
    }

    /** Each note: sizes of its name and description, type, name, description, both padded. */
    private static String inNotes(ByteBuffer notes, int alignment) {
        while (notes.remaining() >= 12) {
            long nameSize = Integer.toUnsignedLong(notes.getInt());
            long size = Integer.toUnsignedLong(notes.getInt());
            int type = notes.getInt();
            long padded = align(nameSize, alignment);
            if (padded + size > notes.remaining()) {
                return null;
            }
            byte[] name = new byte[(int) nameSize];
            notes.duplicate().get(name);
            notes.position(notes.position() + (int) padded);
            if (type == NT_GNU_BUILD_ID && Arrays.equals(name, GNU) && size > 0) {
                byte[] id = new byte[(int) Math.min(size, LONGEST)];
                notes.get(id);
                return HexFormat.of().formatHex(id);
            }
            notes.position((int) Math.min(notes.limit(), notes.position() + align(size, alignment)));
        }
        return null;
    }

    private static long align(long size, int alignment) {
        return size + alignment - 1 & -alignment;
    }

    /** {@return so many bytes, or fewer at the end of the file} */
    private ByteBuffer bytes(long at, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length);
        if (at >= 0 && at < channel.size()) {
            channel.position(at);
            while (buffer.hasRemaining() && channel.read(buffer) > 0) {
                // until it is full or the file ends
            }
        }
        return buffer.flip();
    }
}
