package org.latchwork.region;

import java.lang.foreign.ValueLayout;
import java.util.BitSet;
import org.latchwork.linux.FileLocks;
import org.latchwork.linux.Processes;
import org.latchwork.region.abi.Layout;
import org.latchwork.region.abi.lw_participant;
import org.latchwork.region.abi.lw_wait;

/**
 * The slots of those who are attached, and the locks that prove that they live.
 *
 * <p>{@code participant.state}, written by whoever has locked the slot's byte:
 * <table>
 * <caption>States</caption>
 * <tr><th>value</th><th>meaning</th><th>set by</th></tr>
 * <tr><td>FREE</td><td>nobody's, and nothing in the region names it</td><td>a recoverer, last of all</td></tr>
 * <tr><td>LIVE</td><td>its participant is attached, if the byte is locked, else dead</td><td>the participant, when the rest of the slot is filled</td></tr>
 * <tr><td>RECOVERING</td><td>its participant is dead or leaving; who recovers it has the byte, or died as well</td><td>a recoverer, first of all</td></tr>
 * </table>
 *
 * <p>The lock is on a file description of its own, never mapped: a mapping would keep the description, and so the lock, alive. A
 * description finds no conflict with its own locks, so a slot of one's own, or one that another thread of this process is
 * recovering, must never be asked about: {@link Region} does all of this under one lock.
 */
final class Participants {
    /** The inode that names this process's PID namespace, which a process keeps for life. */
    static final long OWN_PID_NAMESPACE = ownPidNamespace();

    private final RegionMemory memory;
    private final RegionLayout layout;
    /** The description whose locks are this participant's. */
    private final int lockDescriptor;

    Participants(RegionMemory memory, RegionLayout layout, int lockDescriptor) {
        this.memory = memory;
        this.layout = layout;
        this.lockDescriptor = lockDescriptor;
    }

    int capacity() {
        return layout.participants();
    }

    int state(int slot) {
        return memory.get(layout.participant(slot) + lw_participant.state$offset());
    }

    void state(int slot, int state) {
        memory.set(layout.participant(slot) + lw_participant.state$offset(), state);
    }

    int pid(int slot) {
        return memory.get(layout.participant(slot) + lw_participant.pid$offset());
    }

    long startTime(int slot) {
        return memory.getLong(layout.participant(slot) + lw_participant.start_time$offset());
    }

    long pidNamespace(int slot) {
        return memory.getLong(layout.participant(slot) + lw_participant.pid_namespace$offset());
    }

    void recoverer(int slot, int recovererSlot) {
        memory.set(layout.participant(slot) + lw_participant.recoverer$offset(), recovererSlot + 1);
    }

    /** Writes who this process is into a slot whose byte it has locked, and says last that it lives. */
    void enter(int slot) {
        long at = layout.participant(slot);
        memory.set(at + lw_participant.pid$offset(), (int) ProcessHandle.current().pid());
        memory.setLong(at + lw_participant.start_time$offset(), Processes.ownStartTime());
        memory.setLong(at + lw_participant.pid_namespace$offset(), OWN_PID_NAMESPACE);
        memory.setLong(at + lw_participant.attached$offset(), Clock.now());
        memory.set(at + lw_participant.java$offset(), 1);
        memory.set(at + lw_participant.recoverer$offset(), 0);
        state(slot, Layout.LW_SLOT_LIVE());
    }

    /**
     * {@return the indices of the objects that threads wait for, as far as their processes tell} See {@link WaitRecords}: nothing may depend on it. One
     * copy, as {@link ObjectTable#attached} says.
     */
    BitSet awaited() {
        int[] words = memory.segment().asSlice(layout.participantsOffset(), layout.participants() * lw_participant.sizeof())
                .toArray(ValueLayout.JAVA_INT);
        int size = words(lw_participant.sizeof());
        int state = words(lw_participant.state$offset());
        int live = Layout.LW_SLOT_LIVE();
        BitSet awaited = new BitSet(layout.objects());
        for (int at = 0; at < words.length; at += size) {
            if (words[at + state] == live) {
                for (int i = 0; i < Layout.LW_WAITS(); i++) {
                    int object = words[at + words(lw_participant.waits$offset() + i * lw_wait.sizeof() + lw_wait.object$offset())];
                    if (object > 0 && object <= layout.objects()) {
                        awaited.set(object - 1);
                    }
                }
            }
        }
        return awaited;
    }

    private static int words(long bytes) {
        return (int) bytes / Integer.BYTES;
    }

    private static long ownPidNamespace() {
        String name = Processes.pidNamespace();
        return Long.parseLong(name.substring(name.indexOf('[') + 1, name.indexOf(']')));
    }

    /** {@return whether this participant has locked the slot's byte now} False: somebody lives there, or recovers who did. */
    boolean tryLock(int slot) {
        return tryLockByte(layout.participant(slot));
    }

    void unlock(int slot) {
        FileLocks.unlock(lockDescriptor, layout.participant(slot));
    }

    /** {@return whether somebody else has locked the slot's byte: lives there, or recovers who did} */
    boolean isHeld(int slot) {
        return FileLocks.isLockedElsewhere(lockDescriptor, layout.participant(slot));
    }

    boolean tryLockDirectory() {
        return tryLockByte(0);
    }

    private boolean tryLockByte(long offset) {
        return FileLocks.isMine(FileLocks.tryLock(lockDescriptor, offset), lockDescriptor, offset, 1);
    }

    void unlockDirectory() {
        FileLocks.unlock(lockDescriptor, 0);
    }
}
