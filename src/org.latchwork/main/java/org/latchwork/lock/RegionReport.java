package org.latchwork.lock;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/**
 * What a region looked like: who is attached, what there is, who holds it and who waits. Made by {@link SyncRegion#inspect}, which takes part
 * in nothing, so the parts need not be of one moment.
 *
 * @param path the file
 * @param size in bytes
 * @param created when it was made
 * @param participantCapacity how many processes can be attached at a time
 * @param objectCapacity how many objects there can be
 * @param dataSize bytes for the data of guarded segments
 * @param participants who is attached, or was and has not been recovered
 * @param objects what there is
 * @param cycles threads that wait for each other: each one holds what the one before it waits for, and the first what the last waits for
 */
public record RegionReport(Path path, long size, Instant created, int participantCapacity, int objectCapacity, long dataSize,
        List<Participant> participants, List<Entry> objects, List<List<Waiter>> cycles) {

    /** How a participant fares. */
    public enum State {
        /** Its process lives. */
        ALIVE,
        /** Its process lives, and is stopped (SIGSTOP, a debugger): what it holds stays its own. */
        STOPPED,
        /** Its process is dead, and has not been recovered yet: nobody waits, or it has just died. */
        DEAD,
        /** Somebody is undoing what it held. */
        RECOVERING
    }

    /**
     * A process that is attached.
     *
     * @param slot which slot it has
     * @param state how it fares
     * @param pid its id, in its own PID namespace
     * @param foreignNamespace whether that is another one than the caller's
     * @param attached since when
     * @param java whether it is a JVM: then thread ids are those of {@link Thread#threadId()}, else gettid(2)'s
     * @param recoverer the slot of who recovers it, or −1
     */
    public record Participant(int slot, State state, int pid, boolean foreignNamespace, Instant attached, boolean java, int recoverer) {}

    /**
     * A thread that holds an object.
     *
     * @param slot of its process
     * @param pid of its process, 0 if the slot is nobody's
     * @param thread the low 19 bits of its id
     * @param gone whether there is no such thread any more though its process lives: known of C at once, of Java when another thread of
     *     that process waits. Nobody recovers it
     */
    public record Holder(int slot, int pid, int thread, boolean gone) {}

    /**
     * A thread that waits, or is about to.
     *
     * @param slot of its process
     * @param pid of its process
     * @param thread its id
     * @param object what it waits for, by name
     * @param since when it began
     */
    public record Waiter(int slot, int pid, int thread, String object, Instant since) {}

    /**
     * What one process has of an object that counts by process: read holds, permits.
     *
     * @param pid the process
     * @param count how many
     */
    public record Count(int pid, int count) {}

    /**
     * An object.
     *
     * @param index its place
     * @param name by which it is asked for; empty if only who made it knows it
     * @param type such as {@code mutex}
     * @param state in words: {@code free}, {@code held}, {@code owner died}, {@code repairing}, {@code unrecoverable}; or a count
     * @param holder who has it, or {@code null}
     * @param previous who died holding it last, or {@code null}
     * @param contended since when somebody waits, or {@code null}: it has been held at least since then
     * @param waiters who waits; a process tells of 16 of its threads
     * @param counts who has how much of it
     */
    public record Entry(int index, String name, String type, String state, Holder holder, PreviousOwner previous, Instant contended,
            List<Waiter> waiters, List<Count> counts) {}
}
