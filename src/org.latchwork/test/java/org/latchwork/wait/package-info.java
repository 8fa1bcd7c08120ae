/**
 * Which test holds which promise of waiting. Class names without a package are of this one. All but {@code DeadlineTest} run once for each
 * engine, forced; the numbers of waiters are 100,000 for io_uring, 9,500 for futex_waitv and 480 for plain futexes.
 *
 * <table>
 * <caption>Waiting</caption>
 * <tr><th>promise</th><th>test</th></tr>
 * <tr><td>the engine that is asked for is the one that waits</td><td>{@code EngineForcedTest}; before every class
 *     {@code EngineUnderTest}</td></tr>
 * <tr><td>WOKEN, VALUE_DIFFERS, TIMED_OUT by every form, on platform and virtual threads; never early, on both clocks</td>
 *     <td>{@code AwaitOutcomesTest}</td></tr>
 * <tr><td>interrupt before, during, after; uninterruptible forms; the status; {@code throwIfInterrupted}; late hints</td>
 *     <td>{@code InterruptTest}</td></tr>
 * <tr><td>{@code Thread.interrupt} and {@code Thread.join} as with {@code LockSupport.park}</td><td>{@code ParkParityTest}</td></tr>
 * <tr><td>CLOSED for every waiter; closing from a waiter, from a continuation, twice, interrupted; use after close</td>
 *     <td>{@code CloseTest}</td></tr>
 * <tr><td>timeout, interrupt and close against wake: as many WOKEN as wakes; cancel against wake: none is lost</td>
 *     <td>{@code RaceTest}; 100,000 rounds each with {@code -Dtest.tags=stress}</td></tr>
 * <tr><td>{@code awaitWake} hears of every wake; {@code await} does not where a call is shared, and on an io_uring does</td>
 *     <td>{@code HiddenWakeTest}</td></tr>
 * <tr><td>{@code awaitAny}: 1 to 128 words of many arrays, index, duplicates, timeouts, interrupts, refusals</td>
 *     <td>{@code AwaitAnyTest}, {@code CloseTest#awaitAnyEndsWhenOneOfItsArraysCloses}</td></tr>
 * <tr><td>{@code awaitAsync}: completes, is cancelled, times out; dependents on a virtual thread, which may block and close</td>
 *     <td>{@code AwaitAsyncTest}, {@code CloseTest#aContinuationMayClose}, {@code #anAsynchronousTimeoutSurvivesTheClosing}</td></tr>
 * <tr><td>spin, block, spin then block, adaptive</td><td>{@code WaitPolicyTest}</td></tr>
 * <tr><td>one waiter too many is refused by name; who is out makes room at once</td><td>{@code EngineLimitTest}</td></tr>
 * <tr><td>all the waiters that are promised, woken and timed out at once; carriers stay free</td><td>{@code ScaleTest}</td></tr>
 * <tr><td>nothing grows: heap, engine threads, descriptors, mappings</td><td>{@code NoGrowthTest}, {@code MapCloseTest}</td></tr>
 * <tr><td>JFR events for waits that block, and for no others; a wait starts no recorder</td><td>{@code WaitEventTest}</td></tr>
 * <tr><td>no allocation by a blocking wait of a platform thread</td><td>{@code AllocationTest}</td></tr>
 * <tr><td>deadline arithmetic</td><td>{@code DeadlineTest}</td></tr>
 * </table>
 */
package org.latchwork.wait;
