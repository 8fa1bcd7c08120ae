/**
 * How a wait is bounded ({@link org.latchwork.wait.Deadline}), how long it spins ({@link org.latchwork.wait.WaitPolicy}), how it is carried
 * out ({@link org.latchwork.wait.WaitEngine}), and how it ends ({@link org.latchwork.wait.WaitOutcome}).
 *
 * <table>
 * <caption>Who waits how</caption>
 * <tr><th>who</th><th>is blocked in</th><th>an interrupt, or closing</th></tr>
 * <tr><td>a platform thread</td><td>{@code futex_waitv} on {a cancel word of its own, the words}</td><td>wakes the cancel word: at once</td></tr>
 * <tr><td>the same before Linux 5.16</td><td>{@code FUTEX_WAIT_BITSET}, in slices</td><td>is seen within 20 ms</td></tr>
 * <tr><td>a virtual thread</td><td>{@link java.util.concurrent.locks.LockSupport#park() park}; the engine waits for it</td><td>wakes the
 *     request's cancel word; the engine's answer says how it ended</td></tr>
 * <tr><td>nobody: {@code awaitAsync}</td><td>nothing</td><td>the same</td></tr>
 * </table>
 *
 * <h2>What is promised</h2>
 * <ol>
 * <li><b>No wake is lost</b>, if the waker has changed the word first: the wait ends with WOKEN or VALUE_DIFFERS, even if its deadline comes,
 *     its thread is interrupted or its memory is closed at the same moment. If the wait is an asynchronous one that has been cancelled,
 *     the wake is passed on to the next waiter of the word. Where nobody changes the word,
 *     {@link org.latchwork.futex.FutexArray#awaitWake awaitWake} promises the same, and WOKEN; what {@code await} does there depends on the
 *     {@linkplain org.latchwork.wait.WaitEngine engine}, which says so.</li>
 * <li><b>A wait can end for no reason.</b> Read the word again.</li>
 * <li><b>Interrupt status</b> is handled as {@link java.util.concurrent.locks.LockSupport#park()} does: an interruptible wait returns at once
 *     if it is set, and never clears it. {@link org.latchwork.wait.WaitOutcome#throwIfInterrupted()} makes the other manner of it.</li>
 * <li><b>A deadline is absolute</b>: neither signals nor interrupts nor late hints prolong a wait. TIMED_OUT is never early. On
 *     {@code CLOCK_REALTIME} a platform thread follows the clock when somebody sets it; a virtual one notices within a second.</li>
 * <li><b>Closing</b> returns when every wait has ended and left the memory, and not before.</li>
 * <li>A wait of a platform thread allocates nothing. One of a virtual thread allocates about as much as its stack does.</li>
 * </ol>
 *
 * <p>A wait between the {@code begin()} and {@code end()} of another interruptible operation (a channel's or a selector's implementation)
 * takes that operation's interruptibility away.
 *
 * <p>With many waiters in the kernel, everybody's wakes of shared words become slower: they meet in one hash table.
 *
 * <h2>To be seen</h2>
 * Java Flight Recorder has an event {@code org.latchwork.FutexWait} for each wait that blocks: word, outcome, duration, spins, engine. It is off
 * unless a recording asks for it, as {@code jcmd PID JFR.start +org.latchwork.FutexWait#enabled=true} does. The system logger
 * {@code org.latchwork} tells at level DEBUG which engine was chosen and why not a better one, and warns if an io_uring has failed.
 */
package org.latchwork.wait;
