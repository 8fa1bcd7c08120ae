/**
 * Files as shared memory: opening and mapping them ({@link org.latchwork.file.SharedFile}, {@link org.latchwork.file.MappedFile}), and
 * publishing a new one whole under its name ({@link org.latchwork.file.StagedFile}, as durable as asked
 * ({@link org.latchwork.file.Durability}). {@link org.latchwork.file.LinkLock} is the classic lock file.
 *
 * <p>Mapping goes through mmap(2), not {@code FileChannel.map}: the file stays under one's own descriptor, can be checked by fstat(2), and
 * is unmapped when its owner says so.
 *
 * <h2>Trust</h2>
 * Whoever can write the file can change every word in it, and whoever can truncate it can take the memory away under a running process.
 * Files are therefore made with mode 0600 unless asked otherwise, symbolic links are not followed, and the size is checked when a file is
 * attached, when a wait times out, and when the kernel or the JVM reports a fault. A page that is cut off shows itself as
 * {@link org.latchwork.file.FileTruncatedException}, or from compiled code as the JVM's {@link InternalError} at its next safepoint.
 *
 * <p>Two cases end the JVM, and no library can catch them: a compare-and-set that hits such a page in the instant after its preceding
 * load did not; and a load that HotSpot's C2 has merged with a widening to {@code long} (seen with JDK 25: it cannot decode that
 * instruction when the fault arrives). A memfd of {@link org.latchwork.file.SharedFile#memfd} is sealed against both.
 */
package org.latchwork.file;
