package org.latchwork.wait.engine;

import static org.latchwork.linux.abi.Linux.IORING_ENTER_EXT_ARG;
import static org.latchwork.linux.abi.Linux.IORING_ENTER_GETEVENTS;
import static org.latchwork.linux.abi.Linux.IORING_SETUP_CQSIZE;
import static org.latchwork.linux.abi.Linux.IORING_SETUP_DEFER_TASKRUN;
import static org.latchwork.linux.abi.Linux.IORING_SETUP_NO_SQARRAY;
import static org.latchwork.linux.abi.Linux.IORING_SETUP_SINGLE_ISSUER;
import static org.latchwork.linux.abi.Linux.IORING_SETUP_SUBMIT_ALL;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.concurrent.TimeUnit;
import org.latchwork.LinuxException;
import org.latchwork.linux.Errno;
import org.latchwork.linux.FutexCalls;
import org.latchwork.linux.Posix;
import org.latchwork.linux.UringCalls;
import org.latchwork.linux.WaitVector;
import org.latchwork.linux.abi.Linux;
import org.latchwork.linux.abi.io_cqring_offsets;
import org.latchwork.linux.abi.io_sqring_offsets;
import org.latchwork.linux.abi.io_uring_cqe;
import org.latchwork.linux.abi.io_uring_getevents_arg;
import org.latchwork.linux.abi.ring_params;
import org.latchwork.linux.abi.ring_sqe;
import org.latchwork.linux.abi.timespec;

/**
 * An io_uring that takes waits for futexes, and their cancelling, and nothing else (io_uring(7); Linux 6.7). For the one thread that made
 * it: a request dies with the thread that submitted it.
 *
 * <p>The kernel copies an entry and its vector when it is submitted, so both live in buffers that are used again after {@link #enter}.
 * Completions that do not fit into the completion queue wait in the kernel ({@code IORING_FEAT_NODROP}) and come with a later
 * {@link #enter}: {@link #hasOverflow} says whether there are any.
 */
final class Ring implements AutoCloseable {
    private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();
    private static final long SQE = ring_sqe.sizeof();
    private static final long CQE = io_uring_cqe.sizeof();
    private static final int FLAGS = IORING_SETUP_CQSIZE() | IORING_SETUP_SUBMIT_ALL() | IORING_SETUP_SINGLE_ISSUER()
            | IORING_SETUP_DEFER_TASKRUN() | IORING_SETUP_NO_SQARRAY();
    private static final int FEATURES = Linux.IORING_FEAT_NODROP() | Linux.IORING_FEAT_EXT_ARG();

    private final int fd;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment rings;
    private final MemorySegment entries;
    /** Words of the entries that are queued, one vector after the other. */
    private final WaitVector vectors;
    private final int vectorSpace;
    private final MemorySegment timeout = arena.allocate(timespec.layout());
    private final MemorySegment argument = arena.allocate(io_uring_getevents_arg.layout());

    // Where the indices lie in the mapped rings, and how many entries there are.
    private final long submissionTail;
    private final long submissionFlags;
    private final int submissionSize;
    private final long completionHead;
    private final long completionTail;
    private final long completions;
    private final int completionMask;

    private int queued;
    private int vectorsUsed;
    /** Our copy of the head of the completion queue. */
    private int head;
    private long completion;

    /**
     * {@code io_uring_setup(entries, ...)}, {@code mmap} of the rings and of the entries.
     *
     * @param size how many requests can be queued
     * @param completionSize how many completions have room before the kernel has to keep them
     * @throws LinuxException if the kernel refuses
     */
    Ring(int size, int completionSize) {
        MemorySegment params = arena.allocate(ring_params.layout());
        ring_params.flags(params, FLAGS);
        ring_params.cq_entries(params, completionSize);
        fd = UringCalls.setup(size, params);
        if (fd < 0) {
            throw Errno.failed(-fd, "io_uring_setup(" + size + ", {flags=0x" + Integer.toHexString(FLAGS) + "})");
        }
        try {
            if ((ring_params.features(params) & FEATURES) != FEATURES) {
                throw Errno.failed(Linux.ENOSYS(), "io_uring_setup(" + size + ", ...)",
                        "the kernel's io_uring lacks features: it has 0x" + Integer.toHexString(ring_params.features(params)));
            }
            MemorySegment sq = ring_params.sq_off(params);
            MemorySegment cq = ring_params.cq_off(params);
            submissionSize = ring_params.sq_entries(params);
            submissionTail = io_sqring_offsets.tail(sq);
            submissionFlags = io_sqring_offsets.flags(sq);
            completionHead = io_cqring_offsets.head(cq);
            completionTail = io_cqring_offsets.tail(cq);
            completions = io_cqring_offsets.cqes(cq);
            completionMask = ring_params.cq_entries(params) - 1;
            // Both queues lie in one mapping since Linux 5.4 (IORING_FEAT_SINGLE_MMAP); without an array of indices, the completions end it.
            rings = map(completions + (completionMask + 1) * CQE, Linux.IORING_OFF_SQ_RING());
            entries = map(submissionSize * SQE, Linux.IORING_OFF_SQES());
            vectorSpace = 2 * submissionSize + WaitVector.maxSize();
            vectors = new WaitVector(vectorSpace);
        } catch (Throwable failure) {
            close();
            throw failure;
        }
    }

    private MemorySegment map(long length, long offset) {
        long address = Posix.mmapPopulated(length, fd, offset);
        return MemorySegment.ofAddress(address).reinterpret(length, arena, mapped -> Posix.munmap(mapped.address(), length));
    }

    /** {@return whether there is room for one more request of this many words} */
    boolean hasRoomFor(int words) {
        return queued < submissionSize && vectorsUsed + words <= vectorSpace;
    }

    /** {@return the vector of the request that is queued next: its entries from {@link #firstWord} on are to be set} */
    WaitVector vectors() {
        return vectors;
    }

    /** {@return the index of the first entry of the request that is queued next} */
    int firstWord() {
        return vectorsUsed;
    }

    /** {@code IORING_OP_FUTEX_WAITV}. Queues a wait for so many words from {@link #firstWord} on. */
    void queueWait(int words, long userData) {
        MemorySegment entry = entry(Linux.IORING_OP_FUTEX_WAITV(), userData);
        ring_sqe.addr(entry, vectors.address(vectorsUsed));
        ring_sqe.len(entry, words);
        vectorsUsed += words;
        queue();
    }

    /** {@code IORING_OP_FUTEX_WAIT}. Queues a wait for one word, which completes with 0 if it is woken. */
    void queueWait(long uaddr, int val, int futex2Flags, long userData) {
        MemorySegment entry = entry(Linux.IORING_OP_FUTEX_WAIT(), userData);
        ring_sqe.fd(entry, futex2Flags);
        ring_sqe.addr(entry, uaddr);
        ring_sqe.off(entry, Integer.toUnsignedLong(val));
        ring_sqe.rest1(entry, Integer.toUnsignedLong(FutexCalls.matchAny()));
        queue();
    }

    /** {@code IORING_OP_ASYNC_CANCEL}. Queues the cancelling of the wait with this user data, which then completes with ECANCELED. */
    void queueCancel(long waitsUserData, long userData) {
        MemorySegment entry = entry(Linux.IORING_OP_ASYNC_CANCEL(), userData);
        ring_sqe.addr(entry, waitsUserData);
        queue();
    }

    private MemorySegment entry(int operation, long userData) {
        int tail = (int) INT.get(rings, submissionTail);
        MemorySegment entry = entries.asSlice((tail & submissionSize - 1) * SQE, SQE).fill((byte) 0);
        ring_sqe.opcode(entry, (byte) operation);
        ring_sqe.user_data(entry, userData);
        return entry;
    }

    private void queue() {
        queued++;
        INT.setRelease(rings, submissionTail, (int) INT.get(rings, submissionTail) + 1); // the entry before its index
    }

    /**
     * {@code io_uring_enter(fd, queued, wait ? 1 : 0, IORING_ENTER_GETEVENTS|IORING_ENTER_EXT_ARG, ...)}. Submits what is queued, and lets
     * completions come.
     *
     * @param wait whether to wait for one, if none is there
     * @param nanos how long at most; {@code Long.MAX_VALUE} for ever
     * @return how many were submitted; if none were to be, 0, or {@code -errno}: ETIME if the time is over
     */
    int enter(boolean wait, long nanos) {
        io_uring_getevents_arg.ts(argument, nanos == Long.MAX_VALUE ? 0 : timeoutOf(nanos));
        int taken = UringCalls.enter(fd, queued, wait ? 1 : 0, IORING_ENTER_GETEVENTS() | IORING_ENTER_EXT_ARG(), argument);
        queued -= Math.max(0, taken);
        if (queued == 0) {
            vectorsUsed = 0;
        }
        return taken;
    }

    private long timeoutOf(long nanos) {
        timespec.tv_sec(timeout, nanos / TimeUnit.SECONDS.toNanos(1));
        timespec.tv_nsec(timeout, nanos % TimeUnit.SECONDS.toNanos(1));
        return timeout.address();
    }

    /** {@return how many requests are queued and not submitted} */
    int queued() {
        return queued;
    }

    /** {@return whether the kernel keeps completions for which there was no room} */
    boolean hasOverflow() {
        return ((int) INT.getOpaque(rings, submissionFlags) & Linux.IORING_SQ_CQ_OVERFLOW()) != 0;
    }

    /** {@return whether there is a next completion, which is then the one that is asked about} */
    boolean next() {
        if (head == (int) INT.getAcquire(rings, completionTail)) { // the index before the entry
            return false;
        }
        completion = completions + (head & completionMask) * CQE;
        head++;
        return true;
    }

    /** {@return of the completion} */
    long userData() {
        return rings.get(ValueLayout.JAVA_LONG, completion + io_uring_cqe.user_data$offset());
    }

    /** {@return of the completion: the highest index of a word that was woken, or {@code -errno}} */
    int result() {
        return rings.get(ValueLayout.JAVA_INT, completion + io_uring_cqe.res$offset());
    }

    /** Gives the room of the completions that have been read back to the kernel. */
    void release() {
        INT.setRelease(rings, completionHead, head);
    }

    /** {@code munmap}, {@code close(fd)}: whatever is still waiting is given up. */
    @Override
    public void close() {
        arena.close();
        Posix.close(fd);
    }
}
