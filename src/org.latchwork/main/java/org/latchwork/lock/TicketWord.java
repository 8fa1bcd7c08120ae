package org.latchwork.lock;

import org.latchwork.region.FaultPoint;
import org.latchwork.region.Region;
import org.latchwork.region.RegionMemory;
import org.latchwork.region.RegionObject;
import org.latchwork.region.abi.Layout;
import org.latchwork.region.abi.lw_ticket_lock;
import org.latchwork.wait.Deadline;
import org.latchwork.wait.WaitPolicy;

/**
 * The state machine of {@link TicketLock}: a lock word, which decides who has the lock, and before it a queue, which decides who may take it
 * next. Whoever has taken the word leaves the queue. So the queue holds nothing that has to be recovered but places, and a fault in its order
 * would cost fairness, never exclusion.
 *
 * <p>The queue is a ring of {@code LW_TICKETS} entries; the one with the index i is the place of the tickets {@code lap * LW_TICKETS + i}. There
 * is no word for its front and none for its end, which somebody could leave behind when it dies. Both follow from the entries:
 *
 * <table>
 * <caption>States of an entry, each one word; every change goes down one row, from the last to the first with the next lap</caption>
 * <tr><th>state</th><th>who</th><th>set by</th></tr>
 * <tr><td>VACANT, lap</td><td>0</td><td>the one who stood there and has taken the lock; whoever stands behind an ABANDONED one at the front, or finds the
 *     ring full</td></tr>
 * <tr><td>TAKEN, lap</td><td>slot + 1</td><td>a newcomer, by compare-and-exchange, if the ticket before it has been given out</td></tr>
 * <tr><td>ABANDONED, lap</td><td>all ones</td><td>the one who stood there and has given up; the recoverer of its slot</td></tr>
 * </table>
 *
 * <ul>
 * <li>A ticket is <i>passed</i> when its entry is in a later lap. An entry becomes so only when the ticket before it is.
 * <li>It is <i>given out</i> when it is passed or its entry is not VACANT.
 * <li>The front of the queue is the one ticket that is not passed although the one before it is.
 * <li>The end is the one VACANT entry whose ticket before it is given out. Both facts about the one before are never undone, so they need not be
 *     read together with the entry.
 * </ul>
 *
 * <p>WAITERS in the lock word says that there may be a queue, and keeps the fast path off. Everybody who stands in the queue sets it where it
 * is missing; who takes the lock and sees nobody behind clears it. Between a newcomer's TAKEN and its setting of WAITERS others come in before it: they came at
 * the same time. A WAITERS that is left over by the dead costs the next one the way through the queue, and is cleared by it.
 *
 * <p>Laps have 22 bits. One who stops between its look at an entry and its compare-and-exchange, for exactly a multiple of 63 million
 * tickets, can take a place that is not the end; then a VACANT one is in front of it, and is passed like an ABANDONED one.
 */
final class TicketWord extends LockWord {
    private static final int TICKETS = Layout.LW_TICKETS();
    private static final int ABANDONED = Layout.LW_TICKET_ABANDONED();
    private static final int LAP = 1 << Layout.LW_LAP_SHIFT();

    private final RegionMemory memory;
    private final long ring;

    TicketWord(Region region, RegionObject object) {
        super(region, object, object.line(), WaitPolicy.spin());
        this.memory = region.memory();
        this.ring = object.line() + lw_ticket_lock.ring$offset();
    }

    @Override
    Result acquire(int mine, Deadline deadline, boolean interruptible, boolean repairs, boolean hasSlept) {
        try (Backoff backoff = backoff(deadline, interruptible)) {
            int place = queueUp();
            while (place < 0) {
                Result ended = backoff.pause();
                if (ended != null) {
                    return ended;
                }
                place = queueUp();
            }
            FaultPoint.pass("ticket.queued");
            int ticket = entry(place); // nobody changes it while this process lives
            Result result = null;
            try {
                result = awaitTurn(place, lap(ticket), mine, repairs, backoff);
                return result;
            } finally {
                if (result != Result.CLOSED) { // else the place goes with all that this participant has
                    boolean passed = result == Result.ACQUIRED || result == Result.ACQUIRED_INCONSISTENT;
                    memory.set(offset(place), passed ? nextLap(ticket) : ticket | ABANDONED);
                    FaultPoint.pass("ticket.left");
                }
            }
        }
    }

    /** {@return the index of the caller's entry at the end of the queue; −1 if the ring is full} */
    private int queueUp() {
        do {
            for (int i = 0; i < TICKETS; i++) {
                int seen = entry(i);
                if (who(seen) == 0 && isGivenOutBefore(i, lap(seen)) && memory.compareAndSet(offset(i), seen, seen | slotBits())) {
                    return i;
                }
            }
        } while (passAbandoned(false));
        return -1;
    }

    private Result awaitTurn(int place, int lap, int mine, boolean repairs, Backoff backoff) {
        while (true) {
            int seen = get();
            if (seen == Layout.LW_UNRECOVERABLE()) {
                return Result.UNRECOVERABLE;
            }
            if (isPassedBefore(place, lap)) {
                if (isFree(seen)) {
                    if (isInconsistent(seen) && !repairs) {
                        return Result.OWNER_DIED;
                    }
                    int next = seen & ~Layout.LW_WAITERS() | mine | (isLast(place) ? 0 : Layout.LW_WAITERS());
                    if (compareAndSet(seen, next)) {
                        FaultPoint.pass("ticket.taken");
                        return isInconsistent(seen) ? Result.ACQUIRED_INCONSISTENT : Result.ACQUIRED;
                    }
                    continue;
                }
            } else if (!isTaken(entry(before(place))) && passAbandoned(true)) {
                continue;
            }
            if ((seen & Layout.LW_WAITERS()) == 0) {
                compareAndSet(seen, seen | Layout.LW_WAITERS());
                continue;
            }
            Result ended = backoff.pause();
            if (ended != null) {
                return ended;
            }
        }
    }

    /**
     * Moves the front past those who have gone.
     *
     * @param queued whether the caller stands in the queue: then nobody can be going to take a VACANT place at its front
     * @return whether there was one
     */
    private boolean passAbandoned(boolean queued) {
        boolean passed = false;
        for (int i = 0; i < TICKETS; i++) {
            int seen = entry(i);
            if ((who(seen) == ABANDONED || queued && who(seen) == 0) && isPassedBefore(i, lap(seen))) {
                passed |= memory.compareAndSet(offset(i), seen, nextLap(seen));
                FaultPoint.pass("ticket.passed");
            }
        }
        return passed;
    }

    /** Nobody has to be woken. */
    @Override
    void release() {
        int seen;
        do {
            seen = get();
        } while (!compareAndSet(seen, isInconsistent(seen) ? Layout.LW_UNRECOVERABLE() : seen & Layout.LW_WAITERS()));
        FaultPoint.pass("release.freed");
    }

    private boolean isLast(int place) {
        return who(entry(place + 1 == TICKETS ? 0 : place + 1)) == 0;
    }

    private boolean isPassedBefore(int index, int lap) {
        return lap(entry(before(index))) == lapBefore(index, lap + LAP);
    }

    private boolean isGivenOutBefore(int index, int lap) {
        int seen = entry(before(index));
        return lap(seen) == lapBefore(index, lap + LAP) || lap(seen) == lapBefore(index, lap) && who(seen) != 0;
    }

    private static int before(int index) {
        return index == 0 ? TICKETS - 1 : index - 1;
    }

    /** {@return the lap of the ticket before that of this index and lap} */
    private static int lapBefore(int index, int lap) {
        return index == 0 ? lap - LAP : lap;
    }

    private static boolean isTaken(int entry) {
        return who(entry) != 0 && who(entry) != ABANDONED;
    }

    private static int who(int entry) {
        return entry & LAP - 1;
    }

    private static int lap(int entry) {
        return entry & -LAP;
    }

    private static int nextLap(int entry) {
        return lap(entry) + LAP;
    }

    private int entry(int index) {
        return memory.get(offset(index));
    }

    private long offset(int index) {
        return ring + (long) index * Integer.BYTES;
    }

    /** What {@link org.latchwork.region.ObjectType.Recovery} asks, of such a lock. */
    static void recover(RegionObject object, int deadSlot) {
        RegionMemory memory = object.image().memory();
        LockWord.recover(object, object.line(), deadSlot);
        for (int i = 0; i < TICKETS; i++) {
            long entry = object.line() + lw_ticket_lock.ring$offset() + (long) i * Integer.BYTES;
            int seen = memory.get(entry);
            if (who(seen) == deadSlot + 1) {
                memory.set(entry, seen | ABANDONED); // its participant is dead, and nobody else changes it
                FaultPoint.pass("recover.ticket");
            }
        }
    }
}
