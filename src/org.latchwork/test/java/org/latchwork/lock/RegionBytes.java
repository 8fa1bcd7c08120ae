package org.latchwork.lock;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.latchwork.region.abi.lw_cell;
import org.latchwork.region.abi.lw_header;
import org.latchwork.region.abi.lw_object;
import org.latchwork.region.abi.lw_participant;

/** A region's file as bytes, for tests that look at it, or damage it, behind its back. */
record RegionBytes(Path file) {
    int word(long offset) {
        return read(offset, Integer.BYTES).getInt();
    }

    long longWord(long offset) {
        return read(offset, Long.BYTES).getLong();
    }

    void word(long offset, int value) {
        write(offset, ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.nativeOrder()).putInt(value).flip());
    }

    void longWord(long offset, long value) {
        write(offset, ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder()).putLong(value).flip());
    }

    /** {@return the offset of the slot of that process} */
    long participant(long pid) {
        for (int slot = 0; slot < word(lw_header.participants$offset()); slot++) {
            long at = longWord(lw_header.participants_offset$offset()) + slot * lw_participant.sizeof();
            if (word(at + lw_participant.state$offset()) != 0 && word(at + lw_participant.pid$offset()) == pid) {
                return at;
            }
        }
        throw new AssertionError("no participant has pid " + pid);
    }

    long object(String name) {
        for (int index = 0; index < word(lw_header.objects$offset()); index++) {
            long at = object(index);
            byte[] there = read(at + lw_object.name$offset(), 64).array();
            if (word(at + lw_object.type$offset()) != 0 && new String(there).replaceAll("\0.*", "").equals(name)) {
                return at;
            }
        }
        throw new AssertionError("no object " + name);
    }

    long object(int index) {
        return longWord(lw_header.objects_offset$offset()) + index * lw_object.sizeof();
    }

    long cell(int slot, int index) {
        return longWord(lw_header.cells_offset$offset()) + slot * longWord(lw_header.cells_stride$offset()) + index * lw_cell.sizeof();
    }

    void cut(long size) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(size);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private ByteBuffer read(long offset, int length) {
        ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.nativeOrder());
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            channel.read(buffer, offset);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return buffer.flip();
    }

    private void write(long offset, ByteBuffer bytes) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(bytes, offset);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
