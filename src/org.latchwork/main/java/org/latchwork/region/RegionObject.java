package org.latchwork.region;

import java.lang.foreign.MemorySegment;
import org.latchwork.region.abi.Layout;
import org.latchwork.region.abi.lw_cell;
import org.latchwork.region.abi.lw_object;

/**
 * A named object in a region: where its words are.
 *
 * @param image the mapping through which it is seen
 * @param index which entry of the region's objects
 */
public record RegionObject(RegionImage image, int index) {
    /** {@return its name; empty for an object without one} */
    public String name() {
        return image.objects().name(index);
    }

    /** {@return the offset of its entry} */
    public long entry() {
        return image.layout().object(index);
    }

    /** {@return the offset of its hot cache line, where its words begin} */
    public long line() {
        return entry() + lw_object.line$offset();
    }

    /** {@return the offset of a participant's {@code cell.count}} */
    public long count(int slot) {
        return image.layout().cell(slot, index) + lw_cell.count$offset();
    }

    /** {@return {@code initial}: permits, count or parties, as it was created} */
    public int initial() {
        return image.memory().get(entry() + lw_object.initial$offset());
    }

    /** {@return the offset of the data that it owns} Within the region's data, or it throws like {@link #data()}. */
    public long dataOffset() {
        return image.objects().data(index).offset();
    }

    /** {@return how many bytes of data it owns} */
    public long dataSize() {
        return image.objects().data(index).size();
    }

    /**
     * {@return the data that it owns; it dies with the mapping}
     *
     * @throws org.latchwork.file.InvalidFileException if its entry says what cannot be
     */
    public MemorySegment data() {
        ObjectTable.Data data = image.objects().data(index);
        return image.memory().segment().asSlice(data.offset(), data.size());
    }

    /**
     * {@return the object that it belongs to, or {@code null}}
     *
     * @throws org.latchwork.file.InvalidFileException if its entry says what cannot be
     */
    public RegionObject related() {
        int related = image.objects().related(index);
        return related < 0 ? null : new RegionObject(image, related);
    }

    /** {@return whether a participant uses it} */
    public boolean isAttached(int slot) {
        return image.objects().isAttached(slot, index);
    }

    /** Frees its entry, when nobody can use it any more. */
    public void remove() {
        image.objects().remove(index);
    }

    /** Notes that an owner died, for whoever asks. */
    public void noteDeadOwner(int slot, int thread) {
        RegionMemory memory = image.memory();
        long entry = entry();
        memory.set(entry + lw_object.dead_pid$offset(), image.participants().pid(slot));
        memory.set(entry + lw_object.dead_thread$offset(), thread);
        memory.set(entry + lw_object.dead_slot$offset(), slot + 1);
        memory.setLong(entry + lw_object.dead_at$offset(), Clock.now());
    }

    /** {@return the pid of the last owner that died, or 0} */
    public int deadPid() {
        return image.memory().get(entry() + lw_object.dead_pid$offset());
    }

    /** {@return the thread of the last owner that died, as its lock word named it} */
    public int deadThread() {
        return image.memory().get(entry() + lw_object.dead_thread$offset());
    }

    /** Notes that a thread has ended that owns this object, or, for 0, that none has. */
    public void noteGoneOwner(int slot, int thread) {
        image.objects().cellBits(slot, index, thread == 0 ? 0 : Layout.LW_OWNER_GONE() | thread & Layout.LW_THREAD_MASK());
    }

    /** {@return whether it has been noted that this thread owns the object and has ended} */
    public boolean isOwnerGone(int slot, int thread) {
        return image.objects().cellBits(slot, index) == (Layout.LW_OWNER_GONE() | thread & Layout.LW_THREAD_MASK());
    }

    /** Notes since when somebody waits, for whoever looks. */
    public void noteContention() {
        image.memory().setLong(entry() + lw_object.contended$offset(), Clock.now());
    }
}
