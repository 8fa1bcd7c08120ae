/*
 * A Latchwork region: a file that processes map to share locks by name. This header is the layout's one source: jextract makes the Java
 * side of it, C programs include it. With LW_CLIENT defined before, it gives them the functions of latchwork_client.h as well.
 *
 *     offset 0                  struct lw_header, one page
 *     participants_offset       struct lw_participant[participants]: who is attached
 *     objects_offset            struct lw_object[objects]: the named objects
 *     cells_offset              struct lw_cell[participants][objects], each row on cache lines of its own: what one participant has in one object
 *     data_offset               data_size bytes that objects own pieces of
 *
 * All words are little-endian, aligned, and zero in a new file. Words that are waited on are shared futexes (never FUTEX_PRIVATE_FLAG).
 *
 * Open file description locks (fcntl(2), F_OFD_SETLK, F_WRLCK, one byte each; of a description that is never mapped, since a mapping would
 * keep it alive) are the only proof of life:
 *
 *     byte 0                                                          the directory: whoever makes or removes objects
 *     byte participants_offset + slot * sizeof(struct lw_participant) held by the participant in that slot for as long as it lives
 *
 * Who gets the byte of a slot that is not LW_SLOT_FREE has proof that no instruction of its participant can follow, and is its recoverer.
 */
#ifndef LATCHWORK_H
#define LATCHWORK_H

#include <stddef.h>
#include <stdint.h>

#define LW_MAGIC 0x4e4f494745524c57ULL /* "WLREGION" */
#define LW_VERSION 1u
#define LW_PAGE_SIZE 4096u
#define LW_CACHE_LINE 64u
#define LW_MAX_PARTICIPANTS 1022u
#define LW_MAX_OBJECTS 65535u
#define LW_NAME_SIZE 64u /* with the final NUL */
#define LW_WAITS 16u     /* blocked threads that a participant tells about */

/*
 * The lock word, of every lock that one thread owns.
 *
 *     31       30          29        28 ... 10   9 ... 0
 *     WAITERS  OWNER_DIED  STARVING  thread      slot + 1, or 0: nobody has it
 *
 * slot        decides who recovers; set by the acquirer, by compare-and-exchange from a value whose slot is 0
 * thread      the low bits of a thread id (Java: Thread.threadId(); C: gettid()); information only
 * STARVING    set by a waiter that has waited for long: who has not slept yet keeps off a free word that has it, for a stated time at most
 * OWNER_DIED  set by a recoverer; cleared by an owner that says that what the lock guards is consistent again
 * WAITERS     somebody may sleep on the word: who frees it wakes one
 *
 * LW_UNRECOVERABLE is final: an owner that found OWNER_DIED let the lock go without having repaired anything.
 */
#define LW_SLOT_MASK 0x3ffu
#define LW_THREAD_SHIFT 10
#define LW_THREAD_MASK 0x7ffffu
#define LW_STARVING 0x20000000u
#define LW_OWNER_DIED 0x40000000u
#define LW_WAITERS 0x80000000u
#define LW_UNRECOVERABLE 0x400003ffu

/* participant.state */
#define LW_SLOT_FREE 0u
#define LW_SLOT_LIVE 1u
#define LW_SLOT_RECOVERING 2u

/* object.type; 0 is a free entry */
#define LW_MUTEX 1u
#define LW_CONDITION 2u
#define LW_RWLOCK 3u
#define LW_SEQLOCK 4u
#define LW_SEMAPHORE 5u
#define LW_ROBUST_SEMAPHORE 6u
#define LW_COMPLETION 7u
#define LW_COUNT_DOWN 8u
#define LW_BARRIER 9u
#define LW_EVENT_COUNT 10u
#define LW_SPIN_LOCK 11u
#define LW_TICKET_LOCK 12u
#define LW_GUARDED 13u
#define LW_REENTRANT_MUTEX 14u

/* Written once, before the file has a name; read-only since. */
struct lw_header {
    uint64_t magic;
    uint32_t version;
    uint32_t layout;    /* LW_LAYOUT of whoever made it */
    uint32_t page_size;
    uint32_t participants;
    uint32_t objects;
    uint32_t uid;       /* of whoever made it */
    uint64_t size;      /* of the file, in bytes */
    uint64_t participants_offset;
    uint64_t objects_offset;
    uint64_t cells_offset;
    uint64_t cells_stride; /* from one participant's row to the next, in bytes */
    uint64_t data_offset;
    uint64_t data_size;
    uint64_t boot_id_high; /* /proc/sys/kernel/random/boot_id */
    uint64_t boot_id_low;
    uint64_t created;      /* CLOCK_REALTIME, nanoseconds */
};

/* A thread that sleeps or is about to: for whoever looks, decides nothing. object is written last and cleared first. */
struct lw_wait {
    uint32_t object; /* index + 1; 0: nobody */
    uint32_t thread; /* as in the lock word, not cut off */
    uint64_t since;  /* CLOCK_REALTIME, nanoseconds */
};

struct lw_participant {
    uint32_t state;      /* LW_SLOT_…; written by whoever holds the slot's byte */
    uint32_t pid;        /* in its own namespace; like the rest for information only */
    uint64_t start_time; /* field 22 of /proc/PID/stat: clock ticks since boot */
    uint64_t pid_namespace; /* inode of /proc/self/ns/pid */
    uint64_t attached;   /* CLOCK_REALTIME, nanoseconds */
    uint32_t java;       /* 1: thread ids are Java's, 0: the kernel's */
    uint32_t recoverer;  /* slot + 1 of who recovers it */
    uint64_t spare[3];
    struct lw_wait waits[LW_WAITS];
};

/* What one participant has in one object. Written by that participant and by whoever recovers it. */
struct lw_cell {
    uint32_t count;    /* read holds, permits: as the type says */
    uint32_t attached; /* bit 31: this participant uses the object, which cannot be removed; the rest is the type's */
};
#define LW_ATTACHED 0x80000000u

struct lw_mutex {
    uint32_t word; /* a lock word, waited on */
};

/* Of the type LW_CONDITION; object.related is its mutex. */
struct lw_condition {
    uint32_t sequence; /* changed by each signal, waited on */
};

struct lw_rwlock {
    uint32_t writer; /* a lock word, waited on by writers and readers; thread 0: a reader that has waited, for as long as it counts itself in */
    uint32_t drain;  /* changed by a reader that leaves under a writer's eyes, waited on by that writer */
    uint32_t slots;  /* 1 + the highest slot that has read: raised before its first count, never lowered; a writer looks at no count above it */
};

struct lw_seqlock {
    uint32_t word; /* the writers' lock word, waited on */
    uint32_t spare;
    uint64_t sequence; /* odd while a writer is at work */
};

struct lw_semaphore {
    uint32_t permits; /* bits 0-29: free permits; bit 31: LW_WAITERS; bit 30: somebody waits for more than one; waited on */
};

struct lw_robust_semaphore {
    uint64_t state; /* see RobustSemaphore.java */
    uint32_t wake;  /* changed when permits come back, waited on */
    uint32_t permits; /* in all; written at creation */
};

struct lw_completion {
    uint32_t done; /* how many may still pass; 0x7fffffff: all; bit 31: LW_WAITERS; waited on */
};

struct lw_count_down {
    uint32_t count; /* bits 0-30; bit 31: LW_WAITERS; waited on */
};

/* cell.count is the low half of the state in which that participant has last arrived, with bit 31 set. object.initial is the number of parties. */
struct lw_barrier {
    uint64_t state; /* see Barrier.java; the low half, at offset 0, is waited on */
};

/*
 * Sequence and flags in one word, so that nothing is left by a waiter that dies: see EventCount.java.
 *
 *     63 ... 2   1 ... 0
 *     sequence   0: nobody waits; LW_ONE_PREPARED: one may; LW_MANY_PREPARED: any number may
 */
struct lw_event_count {
    uint64_t sequence; /* the low half, at offset 0, is waited on */
};
#define LW_ONE_PREPARED 1u
#define LW_MANY_PREPARED 3u
#define LW_SEQUENCE_SHIFT 2

struct lw_spin_lock {
    uint32_t word; /* a lock word; nobody sleeps on it, WAITERS and STARVING are never set */
};

/*
 * A lock word and the queue before it: see TicketLock.java. WAITERS in the word says that there may be a queue. An entry of the ring:
 *
 *     31 ... 10   9 ... 0
 *     lap         slot + 1 of who stands there, 0: nobody yet, LW_TICKET_ABANDONED: nobody any more
 *
 * The ticket of an entry is lap * LW_TICKETS + its index. Each change of an entry leads to a later state, in the order nobody yet, somebody,
 * nobody any more, nobody yet in the next lap; so the front of the queue is the first entry whose lap is behind that of entry 0, else entry 0.
 */
#define LW_TICKETS 15u
#define LW_TICKET_ABANDONED 0x3ffu
#define LW_LAP_SHIFT 10
struct lw_ticket_lock {
    uint32_t word; /* a lock word; nobody sleeps on it, STARVING is never set */
    uint32_t ring[LW_TICKETS];
};

struct lw_object {
    /* Cold: written under the directory lock, except what is for information. type is written last, and cleared first. */
    uint32_t type;
    uint32_t generation; /* how many objects have had this entry */
    uint32_t initial;    /* permits, count or parties at creation */
    uint32_t lock_class; /* for the validator */
    uint64_t data_offset;
    uint64_t data_size;
    uint32_t related;    /* index + 1 of the object that it belongs to, or 0 */
    uint32_t dead_pid;   /* the last owner that died, for information */
    uint32_t dead_thread;
    uint32_t dead_slot;  /* slot + 1 */
    uint64_t dead_at;    /* CLOCK_REALTIME, nanoseconds */
    uint64_t contended;  /* since when somebody waits, for information; 0: nobody does */
    char name[LW_NAME_SIZE];
    /* Hot: one cache line. */
    union {
        struct lw_mutex mutex;
        struct lw_condition condition;
        struct lw_rwlock rwlock;
        struct lw_seqlock seqlock;
        struct lw_semaphore semaphore;
        struct lw_robust_semaphore robust_semaphore;
        struct lw_completion completion;
        struct lw_count_down count_down;
        struct lw_barrier barrier;
        struct lw_event_count event_count;
        struct lw_spin_lock spin_lock;
        struct lw_ticket_lock ticket_lock;
        uint64_t line[8];
    };
};

#if defined(__cplusplus) && !defined(_Static_assert)
#define _Static_assert static_assert
#endif

_Static_assert(sizeof(struct lw_header) <= LW_PAGE_SIZE, "the header outgrows its page");
_Static_assert(sizeof(struct lw_participant) % LW_CACHE_LINE == 0, "participants share a cache line");
_Static_assert(offsetof(struct lw_object, line) == 2 * LW_CACHE_LINE, "the hot line lies elsewhere");
_Static_assert(sizeof(struct lw_object) == 3 * LW_CACHE_LINE, "an object has another size");

/* Changes with every size and place that the two sides have to agree on; what only changes its meaning takes a new LW_VERSION. */
#define LW_LAYOUT                                                                                                                  \
    ((uint32_t) (((((sizeof(struct lw_header) * 31 + offsetof(struct lw_header, created)) * 31 + sizeof(struct lw_participant)) * 31 \
                     + offsetof(struct lw_participant, waits)) * 31 + sizeof(struct lw_object)) * 31                                \
                 + offsetof(struct lw_object, name) + sizeof(struct lw_cell)))

#ifdef LW_CLIENT
#include "latchwork_client.h"
#endif

#endif
