/**
 * The commands.
 *
 * <ul>
 * <li>{@link org.latchwork.cli.TstCheckpoint}: the strict command for scripts. Nothing on its way loads the argument parser.</li>
 * <li>{@link org.latchwork.cli.Latchwork}: the comfortable one, with help and completion.</li>
 * <li>{@link org.latchwork.cli.CheckpointActions}: what both do, and how it ends.</li>
 * <li>{@link org.latchwork.cli.StartupCache}: the file from which the next start is faster.</li>
 * </ul>
 */
package org.latchwork.cli;
