/**
 * How a wait is bounded ({@link org.latchwork.wait.Deadline}) and how it ends ({@link org.latchwork.wait.WaitOutcome}).
 */
package org.latchwork.wait;
