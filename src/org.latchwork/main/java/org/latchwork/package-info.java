/**
 * Latchwork: low-level synchronization between processes on Linux, over the Foreign Function &amp; Memory API.
 *
 * <p>Java processes, C processes and shell scripts meet in one mapped file: an array of futex words in a
 * {@link java.lang.foreign.MemorySegment}. Beside it stands the way to share without a lock: files published whole by link(2).
 *
 * <h2>The floors</h2>
 * An arrow never points up.
 * <table>
 * <caption>Packages, from the top</caption>
 * <tr><th>package</th><th>holds</th><th>exported</th></tr>
 * <tr><td>{@link org.latchwork.checkpoint}</td><td>numbered meeting points in a file, protocol-compatible with LTP's</td><td>yes</td></tr>
 * <tr><td>{@link org.latchwork.lock}</td><td>locks that processes share by name in a region, and that survive their owner's death</td><td>yes</td></tr>
 * <tr><td>{@code org.latchwork.region}</td><td>beneath them: a file of named objects, who is attached, what a death leaves; {@code abi}, its layout</td><td>no</td></tr>
 * <tr><td>{@link org.latchwork.publish}</td><td>the publish store: whole files or nothing, by content or by name, without a lock</td><td>yes</td></tr>
 * <tr><td>{@link org.latchwork.futex}</td><td>{@code Futex}, one method per kernel operation; {@code FutexArray}</td><td>yes</td></tr>
 * <tr><td>{@code org.latchwork.wait.engine}</td><td>the machinery of waiting: platform threads, virtual threads, no thread at all</td><td>no</td></tr>
 * <tr><td>{@link org.latchwork.wait}</td><td>how a wait is bounded, how long it spins, how it is carried out, and how it ends</td><td>yes</td></tr>
 * <tr><td>{@link org.latchwork.file}</td><td>opening, mapping, and staging a private file and linking it to its public name</td><td>yes</td></tr>
 * <tr><td>{@code org.latchwork.file.stage}</td><td>what publishing is made of: a directory by its descriptor, a private file, its owner's lock</td><td>no</td></tr>
 * <tr><td>{@code org.latchwork.linux}</td><td>the typed layer that adds errno; beneath it {@code abi}, jextract's output</td><td>no</td></tr>
 * <tr><td>{@code org.latchwork}</td><td>{@link org.latchwork.LinuxException}</td><td>yes</td></tr>
 * </table>
 *
 * <h2>Memory contract</h2>
 * {@code java.lang.foreign} promises nothing about the order of accesses to native memory beyond the access mode used, so the library
 * states its own contract. It holds between threads and between processes, whatever language the other side is written in.
 * <ul>
 * <li>Words are 32 bits, aligned, native byte order. The access mode shows in each method's name and means what
 *     {@link java.lang.invoke.VarHandle} says: {@code getAcquire} pairs with {@code setRelease}, as C11's
 *     {@code memory_order_acquire} with {@code memory_order_release}; {@code get}, {@code set}, {@code compareAndSet} and
 *     {@code getAndAdd} are sequentially consistent; {@code getPlain} and {@code setPlain} order nothing.</li>
 * <li>A wait that ends orders nothing by itself. Read the word again, with {@code getAcquire} or stronger, before you use what
 *     it guards; a wait can also end for no reason.</li>
 * <li>The kernel compares the word and goes to sleep as one step with regard to every wake on the same word (futex(2)): change the word,
 *     then wake, and no wake is lost.</li>
 * </ul>
 *
 * <h2>Where it runs</h2>
 * Linux on x86-64 with glibc, Java 22 and later, with native access enabled. Anything else is refused by name at the first use of a
 * native call; loading the classes does no harm.
 *
 * <h2>Threads</h2>
 * All types are safe for use by many threads unless they say otherwise. Blocking methods block the calling thread and are interruptible,
 * unless they say otherwise; a virtual thread is parked, and its carrier stays free. The first wait of a virtual thread, and the first
 * asynchronous one, start a background thread or more ({@link org.latchwork.wait.WaitEngine}): daemons, named {@code latchwork-…}, which
 * end ten seconds after their last wait.
 */
package org.latchwork;
