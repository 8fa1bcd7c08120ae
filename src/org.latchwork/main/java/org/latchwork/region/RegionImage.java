package org.latchwork.region;

import java.nio.file.Path;
import java.util.BitSet;
import java.util.Map;
import org.latchwork.region.abi.Layout;
import org.latchwork.region.abi.lw_participant;
import org.latchwork.region.abi.lw_wait;

/** A mapping of a region, with its tables. */
public final class RegionImage {
    private final RegionMemory memory;
    private final RegionLayout layout;
    private final Participants participants;
    private final ObjectTable objects;
    private final Map<Integer, ObjectType> types;

    RegionImage(Path path, RegionMemory memory, RegionLayout layout, int lockDescriptor, Map<Integer, ObjectType> types) {
        this.memory = memory;
        this.layout = layout;
        this.participants = new Participants(memory, layout, lockDescriptor);
        this.objects = new ObjectTable(path, memory, layout);
        this.types = types;
    }

    /** {@return the mapped words} */
    public RegionMemory memory() {
        return memory;
    }

    /** {@return where things lie} */
    public RegionLayout layout() {
        return layout;
    }

    Participants participants() {
        return participants;
    }

    ObjectTable objects() {
        return objects;
    }

    /**
     * Undoes all that a participant holds, and frees its slot. The caller has locked the slot's byte, which proves that the participant
     * executes nothing any more, or is that participant itself and has nothing left to execute.
     *
     * <p>It can be begun again by somebody else after any step. Only objects that the participant was attached to are looked at: it had to
     * attach before it touched one, and as long as it is attached the entry is not removed, so nobody makes another object of it meanwhile.
     *
     * <p>What somebody waits for comes first: the others can be a thousand, at a system call each.
     */
    void recover(int slot, int recoverer) {
        participants.recoverer(slot, recoverer);
        participants.state(slot, Layout.LW_SLOT_RECOVERING());
        FaultPoint.pass("recover.begun");
        int[] attached = objects.attached(slot);
        BitSet awaited = attached.length > 1 ? participants.awaited() : new BitSet();
        for (boolean turn : new boolean[] {true, false}) {
            for (int index : attached) {
                if (awaited.get(index) == turn) {
                    recoverObject(index, slot);
                }
            }
        }
        for (int index : attached) {
            if (objects.isAttached(slot, index)) {
                objects.detach(slot, index);
            }
        }
        memory.segment().asSlice(layout.participant(slot) + lw_participant.waits$offset(), Layout.LW_WAITS() * lw_wait.sizeof())
                .fill((byte) 0);
        FaultPoint.pass("recover.cleared");
        participants.state(slot, Layout.LW_SLOT_FREE());
    }

    private void recoverObject(int index, int slot) {
        int id = objects.type(index);
        if (id != 0) {
            ObjectType type = types.get(id);
            if (type == null) {
                // Freeing the slot would lose for good what the participant held: so it stays for somebody who knows better.
                throw objects.damaged(index, "has type " + id + ", which this library does not know");
            }
            type.recovery().recover(new RegionObject(this, index), slot);
            FaultPoint.pass("recover.object");
        }
    }
}
