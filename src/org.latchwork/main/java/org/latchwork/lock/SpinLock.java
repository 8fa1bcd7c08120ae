package org.latchwork.lock;

import org.latchwork.region.ObjectType;
import org.latchwork.region.Region;
import org.latchwork.region.RegionObject;
import org.latchwork.region.abi.Layout;

/**
 * A lock that is waited for by spinning alone: for sections of less than a microsecond, between threads that all have a CPU. Everywhere else
 * take a {@link Mutex}, which spins as well while that pays off, and then sleeps.
 *
 * <table>
 * <caption>States of its word, a lock word ({@code native-headers/latchwork.h}) in which WAITERS and STARVING are never set</caption>
 * <tr><th>state</th><th>slot</th><th>OWNER_DIED</th><th>goes to, by compare-and-exchange, sequentially consistent</th></tr>
 * <tr><td>FREE</td><td>0</td><td>no</td><td>HELD, by whoever comes first</td></tr>
 * <tr><td>HELD</td><td>owner's</td><td>no</td><td>FREE, by its owner; OWNER_DIED, by the recoverer of its owner's slot</td></tr>
 * <tr><td>OWNER_DIED</td><td>0</td><td>yes</td><td>REPAIRING, by {@code acquire()}</td></tr>
 * <tr><td>REPAIRING</td><td>owner's</td><td>yes</td><td>HELD, by {@link Held#markConsistent}; UNRECOVERABLE, by a release without it; OWNER_DIED, by a
 *     recoverer</td></tr>
 * <tr><td>UNRECOVERABLE</td><td>all ones</td><td>yes</td><td>nothing</td></tr>
 * </table>
 *
 * <ul>
 * <li><b>Fairness:</b> none, and no bound against starvation. {@link TicketLock} is fair.
 * <li><b>Cost:</b> free, one compare-and-exchange to take it and one to let it go. Contended, a look at the word after a pause that doubles
 *     from about 30 ns to 2 µs, a whole CPU all the while. No system call, but: after some 30 µs a spinner offers its CPU to others
 *     at each turn (sched_yield(2); a virtual thread leaves its carrier for 50 µs).
 * <li><b>May it sleep:</b> a waiter never sleeps in the kernel. The owner should not sleep, nor do anything else that takes long: all
 *     waiters burn a CPU meanwhile.
 * <li><b>Where:</b> in threads of any kind that have a CPU of their own. In a process that has one CPU, whose owner cannot run while another
 *     spins, there is none: {@link SyncRegion#spinLock} throws.
 * <li><b>If its owner dies:</b> as with every lock here. Who has spun for 30 µs has the dead looked for; the next one gets it by {@link #acquire()} and
 *     hears of it. An owner that is stopped (SIGSTOP) keeps it.
 * </ul>
 *
 * <p>Interrupts and deadlines end a wait within some 2 µs of CPU time.
 */
public final class SpinLock extends SpinningLock {
    static final ObjectType TYPE = new ObjectType(Layout.LW_SPIN_LOCK(), "spin lock",
            (object, deadSlot) -> LockWord.recover(object, object.line(), deadSlot));

    SpinLock(Region region, RegionObject object) {
        super(region, object, new SpinWord(region, object));
    }
}
