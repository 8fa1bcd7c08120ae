/**
 * Checkpoints: numbered meeting points in a file, where processes wait for each other.
 *
 * <p>The file and the protocol are those of the Linux Test Project ({@code tst_checkpoint}, LTP patch "refactor checkpoint with shared
 * path for exec() support", 16 June 2025): C programs and shell scripts that use LTP's code meet Java programs in the same file.
 */
package org.latchwork.checkpoint;
