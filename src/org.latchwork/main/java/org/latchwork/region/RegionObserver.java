package org.latchwork.region;

import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.latchwork.file.SharedFile;
import org.latchwork.linux.Processes;
import org.latchwork.region.abi.Layout;
import org.latchwork.region.abi.lw_cell;
import org.latchwork.region.abi.lw_header;
import org.latchwork.region.abi.lw_object;
import org.latchwork.region.abi.lw_participant;
import org.latchwork.region.abi.lw_wait;

/**
 * Looks at a region without taking part in it: mapped for reading, no slot, no lock. What it sees changes under its eyes, so each word is
 * read once, and no two of them need fit together.
 */
public final class RegionObserver implements AutoCloseable {
    private final Path path;
    private final RegionImage image;

    private RegionObserver(Path path, RegionImage image) {
        this.path = path;
        this.image = image;
    }

    /** Opens a region to look at it. Needs permission to read alone. */
    public static RegionObserver open(Path path) {
        SharedFile file = SharedFile.openReadOnly(path);
        try {
            RegionLayout layout = RegionFile.layout(file);
            int descriptor = file.descriptor(); // asks about locks, and takes none
            return new RegionObserver(path, new RegionImage(path, new RegionMemory(file.map(layout.size())), layout, descriptor, Map.of()));
        } catch (Throwable failure) {
            file.close();
            throw failure;
        }
    }

    /** What a slot says, and what the kernel says of it. */
    public record Slot(int slot, int state, boolean isHeld, int pid, long startTime, boolean samePidNamespace, Instant attached, boolean java,
            int recoverer, List<Wait> waits) {}

    /** A blocked thread. */
    public record Wait(int object, int thread, Instant since) {}

    /** {@return the file} */
    public Path path() {
        return path;
    }

    /** {@return what the region has room for} */
    public RegionLayout layout() {
        return image.layout();
    }

    /** {@return the mapped words} */
    public RegionMemory memory() {
        return image.memory();
    }

    /** {@return when it was made} */
    public Instant created() {
        return instant(image.memory().getLong(lw_header.created$offset()));
    }

    /** {@return the slots that are not free} */
    public List<Slot> slots() {
        List<Slot> slots = new ArrayList<>();
        Participants participants = image.participants();
        long namespace = Participants.OWN_PID_NAMESPACE;
        for (int slot = 0; slot < participants.capacity(); slot++) {
            int state = participants.state(slot);
            if (state != Layout.LW_SLOT_FREE()) {
                long at = image.layout().participant(slot);
                RegionMemory memory = image.memory();
                slots.add(new Slot(slot, state, participants.isHeld(slot), participants.pid(slot), participants.startTime(slot),
                        participants.pidNamespace(slot) == namespace, instant(memory.getLong(at + lw_participant.attached$offset())),
                        memory.get(at + lw_participant.java$offset()) != 0, memory.get(at + lw_participant.recoverer$offset()) - 1,
                        waits(at)));
            }
        }
        return slots;
    }

    private List<Wait> waits(long participant) {
        List<Wait> waits = new ArrayList<>();
        for (int i = 0; i < Layout.LW_WAITS(); i++) {
            long at = participant + lw_participant.waits$offset() + i * lw_wait.sizeof();
            int object = image.memory().getAcquire(at + lw_wait.object$offset()) - 1;
            if (object >= 0 && object < image.layout().objects()) {
                waits.add(new Wait(object, image.memory().get(at + lw_wait.thread$offset()),
                        instant(image.memory().getLong(at + lw_wait.since$offset()))));
            }
        }
        return waits;
    }

    /** {@return the objects} */
    public List<RegionObject> objects() {
        List<RegionObject> objects = new ArrayList<>();
        for (int index = 0; index < image.layout().objects(); index++) {
            if (image.objects().type(index) != 0) {
                objects.add(new RegionObject(image, index));
            }
        }
        return objects;
    }

    /** {@return {@code object.type}} */
    public int type(RegionObject object) {
        return image.objects().type(object.index());
    }

    /** {@return {@code cell.count}: read holds, permits} */
    public int count(RegionObject object, int slot) {
        return image.memory().get(image.layout().cell(slot, object.index()) + lw_cell.count$offset());
    }

    /** {@return since when somebody waits for it, as far as a waiter has noted it} */
    public Instant contended(RegionObject object) {
        return instant(image.memory().getLong(object.entry() + lw_object.contended$offset()));
    }

    private static Instant instant(long nanos) {
        return Instant.ofEpochSecond(nanos / 1_000_000_000L, nanos % 1_000_000_000L);
    }

    /** {@return the state of a process as {@code /proc/PID/stat} has it, such as {@code T} for stopped; {@code ?} if it cannot be told} */
    public static char processState(Slot slot) {
        return slot.samePidNamespace && Processes.startTime(slot.pid) == slot.startTime ? Processes.state(slot.pid) : '?';
    }

    /** Unmaps it. */
    @Override
    public void close() {
        image.memory().close();
    }
}
