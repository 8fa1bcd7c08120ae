/**
 * The machinery of waiting: how platform threads block ({@code PlatformWaiter}), how everybody else waits ({@code Engine}s), how memory is
 * closed under its waiters ({@link org.latchwork.wait.engine.Gate}). {@link org.latchwork.wait.engine.Waits} is the way in.
 */
package org.latchwork.wait.engine;
