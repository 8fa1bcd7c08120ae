package org.latchwork.lock;

import org.latchwork.region.ObjectType;
import org.latchwork.region.Region;
import org.latchwork.region.RegionObject;
import org.latchwork.region.abi.Layout;

/**
 * The fair {@link SpinLock}: whoever has queued up first gets it first, in whatever process. One who dies, or gives up, in the queue does
 * not hold up those behind it.
 *
 * <p>Two things: a lock word with the states of {@link SpinLock}'s, which decides who has the lock, and a ring of 15 places, which
 * decides who may take it next.
 *
 * <table>
 * <caption>States of a place; WAITERS in the lock word says that there may be a queue</caption>
 * <tr><th>state</th><th>goes to</th></tr>
 * <tr><td>VACANT</td><td>TAKEN, by a newcomer, if it is the end of the queue: by compare-and-exchange</td></tr>
 * <tr><td>TAKEN</td><td>VACANT in the next lap, by the one who stands there, when it has come to the front and has taken the lock word; ABANDONED, by the
 *     same if it gives up, or by the recoverer of its slot</td></tr>
 * <tr><td>ABANDONED</td><td>VACANT in the next lap, when it is at the front, by one who stands behind it or finds the ring full</td></tr>
 * </table>
 *
 * <ul>
 * <li><b>Fairness:</b> first come, first served, among the 15 who stand in the ring; a sixteenth spins beside it until there is a place. As with
 *     a fair {@link java.util.concurrent.locks.ReentrantLock}, {@link #tryLock()} and {@link #tryAcquire()} take a free lock past the queue;
 *     those with a timeout queue up.
 * <li><b>Cost:</b> free, as {@link SpinLock}. Contended, three atomic changes more, all in one cache line, at which all waiters look.
 *     Each hand-over goes to one thread: if that one has lost its CPU, all wait for it. So it is for fewer threads than CPUs, more than
 *     anything else here.
 * <li><b>May it sleep, and where:</b> as {@link SpinLock}.
 * <li><b>If its owner dies:</b> as {@link SpinLock}. <b>If one in the queue dies:</b> those behind it wait until that is noticed (10 ms and what the kernel
 *     takes to tear the process down), and pass it. One that is stopped (SIGSTOP) keeps its place, and holds them up.
 * </ul>
 */
public final class TicketLock extends SpinningLock {
    static final ObjectType TYPE = new ObjectType(Layout.LW_TICKET_LOCK(), "ticket lock", TicketWord::recover);

    TicketLock(Region region, RegionObject object) {
        super(region, object, new TicketWord(region, object));
    }
}
