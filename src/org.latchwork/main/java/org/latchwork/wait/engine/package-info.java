/**
 * The machinery of waiting: how platform threads block ({@code PlatformWaiter}), how everybody else waits ({@code Engine}s), how memory is
 * closed under its waiters ({@link org.latchwork.wait.engine.Gate}). {@link org.latchwork.wait.engine.Waits} is the way in.
 *
 * <p>From the top: {@code Waits} decides who blocks. A platform thread does so in its {@code PlatformWaiter}. For everybody else a
 * {@code Request} is made, parked on ({@code ParkedRequest}) or told a future ({@code FutureRequest}), and handed to what {@code Engines}
 * has chosen by what the {@code Kernel} lets us do: {@code RingEngine} over a {@code Ring}, {@code BatchEngine} of {@code Batch}es,
 * {@code ThreadEngine}. The first two are threads with an {@code Inbox} and {@code Expiries}.
 */
package org.latchwork.wait.engine;
