package org.latchwork.region;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.TreeMap;
import org.latchwork.file.InvalidFileException;
import org.latchwork.region.abi.Layout;
import org.latchwork.region.abi.lw_cell;
import org.latchwork.region.abi.lw_object;

/**
 * The named objects: a hash table by name, open addressing, linear probing.
 *
 * <p>An entry is written under the directory's lock. {@code type} is written last when it is made and cleared first when it is removed, so
 * whoever dies in between leaves a free entry. {@code generation} is 0 only in an entry that has never been used: there a search ends.
 * The pieces of data that are in use are those of entries that have a type, so nothing has to be freed.
 *
 * <p>Whoever can write the file can write anything here. So what says where something lies is read once, and checked before it is used.
 */
final class ObjectTable {
    private final Path path;
    private final RegionMemory memory;
    private final RegionLayout layout;

    ObjectTable(Path path, RegionMemory memory, RegionLayout layout) {
        this.path = path;
        this.memory = memory;
        this.layout = layout;
    }

    /** {@return {@code object.type}; 0 for a free entry} */
    int type(int index) {
        return memory.getAcquire(layout.object(index) + lw_object.type$offset());
    }

    String name(int index) {
        byte[] name = nameBytes(index);
        int length = 0;
        while (length < name.length && name[length] != 0) {
            length++;
        }
        return new String(name, 0, length, StandardCharsets.UTF_8);
    }

    private byte[] nameBytes(int index) {
        return memory.segment().asSlice(layout.object(index) + lw_object.name$offset(), Layout.LW_NAME_SIZE())
                .toArray(ValueLayout.JAVA_BYTE);
    }

    /** {@return the index of the object of that name, or −1} Call it with the directory locked. */
    int find(String name) {
        byte[] wanted = padded(name);
        int index = start(wanted);
        for (int i = 0; i < layout.objects() && generation(index) != 0; i++) {
            if (type(index) != 0 && Arrays.equals(nameBytes(index), wanted)) {
                return index;
            }
            index = next(index);
        }
        return -1;
    }

    /**
     * Makes an object. Call it with the directory locked, after {@link #find} found none of that name.
     *
     * @param name its name; empty for an object that nobody looks for
     * @param related the index of the object that it belongs to, or −1
     * @return its index
     */
    int create(String name, int type, int initial, long dataSize, int related, MemorySegment line) {
        byte[] padded = padded(name);
        int index = start(padded);
        for (int i = 0; type(index) != 0; i++) {
            if (i == layout.objects()) {
                throw new IllegalStateException("the region has room for " + layout.objects()
                        + " objects, and all are in use; remove some, or make a region with more");
            }
            index = next(index);
        }
        long at = layout.object(index);
        long data = allocate(name, dataSize);
        memory.set(at + lw_object.generation$offset(), generation(index) + 1);
        MemorySegment entry = memory.segment().asSlice(at, lw_object.sizeof());
        long kept = lw_object.initial$offset();
        entry.asSlice(kept).fill((byte) 0); // all but type and generation
        lw_object.initial(entry, initial);
        lw_object.data_offset(entry, data);
        lw_object.data_size(entry, dataSize);
        lw_object.related(entry, related + 1);
        MemorySegment.copy(MemorySegment.ofArray(padded), 0, entry, lw_object.name$offset(), padded.length);
        entry.asSlice(lw_object.line$offset()).copyFrom(line);
        memory.segment().asSlice(data, dataSize).fill((byte) 0);
        for (int slot = 0; slot < layout.participants(); slot++) {
            memory.setLong(layout.cell(slot, index), 0); // nobody is attached, but the type of an earlier object may have left something
        }
        FaultPoint.pass("create.filled");
        memory.setRelease(at + lw_object.type$offset(), type);
        return index;
    }

    /** Frees an entry. Call it with the directory locked, when no participant uses the object. */
    void remove(int index) {
        memory.set(layout.object(index) + lw_object.type$offset(), 0);
    }

    /** {@return the offset of a free piece of data: first fit, from what no object owns} */
    private long allocate(String name, long size) {
        long free = layout.dataOffset();
        if (size == 0) {
            return free;
        }
        TreeMap<Long, Long> used = new TreeMap<>();
        for (int index = 0; index < layout.objects(); index++) {
            if (type(index) != 0) {
                Data data = data(index);
                if (data.size > 0) {
                    used.merge(data.offset, data.size, Math::max);
                }
            }
        }
        for (var piece : used.entrySet()) {
            if (piece.getKey() - free >= size) {
                break;
            }
            free = Math.max(free, RegionLayout.alignUp(piece.getKey() + piece.getValue(), Layout.LW_CACHE_LINE()));
        }
        if (size > layout.dataOffset() + layout.dataSize() - free) {
            throw new IllegalStateException("no piece of " + size + " bytes is left for \"" + name + "\" in the region's "
                    + layout.dataSize() + " bytes of data; make a region with more");
        }
        return free;
    }

    /** A piece of the region's data. */
    record Data(long offset, long size) {}

    /** {@return the data that an object owns, within the region's data whatever its entry says} */
    Data data(int index) {
        long offset = memory.getLong(layout.object(index) + lw_object.data_offset$offset());
        long size = memory.getLong(layout.object(index) + lw_object.data_size$offset());
        long begin = layout.dataOffset();
        if (size < 0 || size > layout.dataSize() || offset % Layout.LW_CACHE_LINE() != 0 || offset < begin
                || offset > begin + layout.dataSize() - size) {
            throw damaged(index, "has " + size + " bytes of data at " + offset + ", where the region has " + layout.dataSize() + " at " + begin);
        }
        return new Data(offset, size);
    }

    /** {@return the index of the object that this one belongs to, or −1} */
    int related(int index) {
        int related = memory.get(layout.object(index) + lw_object.related$offset());
        if (related < 0 || related > layout.objects()) {
            throw damaged(index, "belongs to object " + related + " of " + layout.objects());
        }
        return related - 1;
    }

    /** {@return the exception for an entry that cannot be} */
    InvalidFileException damaged(int index, String problem) {
        return new InvalidFileException(path, "is damaged: object " + index + " (\"" + name(index) + "\") " + problem);
    }

    /** {@return whether a participant uses the object} */
    boolean isAttached(int slot, int index) {
        return (memory.get(attachedOffset(slot, index)) & Layout.LW_ATTACHED()) != 0;
    }

    /**
     * {@return the indices of the objects that a participant uses} One copy of all its cells, and nothing called in the loop: who recovers does so for the
     * first time, as a rule, in the interpreter, where a look at a cell through a handle takes 1 µs or more, a call 20 ns, and an element of an array 20 ns
     * (measured).
     */
    int[] attached(int slot) {
        int[] cells = memory.segment().asSlice(layout.cell(slot, 0), layout.objects() * lw_cell.sizeof()).toArray(ValueLayout.JAVA_INT);
        int words = (int) lw_cell.sizeof() / Integer.BYTES;
        int bit = Layout.LW_ATTACHED();
        int[] attached = new int[layout.objects()];
        int count = 0;
        for (int at = (int) lw_cell.attached$offset() / Integer.BYTES; at < cells.length; at += words) {
            if ((cells[at] & bit) != 0) {
                attached[count++] = at / words;
            }
        }
        return Arrays.copyOf(attached, count);
    }

    void attach(int slot, int index) {
        memory.get(attachedOffset(slot, index));
        memory.getAndSetBits(attachedOffset(slot, index), Layout.LW_ATTACHED());
    }

    /** The participant does not use the object any more, and has nothing in it; the bits of the cell that are the type's stay. */
    void detach(int slot, int index) {
        memory.set(layout.cell(slot, index) + lw_cell.count$offset(), 0);
        memory.getAndClearBits(attachedOffset(slot, index), Layout.LW_ATTACHED()); // others may change the type's bits meanwhile
    }

    /** The type's bits of a participant's cell, beside the one that says that it uses the object. */
    void cellBits(int slot, int index, int bits) {
        long at = attachedOffset(slot, index);
        int seen;
        do {
            seen = memory.get(at);
        } while (!memory.compareAndSet(at, seen, seen & Layout.LW_ATTACHED() | bits));
    }

    int cellBits(int slot, int index) {
        return memory.get(attachedOffset(slot, index)) & ~Layout.LW_ATTACHED();
    }

    private long attachedOffset(int slot, int index) {
        return layout.cell(slot, index) + lw_cell.attached$offset();
    }

    private int generation(int index) {
        return memory.get(layout.object(index) + lw_object.generation$offset());
    }

    private int next(int index) {
        return index + 1 == layout.objects() ? 0 : index + 1;
    }

    /** FNV-1a over the bytes of the name without its padding: C looks in the same place. */
    private int start(byte[] padded) {
        int hash = 0x811c9dc5;
        for (int i = 0; i < padded.length && padded[i] != 0; i++) {
            hash = (hash ^ (padded[i] & 0xff)) * 0x01000193;
        }
        return Integer.remainderUnsigned(hash, layout.objects());
    }

    /** {@return the name as it stands in an entry} */
    private static byte[] padded(String name) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        if (bytes.length >= Layout.LW_NAME_SIZE()) {
            throw new IllegalArgumentException("the name \"" + name + "\" has " + bytes.length + " bytes in UTF-8; a name has up to "
                    + (Layout.LW_NAME_SIZE() - 1));
        }
        if (name.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("a name has no NUL in it: \"" + name.replace('\0', '?') + "\"");
        }
        return Arrays.copyOf(bytes, Layout.LW_NAME_SIZE());
    }
}
