package org.latchwork.region;

import org.latchwork.region.abi.Layout;
import org.latchwork.region.abi.lw_cell;
import org.latchwork.region.abi.lw_object;
import org.latchwork.region.abi.lw_participant;

/**
 * Where things lie in a region of a certain capacity. The one place that computes it; what a header says is compared with this, never used.
 *
 * @param participants how many can be attached at a time
 * @param objects how many named objects there can be
 * @param dataSize bytes for the data of objects
 */
public record RegionLayout(int participants, int objects, long dataSize) {
    /** Room for so much data: more would not be addressed by the words of one futex array. */
    static final long MAX_SIZE = 4L * Integer.MAX_VALUE;

    /** Checks the capacities. */
    public RegionLayout {
        require("participants", participants, 1, Layout.LW_MAX_PARTICIPANTS());
        require("objects", objects, 1, Layout.LW_MAX_OBJECTS());
        require("data bytes", dataSize, 0, MAX_SIZE);
        require("bytes in all", size(participants, objects, dataSize), 0, MAX_SIZE);
    }

    private static void require(String what, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException("a region has " + least + " to " + most + " " + what + ", not " + value);
        }
    }

    private static long size(int participants, int objects, long dataSize) {
        return alignUp(dataOffset(participants, objects) + dataSize, Layout.LW_PAGE_SIZE());
    }

    private static long objectsOffset(int participants) {
        return Layout.LW_PAGE_SIZE() + participants * lw_participant.sizeof();
    }

    private static long cellsOffset(int participants, int objects) {
        return objectsOffset(participants) + objects * lw_object.sizeof();
    }

    private static long dataOffset(int participants, int objects) {
        return alignUp(cellsOffset(participants, objects) + participants * cellsStride(objects), Layout.LW_PAGE_SIZE());
    }

    private static long cellsStride(int objects) {
        return alignUp(objects * lw_cell.sizeof(), Layout.LW_CACHE_LINE());
    }

    static long alignUp(long value, long alignment) {
        return (value + alignment - 1) / alignment * alignment;
    }

    /** {@return the size of the file in bytes} */
    public long size() {
        return size(participants, objects, dataSize);
    }

    long participantsOffset() {
        return Layout.LW_PAGE_SIZE();
    }

    long objectsOffset() {
        return objectsOffset(participants);
    }

    long cellsOffset() {
        return cellsOffset(participants, objects);
    }

    long cellsStride() {
        return cellsStride(objects);
    }

    long dataOffset() {
        return dataOffset(participants, objects);
    }

    /** {@return the offset of a {@code struct lw_participant}; its first byte is also the one that its participant locks} */
    long participant(int slot) {
        return participantsOffset() + slot * lw_participant.sizeof();
    }

    /** {@return the offset of a {@code struct lw_object}} */
    long object(int index) {
        return objectsOffset() + index * lw_object.sizeof();
    }

    /** {@return the offset of a {@code struct lw_cell}} */
    long cell(int slot, int index) {
        return cellsOffset() + slot * cellsStride() + index * lw_cell.sizeof();
    }
}
