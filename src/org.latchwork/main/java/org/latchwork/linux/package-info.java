/**
 * Floor 0: jextract's output (in {@code abi}) and the thin typed layer over it.
 *
 * <p>This layer adds errno and nothing else. It retries nothing: EINTR, EAGAIN and the like are the caller's to judge. Calls whose
 * failures are normal ends return {@code -errno} as the kernel itself does ({@link org.latchwork.linux.FutexCalls}); the others throw
 * {@link org.latchwork.LinuxException} ({@link org.latchwork.linux.Posix}).
 *
 * <p>jextract writes no errno capture, so calls go through one downcall shape of seven longs ({@link org.latchwork.linux.Downcall}),
 * to the addresses that jextract's classes hand out. One shape is also what makes short programs start fast: each further shape costs the
 * JVM about 5 ms of method-handle spinning that no archive keeps (measured: three typed shapes 2.8 times {@code java -version}, one
 * shape 2.0 times).
 *
 * <p>{@code Linker.Option.critical} is used nowhere: FUTEX_WAKE on a file mapping may fault its page in from disk, and a thread that
 * blocks in a critical call holds up every garbage collection.
 */
package org.latchwork.linux;
