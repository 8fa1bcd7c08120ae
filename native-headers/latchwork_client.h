/*
 * A small client of regions (latchwork.h) in C: attach, mutexes that survive the death of their owner, waiting and waking. Java and C take the same
 * locks by the same names. C11, GNU C (gcc, clang), or C++; Linux, 64 bits, little-endian; glibc before 2.34 needs -pthread.
 *
 *     #define _GNU_SOURCE 1
 *     #define LW_CLIENT 1
 *     #include "latchwork.h"
 *
 *     struct lw_region *region;
 *     struct lw_mutex_handle orders;
 *     if (lw_attach("/dev/shm/orders", &region) == 0 && lw_mutex_open(region, "orders", &orders) == 0) {
 *         int result = lw_mutex_lock(&orders);
 *         if (result == EOWNERDEAD) {
 *             repair();
 *             lw_mutex_consistent(&orders);
 *         }
 *         ...
 *         lw_mutex_unlock(&orders);
 *     }
 *
 * Functions return 0 or an error number, as pthread_mutex_lock(3) does; errno means nothing after them. All may be called by several threads
 * at once, and none in a signal handler. Signals end no wait.
 *
 * The dead. A participant in C has no thread of its own that looks for them. Who waits for a mutex does so in slices of 10 ms, and after each one, or when
 * lw_mutex_trylock finds it held, looks whether its owner has the lock of its slot still; who attaches looks at all slots. What is found dead is recovered:
 * its mutexes become OWNER_DIED, and a waiter of each is woken. C knows mutexes, reentrant mutexes, spin locks, guarded segments and conditions. If the dead
 * one used an object of another type, its slot stays LW_SLOT_RECOVERING after that, for a participant in Java to do the rest. A waiter that falls asleep again
 * after a slice stands at the end of the kernel's queue.
 *
 * Threads. The word of a mutex names its owner by the low 19 bits of gettid(2); that is how unlocking what is another's (EPERM) and locking
 * twice (EDEADLK) are noticed. A thread that ends with a mutex held does not let it go while its process lives.
 *
 * fork(2). A child has a copy of every descriptor, and a copy of the one with the slot's lock would keep the dead parent alive. So a handler
 * (pthread_atfork(3)) closes it in the child, and the mapping is not inherited (MADV_DONTFORK): the child owns nothing of its parent's, its copies of
 * handles give EBADF, and lw_detach frees them. It attaches anew if it wants to take part. A child that is made past the handlers, by clone(2) or _Fork(3), has to end or to
 * call exec(2) before its parent's death can be noticed. exec(2) itself closes the descriptor: then the process has died as a participant.
 *
 * A file that somebody cuts while it is mapped ends in SIGBUS. Whoever can write the file can do anything to its words; what C reads there is bounds-checked.
 */
#ifndef LATCHWORK_CLIENT_H
#define LATCHWORK_CLIENT_H

#ifndef _GNU_SOURCE
#error "define _GNU_SOURCE before the first #include: open file description locks (F_OFD_SETLK) are declared with it alone"
#endif

#include "latchwork.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* A place at which a test has the process killed, by the names that Java has for the same step. */
#ifndef LW_STEP
#define LW_STEP(name) ((void) 0)
#endif

/* What lw_attach makes where there is no region; lw_create makes others. */
#define LW_DEFAULT_PARTICIPANTS 64u
#define LW_DEFAULT_OBJECTS 1024u
#define LW_DEFAULT_DATA_SIZE (1ull << 20)
#define LW_DEFAULT_MODE 0600u

/* A region has up to this many bytes: what one array of futexes in Java can address. */
#define LW_MAX_SIZE (4ull * INT32_MAX)

#define LW_NEVER UINT64_MAX
/* Bounds how long the death of an owner goes unnoticed; a look costs about 1 us. */
#define LW_SLICE_NS 10000000ull
/* As LockWord.java has it: after so long a waiter asks others to keep off; they do so for so long at most. */
#define LW_STARVING_AFTER_NS 1000000ull
#define LW_STARVING_PATIENCE_NS 1000000ull
/* Who has a slot's byte or the directory's longer than this has been stopped; both take microseconds. */
#define LW_SLOT_PATIENCE_NS 2000000000ull
#define LW_DIRECTORY_PATIENCE_NS 30000000000ull
#define LW_RETRY_NS 100000ull
/* Looks at a held word before sleeping: some 10 us of them, which short sections end within. Who sleeps is on another core's way 70 us later. */
#define LW_SPINS 200

/* An attachment. Its fields are the client's own. */
struct lw_region {
    char *memory; /* NULL in a child that was forked */
    uint32_t slot;
    int lock_fd; /* the description whose locks are this participant's; never mapped, which would keep them */
    uint32_t participants;
    uint32_t objects;
    uint64_t size;
    uint64_t participants_offset;
    uint64_t objects_offset;
    uint64_t cells_offset;
    uint64_t cells_stride;
    uint64_t data_offset;
    char *path; /* NULL: its name does not matter */
    uint32_t waits; /* a bit for each record of struct lw_participant.waits in use */
    pthread_mutex_t housekeeping; /* for locks of the description, which the kernel does not tell apart by thread */
    struct lw_region *next;
};

/* A mutex, as long as its region is attached. May be copied. */
struct lw_mutex_handle {
    struct lw_region *region;
    uint32_t index;
};

/* One for all files of the program that include this. */
struct lw_process {
    pthread_mutex_t lock; /* held through fork(2) as well */
    struct lw_region *regions;
    int has_handlers;
};
__attribute__((weak)) struct lw_process lw_process_state = {PTHREAD_MUTEX_INITIALIZER, NULL, 0};
__attribute__((weak)) __thread uint32_t lw_thread_id; /* 0: not asked for yet */

/* Time */

static inline uint64_t lw_clock(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t) now.tv_sec * 1000000000u + (uint64_t) now.tv_nsec;
}

static inline uint64_t lw_now(void)
{
    return lw_clock(CLOCK_MONOTONIC);
}

static inline void lw_sleep(uint64_t nanos)
{
    struct timespec time = {(time_t) (nanos / 1000000000u), (long) (nanos % 1000000000u)};
    nanosleep(&time, NULL);
}

/* Words */

static inline uint32_t lw_get(const uint32_t *word)
{
    return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}

static inline int lw_swap(uint32_t *word, uint32_t seen, uint32_t value)
{
    return __atomic_compare_exchange_n(word, &seen, value, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

/*
 * futex(word, FUTEX_WAIT_BITSET, expected, deadline, NULL, FUTEX_BITSET_MATCH_ANY): sleeps while the word, in memory that processes share, holds the
 * expected value. Read the word again after it, however it ends.
 *
 * deadline  on CLOCK_MONOTONIC; NULL: never
 * returns   0 if it was woken, or for no reason; EAGAIN if the word holds something else; ETIMEDOUT; EINTR after a signal; EINVAL
 */
static inline int lw_wait(const uint32_t *word, uint32_t expected, const struct timespec *deadline)
{
    return syscall(SYS_futex, word, FUTEX_WAIT_BITSET, expected, deadline, NULL, FUTEX_BITSET_MATCH_ANY) < 0 ? errno : 0;
}

/* futex(word, FUTEX_WAKE, count): wakes up to so many who sleep on the word, in all processes; returns how many, 0 also if none can be. Does not block. */
static inline int lw_wake(uint32_t *word, int count)
{
    long woken = count <= 0 ? 0 : syscall(SYS_futex, word, FUTEX_WAKE, count, NULL, NULL, 0); /* a count of 0 would wake one */
    return woken < 0 ? 0 : (int) woken;
}

/* Where things lie. The offsets are those of a checked header, and in bounds for every slot and index that is. */

static inline uint64_t lw_participant_offset(const struct lw_region *region, uint32_t slot)
{
    return region->participants_offset + slot * sizeof(struct lw_participant);
}

static inline struct lw_participant *lw_participant_at(const struct lw_region *region, uint32_t slot)
{
    return (struct lw_participant *) (void *) (region->memory + lw_participant_offset(region, slot));
}

static inline struct lw_object *lw_object_at(const struct lw_region *region, uint32_t index)
{
    return (struct lw_object *) (void *) (region->memory + region->objects_offset + index * sizeof(struct lw_object));
}

static inline struct lw_cell *lw_cell_at(const struct lw_region *region, uint32_t slot, uint32_t index)
{
    return (struct lw_cell *) (void *) (region->memory + region->cells_offset + slot * region->cells_stride + index * sizeof(struct lw_cell));
}

/* Locks of the file's bytes */

/* Returns 0, or EAGAIN if another description has one of the bytes. */
static inline int lw_lock_bytes(int fd, short type, uint64_t offset, uint64_t length)
{
    struct flock lock;
    memset(&lock, 0, sizeof lock);
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = (off_t) offset;
    lock.l_len = (off_t) length;
    return fcntl(fd, F_OFD_SETLK, &lock) == 0 ? 0 : errno == EACCES ? EAGAIN : errno;
}

static inline int lw_lock_slot(const struct lw_region *region, uint32_t slot)
{
    return lw_lock_bytes(region->lock_fd, F_WRLCK, lw_participant_offset(region, slot), 1);
}

static inline void lw_unlock_slot(const struct lw_region *region, uint32_t slot)
{
    lw_lock_bytes(region->lock_fd, F_UNLCK, lw_participant_offset(region, slot), 1);
}

/* Recovery of the dead */

/* As LockWord.recover does it. */
static inline void lw_recover_word(struct lw_region *region, struct lw_object *object, uint32_t dead)
{
    uint32_t *word = &object->mutex.word;
    for (;;) {
        uint32_t seen = lw_get(word);
        if ((seen & LW_SLOT_MASK) != dead + 1) {
            break;
        }
        object->dead_pid = lw_participant_at(region, dead)->pid;
        object->dead_thread = seen >> LW_THREAD_SHIFT & LW_THREAD_MASK;
        object->dead_slot = dead + 1;
        object->dead_at = lw_clock(CLOCK_REALTIME);
        if (lw_swap(word, seen, LW_OWNER_DIED | (seen & (LW_WAITERS | LW_STARVING)))) {
            break;
        }
    }
    LW_STEP("recover.word");
    lw_wake(word, 1); /* whatever its bits say: who dies between its change and its wake leaves no mark, nor who dies after it was woken */
}

/* As MutexCondition.recover does it. */
static inline void lw_recover_condition(struct lw_object *object)
{
    if (object->name[0] == 0) {
        __atomic_store_n(&object->type, 0, __ATOMIC_SEQ_CST); /* nobody else can know it */
        return;
    }
    __atomic_fetch_add(&object->condition.sequence, 2, __ATOMIC_SEQ_CST); /* first: a waiter may have read it, and not be asleep yet */
    lw_wake(&object->condition.sequence, INT_MAX);
}

/* Returns whether it is of a type that C knows; then nothing of the dead is in it any more. */
static inline int lw_recover_object(struct lw_region *region, uint32_t index, uint32_t dead)
{
    struct lw_object *object = lw_object_at(region, index);
    switch (lw_get(&object->type)) {
    case 0:
        break;
    case LW_MUTEX:
    case LW_REENTRANT_MUTEX:
    case LW_SPIN_LOCK:
    case LW_GUARDED:
        lw_recover_word(region, object, dead);
        break;
    case LW_CONDITION:
        lw_recover_condition(object);
        break;
    default:
        return 0;
    }
    LW_STEP("recover.object");
    return 1;
}

/*
 * Undoes what a participant holds, and frees its slot if that is all of it. The caller has the slot's byte, which proves that no instruction of the
 * participant can follow. Each fact is one word, so whoever comes after a recoverer that has died does it all again.
 */
static inline void lw_recover(struct lw_region *region, uint32_t dead, uint32_t recoverer)
{
    struct lw_participant *participant = lw_participant_at(region, dead);
    uint32_t left = 0;
    __atomic_store_n(&participant->recoverer, recoverer + 1, __ATOMIC_SEQ_CST);
    __atomic_store_n(&participant->state, LW_SLOT_RECOVERING, __ATOMIC_SEQ_CST);
    LW_STEP("recover.begun");
    for (uint32_t index = 0; index < region->objects; index++) {
        struct lw_cell *cell = lw_cell_at(region, dead, index);
        if ((lw_get(&cell->attached) & LW_ATTACHED) == 0) {
            continue;
        }
        if (lw_recover_object(region, index, dead)) {
            __atomic_store_n(&cell->count, 0, __ATOMIC_SEQ_CST);
            __atomic_fetch_and(&cell->attached, ~LW_ATTACHED, __ATOMIC_SEQ_CST);
        } else {
            left++;
        }
    }
    if (left == 0) {
        memset(participant->waits, 0, sizeof participant->waits);
        LW_STEP("recover.cleared");
        __atomic_store_n(&participant->state, LW_SLOT_FREE, __ATOMIC_SEQ_CST);
    }
}

/* Recovers the participant of a slot, if it is dead. With housekeeping locked, or before others can use the region; never of the own slot. */
static inline void lw_recover_if_dead(struct lw_region *region, uint32_t slot, uint32_t recoverer)
{
    struct lw_participant *participant = lw_participant_at(region, slot);
    if (lw_get(&participant->state) != LW_SLOT_FREE && lw_lock_slot(region, slot) == 0) {
        if (lw_get(&participant->state) != LW_SLOT_FREE) { /* it may have left meanwhile */
            lw_recover(region, slot, recoverer);
        }
        lw_unlock_slot(region, slot);
    }
}

/* Recovers the owner that a word names, if it is dead. */
static inline void lw_look_after(struct lw_region *region, uint32_t word)
{
    uint32_t owner = word & LW_SLOT_MASK;
    if (owner == 0 || owner > region->participants || owner == region->slot + 1) {
        return;
    }
    pthread_mutex_lock(&region->housekeeping);
    lw_recover_if_dead(region, owner - 1, region->slot);
    pthread_mutex_unlock(&region->housekeeping);
}

/* What /proc tells */

static inline int lw_read_text(const char *path, char *text, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return errno;
    }
    ssize_t length = read(fd, text, size - 1);
    int error = length < 0 ? errno : 0;
    close(fd);
    text[length < 0 ? 0 : length] = 0;
    return error;
}

/* This boot's name: 32 digits and some dashes. */
static inline int lw_boot_id(uint64_t *high, uint64_t *low)
{
    char text[64];
    int error = lw_read_text("/proc/sys/kernel/random/boot_id", text, sizeof text);
    *high = *low = 0;
    for (const char *c = text; error == 0 && *c > ' '; c++) {
        if (*c != '-') {
            *high = *high << 4 | *low >> 60;
            *low = *low << 4 | (uint64_t) (*c <= '9' ? *c - '0' : *c - 'a' + 10);
        }
    }
    return error;
}

/* Field 22 of /proc/self/stat: the 20th after the command's name, which is in parentheses with anything in it. 0 if it cannot be told. */
static inline uint64_t lw_start_time(void)
{
    char text[1024];
    if (lw_read_text("/proc/self/stat", text, sizeof text) != 0) {
        return 0;
    }
    const char *field = strrchr(text, ')');
    for (int i = 0; field != NULL && i < 20; i++) {
        field = strchr(field + 1, ' ');
    }
    return field == NULL ? 0 : strtoull(field, NULL, 10);
}

/* The header */

static inline uint64_t lw_align(uint64_t value, uint64_t alignment)
{
    return (value + alignment - 1) / alignment * alignment;
}

/* Says what a region of this capacity is like: the one place that computes it. EINVAL if there is none. */
static inline int lw_describe(struct lw_header *header, uint32_t participants, uint32_t objects, uint64_t data_size)
{
    memset(header, 0, sizeof *header);
    if (participants < 1 || participants > LW_MAX_PARTICIPANTS || objects < 1 || objects > LW_MAX_OBJECTS || data_size > LW_MAX_SIZE) {
        return EINVAL;
    }
    header->magic = LW_MAGIC;
    header->version = LW_VERSION;
    header->layout = LW_LAYOUT;
    header->page_size = LW_PAGE_SIZE;
    header->participants = participants;
    header->objects = objects;
    header->participants_offset = LW_PAGE_SIZE;
    header->objects_offset = header->participants_offset + participants * sizeof(struct lw_participant);
    header->cells_offset = header->objects_offset + objects * sizeof(struct lw_object);
    header->cells_stride = lw_align(objects * sizeof(struct lw_cell), LW_CACHE_LINE);
    header->data_offset = lw_align(header->cells_offset + participants * header->cells_stride, LW_PAGE_SIZE);
    header->data_size = data_size;
    header->size = lw_align(header->data_offset + data_size, LW_PAGE_SIZE);
    return header->size > LW_MAX_SIZE ? EINVAL : 0;
}

/* Reads and judges a header; what it says is compared with what it should say, and so in bounds. */
static inline int lw_read_header(int fd, struct lw_header *header)
{
    struct stat status;
    struct lw_header expected;
    if (fstat(fd, &status) != 0) {
        return errno;
    }
    ssize_t length = pread(fd, header, sizeof *header, 0);
    if (length < 0) {
        return errno;
    }
    if ((size_t) length < sizeof *header || header->magic != LW_MAGIC) {
        return EBADMSG;
    }
    if (header->version != LW_VERSION || header->layout != LW_LAYOUT || header->page_size != LW_PAGE_SIZE) {
        return EPROTONOSUPPORT;
    }
    if (lw_describe(&expected, header->participants, header->objects, header->data_size) != 0) {
        return EBADMSG;
    }
    expected.uid = header->uid;
    expected.boot_id_high = header->boot_id_high;
    expected.boot_id_low = header->boot_id_low;
    expected.created = header->created;
    return memcmp(&expected, header, sizeof expected) != 0 || (uint64_t) status.st_size < expected.size ? EBADMSG : 0;
}

static inline int lw_is_in_group(gid_t group)
{
    int count = getgroups(0, NULL);
    gid_t *groups = (gid_t *) malloc(((size_t) count + 1) * sizeof *groups);
    int is_in = group == getegid();
    for (int i = groups == NULL ? 0 : getgroups(count, groups); i > 0 && !is_in; i--) {
        is_in = groups[i - 1] == group;
    }
    free(groups);
    return is_in;
}

/* In a folder like /dev/shm anybody can put a file under the name that we look for: so whose it is, and who can write it, is looked at. */
static inline int lw_require_trusted(int fd)
{
    struct stat status;
    if (fstat(fd, &status) != 0) {
        return errno;
    }
    if (!S_ISREG(status.st_mode)) {
        return EBADMSG;
    }
    if ((status.st_mode & S_IWOTH) != 0) {
        return EACCES;
    }
    if (status.st_uid == geteuid() || status.st_uid == 0) {
        return 0;
    }
    return (status.st_mode & (S_IRGRP | S_IWGRP)) == (S_IRGRP | S_IWGRP) && lw_is_in_group(status.st_gid) ? 0 : EACCES;
}

/* Returns 0 if the name stands for the open file, ENOENT if for nothing, ESTALE if for another file, or why it cannot be told. */
static inline int lw_name_state(const char *path, int fd)
{
    struct stat there;
    struct stat here;
    if (fstat(fd, &here) != 0 || lstat(path, &there) != 0) {
        return errno;
    }
    return there.st_dev == here.st_dev && there.st_ino == here.st_ino ? 0 : ESTALE;
}

/*
 * Makes a region: builds it in a private file (O_TMPFILE), and publishes it whole by linkat(2), so that nobody ever maps half of one. Attaches to nothing.
 *
 * participants  how many can be attached at a time, 1 to LW_MAX_PARTICIPANTS
 * objects       how many named objects there can be, 1 to LW_MAX_OBJECTS
 * data_size     bytes for data that objects own
 * mode          permissions whatever the umask: 0600, or 0660 to let the group in
 * returns       EEXIST if there is something of that name; EINVAL; ENOSPC and so on; EOPNOTSUPP where the file system has no O_TMPFILE (Java has another way)
 */
static inline int lw_create(const char *path, uint32_t participants, uint32_t objects, uint64_t data_size, mode_t mode)
{
    struct lw_header header;
    char folder[PATH_MAX];
    char self[32];
    int error = lw_describe(&header, participants, objects, data_size);
    if (error == 0) {
        error = lw_boot_id(&header.boot_id_high, &header.boot_id_low);
    }
    if (error != 0) {
        return error;
    }
    header.uid = (uint32_t) geteuid();
    header.created = lw_clock(CLOCK_REALTIME);

    const char *slash = strrchr(path, '/');
    int length = slash == NULL ? 1 : slash == path ? 1 : (int) (slash - path);
    if (length >= PATH_MAX) {
        return ENAMETOOLONG;
    }
    snprintf(folder, sizeof folder, "%.*s", length, slash == NULL ? "." : path);
    int fd = open(folder, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
    if (fd < 0) {
        return errno == EISDIR ? EOPNOTSUPP : errno;
    }
    snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
    error = posix_fallocate(fd, 0, (off_t) header.size); /* a full file system is an error here, not a SIGBUS later */
    if (error == 0 && pwrite(fd, &header, sizeof header, 0) != (ssize_t) sizeof header) {
        error = EIO;
    }
    if (error == 0 && (fchmod(fd, mode) != 0 || linkat(AT_FDCWD, self, AT_FDCWD, path, AT_SYMLINK_FOLLOW) != 0)) {
        error = errno;
    }
    close(fd);
    return error;
}

/*
 * Takes the name from a region that nobody is attached to: only who has locked every slot's byte and the directory's does so, and compares before.
 * EAGAIN if somebody is attached or attaching, or has the same in mind.
 */
static inline int lw_unlink_if_unused(int fd, const char *path, const struct lw_header *header)
{
    int error = lw_lock_bytes(fd, F_WRLCK, 0, header->objects_offset);
    if (error == 0) {
        if (lw_name_state(path, fd) == 0 && unlink(path) != 0) {
            error = errno;
        }
        lw_lock_bytes(fd, F_UNLCK, 0, header->objects_offset); /* by name: a child may have a copy of the descriptor */
    }
    return error;
}

/* Attaching and leaving */

static inline void lw_before_fork(void)
{
    pthread_mutex_lock(&lw_process_state.lock);
}

static inline void lw_after_fork(void)
{
    pthread_mutex_unlock(&lw_process_state.lock);
}

static inline void lw_after_fork_in_child(void)
{
    for (struct lw_region *region = lw_process_state.regions; region != NULL; region = region->next) {
        close(region->lock_fd); /* the parent's lock is the parent's alone again */
        region->lock_fd = -1;
        region->memory = NULL; /* MADV_DONTFORK has kept it in the parent */
    }
    lw_process_state.regions = NULL;
    lw_thread_id = 0;
    pthread_mutex_unlock(&lw_process_state.lock);
}

/* Opens the region's file once more, for its locks; fork(2) sees it in the list or not at all. */
static inline int lw_open_locks(struct lw_region *region, int fd)
{
    char self[32];
    int error = 0;
    snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
    pthread_mutex_lock(&lw_process_state.lock);
    if (!lw_process_state.has_handlers) {
        error = pthread_atfork(lw_before_fork, lw_after_fork, lw_after_fork_in_child);
        lw_process_state.has_handlers = error == 0;
    }
    if (error == 0) {
        region->lock_fd = open(self, O_RDWR | O_CLOEXEC);
        if (region->lock_fd < 0) {
            error = errno;
        } else {
            region->next = lw_process_state.regions;
            lw_process_state.regions = region;
        }
    }
    pthread_mutex_unlock(&lw_process_state.lock);
    return error;
}

/* Lets go of what this process has of a region; the slot has been dealt with. */
static inline void lw_release_region(struct lw_region *region)
{
    if (region->memory != NULL) {
        munmap(region->memory, region->size);
    }
    if (region->lock_fd >= 0) {
        pthread_mutex_lock(&lw_process_state.lock);
        struct lw_region **link = &lw_process_state.regions;
        while (*link != region) {
            link = &(*link)->next;
        }
        *link = region->next;
        close(region->lock_fd);
        pthread_mutex_unlock(&lw_process_state.lock);
    }
    pthread_mutex_destroy(&region->housekeeping);
    free(region->path);
    free(region);
}

/* Writes who this process is into a slot whose byte it has locked, and says last that it lives. */
static inline void lw_enter(struct lw_region *region, uint32_t slot)
{
    struct lw_participant *participant = lw_participant_at(region, slot);
    struct stat pid_namespace;
    participant->pid = (uint32_t) getpid();
    participant->start_time = lw_start_time();
    participant->pid_namespace = stat("/proc/self/ns/pid", &pid_namespace) == 0 ? (uint64_t) pid_namespace.st_ino : 0;
    participant->attached = lw_clock(CLOCK_REALTIME);
    participant->java = 0;
    participant->recoverer = 0;
    __atomic_store_n(&participant->state, LW_SLOT_LIVE, __ATOMIC_SEQ_CST);
    region->slot = slot;
}

/* Takes a slot, after the dead have been recovered. EUSERS: all are somebody's. ETIMEDOUT: somebody has been attaching, recovering or deleting for too long. */
static inline int lw_take_slot(struct lw_region *region)
{
    for (uint64_t patience = lw_now() + LW_SLOT_PATIENCE_NS; ; lw_sleep(LW_RETRY_NS)) {
        int busy = 0;
        for (uint32_t slot = 0; slot < region->participants; slot++) {
            lw_recover_if_dead(region, slot, slot);
        }
        for (uint32_t slot = 0; slot < region->participants; slot++) {
            struct lw_participant *participant = lw_participant_at(region, slot);
            if (lw_get(&participant->state) == LW_SLOT_LIVE) {
                continue;
            }
            int error = lw_lock_slot(region, slot);
            if (error == EAGAIN) {
                busy = 1;
            } else if (error != 0) {
                return error;
            } else if (lw_get(&participant->state) == LW_SLOT_FREE) {
                lw_enter(region, slot);
                return 0;
            } else {
                lw_unlock_slot(region, slot); /* it is left for Java; or somebody has taken it and died before we came */
            }
        }
        if (!busy) {
            return EUSERS;
        }
        if (lw_now() > patience) {
            return ETIMEDOUT;
        }
    }
}

/* Attaches to an open file with a good header. EAGAIN if it has lost its name before the slot was taken. */
static inline int lw_attach_file(int fd, const struct lw_header *header, const char *path, struct lw_region **attached)
{
    struct lw_region *region = (struct lw_region *) calloc(1, sizeof *region);
    if (region == NULL) {
        return ENOMEM;
    }
    region->lock_fd = -1;
    region->participants = header->participants;
    region->objects = header->objects;
    region->size = header->size;
    region->participants_offset = header->participants_offset;
    region->objects_offset = header->objects_offset;
    region->cells_offset = header->cells_offset;
    region->cells_stride = header->cells_stride;
    region->data_offset = header->data_offset;
    region->path = path == NULL ? NULL : strdup(path);
    pthread_mutex_init(&region->housekeeping, NULL);

    int error = path != NULL && region->path == NULL ? ENOMEM : lw_open_locks(region, fd);
    if (error == 0) {
        void *memory = mmap(NULL, region->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (memory == MAP_FAILED) {
            error = errno;
        } else {
            region->memory = (char *) memory;
            error = madvise(memory, region->size, MADV_DONTFORK) == 0 ? lw_take_slot(region) : errno;
        }
    }
    /* Who deletes the file has all slots' locks: either he has seen that this one is taken, or this sees that the name is gone. */
    if (error == 0 && path != NULL && lw_name_state(path, region->lock_fd) != 0) {
        __atomic_store_n(&lw_participant_at(region, region->slot)->state, LW_SLOT_FREE, __ATOMIC_SEQ_CST);
        lw_unlock_slot(region, region->slot);
        error = EAGAIN;
    }
    if (error != 0) {
        lw_release_region(region);
        return error;
    }
    *attached = region;
    return 0;
}

/*
 * Attaches to the region of that name, normally below /dev/shm; makes one with the LW_DEFAULT_... capacities first if there is none, or one from before this
 * machine was booted that nobody has locked. A symbolic link is not followed. Recovers the dead before it takes a slot.
 *
 * returns  EBADMSG          no region, damaged, or cut
 *          EPROTONOSUPPORT  of another version, layout or page size
 *          EACCES           everybody can write it, or it belongs neither to the effective user nor to root and lets no group in that the process is in
 *          EUSERS           all slots are taken
 *          ETIMEDOUT        the free slots are locked, by one that is stopped while it attaches, recovers or deletes
 *          ESTALE           from before the machine was booted, and yet somebody has it locked
 *          and what open(2), mmap(2) and lw_create return
 */
static inline int lw_attach(const char *path, struct lw_region **region)
{
    for (uint64_t patience = lw_now() + LW_SLOT_PATIENCE_NS; ; lw_sleep(LW_RETRY_NS)) {
        struct lw_header header;
        uint64_t boot_id_high;
        uint64_t boot_id_low;
        int fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        int error = fd < 0 ? errno : lw_require_trusted(fd);
        if (error == 0) {
            error = lw_read_header(fd, &header);
        }
        if (error == 0) {
            error = lw_boot_id(&boot_id_high, &boot_id_low);
        }
        if (error == 0) {
            if (header.boot_id_high == boot_id_high && header.boot_id_low == boot_id_low) {
                error = lw_attach_file(fd, &header, path, region);
                if (error == 0) {
                    close(fd);
                    return 0;
                }
            } else {
                error = lw_unlink_if_unused(fd, path, &header);
                error = error == 0 ? ENOENT : error;
            }
        }
        if (fd >= 0) {
            close(fd);
        }
        if (error == ENOENT) {
            error = lw_create(path, LW_DEFAULT_PARTICIPANTS, LW_DEFAULT_OBJECTS, LW_DEFAULT_DATA_SIZE, LW_DEFAULT_MODE);
            error = error == 0 || error == EEXIST ? EAGAIN : error; /* whoever was first */
        }
        if (error != EAGAIN) {
            return error;
        }
        if (lw_now() > patience) {
            return ESTALE;
        }
    }
}

/*
 * Attaches to a region that a descriptor of this process stands for, such as an inherited memfd. It is opened anew: an inherited description shares its locks
 * with whoever passed it on, and would prove nothing. The descriptor stays open, and the caller's. Whose file it is does not matter. Returns as lw_attach.
 */
static inline int lw_attach_fd(int fd, struct lw_region **region)
{
    struct lw_header header;
    char self[32];
    snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
    int own = open(self, O_RDWR | O_CLOEXEC);
    int error = own < 0 ? errno : lw_read_header(own, &header);
    if (error == 0) {
        error = lw_attach_file(own, &header, NULL, region);
    }
    if (own >= 0) {
        close(own);
    }
    return error;
}

/*
 * Leaves. What this participant still holds is dealt with as if it had died now. No other thread may use the region or its mutexes any more. In a child
 * that was forked it frees the child's copy, and does nothing to the region.
 */
static inline void lw_detach(struct lw_region *region)
{
    if (region->memory != NULL) {
        lw_recover(region, region->slot, region->slot);
        lw_unlock_slot(region, region->slot); /* by name: a child may have a copy of the descriptor still */
    }
    lw_release_region(region);
}

/* The directory of named objects, as ObjectTable.java keeps it */

/* FNV-1a over the bytes of the name. */
static inline uint32_t lw_first_index(const struct lw_region *region, const char *name)
{
    uint32_t hash = 0x811c9dc5u;
    for (const char *c = name; *c != 0; c++) {
        hash = (hash ^ (uint8_t) *c) * 0x01000193u;
    }
    return hash % region->objects;
}

/* Returns the index of the object of that name, or region->objects. An entry that has never been used ends the search. */
static inline uint32_t lw_find(const struct lw_region *region, const char *padded_name)
{
    uint32_t index = lw_first_index(region, padded_name);
    for (uint32_t i = 0; i < region->objects; i++) {
        struct lw_object *object = lw_object_at(region, index);
        if (object->generation == 0) {
            break;
        }
        if (lw_get(&object->type) != 0 && memcmp(object->name, padded_name, LW_NAME_SIZE) == 0) {
            return index;
        }
        index = index + 1 == region->objects ? 0 : index + 1;
    }
    return region->objects;
}

/* Makes an object without data; returns its index, or region->objects if the region is full. type is written last: who dies before leaves a free entry. */
static inline uint32_t lw_make(struct lw_region *region, const char *padded_name, uint32_t type)
{
    uint32_t index = lw_first_index(region, padded_name);
    for (uint32_t i = 0; i < region->objects; i++) {
        struct lw_object *object = lw_object_at(region, index);
        if (lw_get(&object->type) == 0) {
            object->generation++;
            memset((char *) object + offsetof(struct lw_object, initial), 0, sizeof *object - offsetof(struct lw_object, initial));
            object->data_offset = region->data_offset;
            memcpy(object->name, padded_name, LW_NAME_SIZE);
            for (uint32_t slot = 0; slot < region->participants; slot++) {
                memset(lw_cell_at(region, slot, index), 0, sizeof(struct lw_cell)); /* an earlier object's type may have left something */
            }
            LW_STEP("create.filled");
            __atomic_store_n(&object->type, type, __ATOMIC_SEQ_CST);
            return index;
        }
        index = index + 1 == region->objects ? 0 : index + 1;
    }
    return region->objects;
}

/* Locks the directory and housekeeping; not the latter while it waits for the former, or the dead would not be recovered. */
static inline int lw_lock_directory(struct lw_region *region)
{
    for (uint64_t patience = lw_now() + LW_DIRECTORY_PATIENCE_NS; ; lw_sleep(LW_RETRY_NS)) {
        pthread_mutex_lock(&region->housekeeping);
        int error = lw_lock_bytes(region->lock_fd, F_WRLCK, 0, 1);
        if (error == 0) {
            return 0;
        }
        pthread_mutex_unlock(&region->housekeeping);
        if (error != EAGAIN) {
            return error;
        }
        if (lw_now() > patience) {
            return ETIMEDOUT;
        }
    }
}

static inline void lw_unlock_directory(struct lw_region *region)
{
    lw_lock_bytes(region->lock_fd, F_UNLCK, 0, 1);
    pthread_mutex_unlock(&region->housekeeping);
}

/* Whether the name of the region stands for another file by now. */
static inline int lw_is_replaced(const struct lw_region *region)
{
    return region->path != NULL && lw_name_state(region->path, region->lock_fd) == ESTALE;
}

/*
 * Finds the mutex of that name, which is made now if there is none. Opening it again gives another handle of the same mutex.
 *
 * name     1 to LW_NAME_SIZE - 1 bytes, in UTF-8
 * returns  EPROTOTYPE if the name stands for an object of another type; ENAMETOOLONG; EINVAL if it is empty; ENOSPC if the region is full; ESTALE if the
 *          region's file was replaced; ETIMEDOUT if somebody has been making or removing an object for 30 s; EBADF in a child that was forked
 */
static inline int lw_mutex_open(struct lw_region *region, const char *name, struct lw_mutex_handle *mutex)
{
    char padded[LW_NAME_SIZE] = "";
    size_t length = strlen(name);
    if (region->memory == NULL) {
        return EBADF;
    }
    if (length == 0 || length >= LW_NAME_SIZE) {
        return length == 0 ? EINVAL : ENAMETOOLONG;
    }
    memcpy(padded, name, length);
    int error = lw_lock_directory(region);
    if (error != 0) {
        return error;
    }
    if (lw_is_replaced(region)) {
        error = ESTALE;
    } else {
        uint32_t index = lw_find(region, padded);
        if (index == region->objects) {
            index = lw_make(region, padded, LW_MUTEX);
        }
        if (index == region->objects) {
            error = ENOSPC;
        } else if (lw_get(&lw_object_at(region, index)->type) != LW_MUTEX) {
            error = EPROTOTYPE;
        } else {
            __atomic_fetch_or(&lw_cell_at(region, region->slot, index)->attached, LW_ATTACHED, __ATOMIC_SEQ_CST);
            mutex->region = region;
            mutex->index = index;
        }
    }
    lw_unlock_directory(region);
    return error;
}

/* The mutex. Its word is latchwork.h's lock word, and goes through the states that LockWord.java has in its table. */

static inline uint32_t *lw_word(const struct lw_mutex_handle *mutex)
{
    return &lw_object_at(mutex->region, mutex->index)->mutex.word;
}

/* The slot and the thread of the caller, as they stand in a word that it owns. */
static inline uint32_t lw_mine(const struct lw_region *region)
{
    if (lw_thread_id == 0) {
        lw_thread_id = (uint32_t) syscall(SYS_gettid);
    }
    return (region->slot + 1) | (lw_thread_id & LW_THREAD_MASK) << LW_THREAD_SHIFT;
}

static inline int lw_owns(uint32_t word, uint32_t mine)
{
    return (word & (LW_SLOT_MASK | LW_THREAD_MASK << LW_THREAD_SHIFT)) == mine;
}

/* Tells others that this thread sleeps; returns the record, or LW_WAITS if all are in use: then it sleeps unseen. */
static inline uint32_t lw_begin_wait(const struct lw_mutex_handle *mutex)
{
    struct lw_region *region = mutex->region;
    for (uint32_t record = 0; record < LW_WAITS; record++) {
        uint32_t bit = 1u << record;
        if ((__atomic_fetch_or(&region->waits, bit, __ATOMIC_SEQ_CST) & bit) == 0) {
            struct lw_wait *wait = &lw_participant_at(region, region->slot)->waits[record];
            wait->thread = lw_thread_id;
            wait->since = lw_clock(CLOCK_REALTIME);
            __atomic_store_n(&wait->object, mutex->index + 1, __ATOMIC_RELEASE);
            return record;
        }
    }
    return LW_WAITS;
}

static inline void lw_end_wait(const struct lw_mutex_handle *mutex, uint32_t record)
{
    struct lw_region *region = mutex->region;
    if (record < LW_WAITS) {
        __atomic_store_n(&lw_participant_at(region, region->slot)->waits[record].object, 0, __ATOMIC_RELEASE);
        __atomic_fetch_and(&region->waits, ~(1u << record), __ATOMIC_SEQ_CST);
    }
}

/* Takes the mutex if nobody has it; EBUSY if somebody has. */
static inline int lw_take_if_free(uint32_t *word, uint32_t mine)
{
    for (;;) {
        uint32_t seen = lw_get(word);
        if (seen == LW_UNRECOVERABLE) {
            return ENOTRECOVERABLE;
        }
        if ((seen & LW_SLOT_MASK) != 0) {
            return EBUSY;
        }
        if (lw_swap(word, seen, seen | mine)) {
            return (seen & LW_OWNER_DIED) != 0 ? EOWNERDEAD : 0;
        }
    }
}

/* As LockWord.spin. */
static inline int lw_spin(uint32_t *word, uint32_t mine)
{
    for (int i = 0; i < LW_SPINS; i++) {
        uint32_t seen = lw_get(word);
        if (((seen & LW_SLOT_MASK) == 0 && (seen & LW_STARVING) == 0) || seen == LW_UNRECOVERABLE) {
            int result = lw_take_if_free(word, mine);
            if (result != EBUSY) {
                return result;
            }
        }
#if defined(__x86_64__)
        __builtin_ia32_pause();
#elif defined(__aarch64__)
        __asm__ volatile("yield");
#endif
    }
    return EBUSY;
}

/* Sleeps on the word until the deadline at most. */
static inline int lw_sleep_on(const uint32_t *word, uint32_t expected, uint64_t deadline)
{
    struct timespec until = {(time_t) (deadline / 1000000000u), (long) (deadline % 1000000000u)};
    return lw_wait(word, expected, &until);
}

/* As LockWord.acquireBlocking; *slept says whether the caller may have taken a wake. */
static inline int lw_block(const struct lw_mutex_handle *mutex, uint32_t mine, uint64_t deadline, int *slept)
{
    struct lw_region *region = mutex->region;
    struct lw_object *object = lw_object_at(region, mutex->index);
    uint32_t *word = &object->mutex.word;
    uint64_t start = lw_now();
    int patient = 1;
    for (;;) {
        uint32_t seen = lw_get(word);
        uint64_t now = lw_now();
        if (seen == LW_UNRECOVERABLE) {
            return ENOTRECOVERABLE;
        }
        int starving = *slept && now - start > LW_STARVING_AFTER_NS;
        if ((seen & LW_SLOT_MASK) == 0) {
            if ((seen & LW_STARVING) != 0 && !*slept && patient) { /* keeps off a free word for the sake of who has waited for long */
                patient = 0;
                int pause = lw_sleep_on(word, seen, now + LW_STARVING_PATIENCE_NS);
                *slept = 1;
                if (pause == ETIMEDOUT && lw_now() >= deadline) {
                    return ETIMEDOUT;
                }
                continue;
            }
            uint32_t next = seen | mine | (*slept ? LW_WAITERS : 0);
            if (starving || !patient) {
                next &= ~LW_STARVING;
            }
            if (lw_swap(word, seen, next)) {
                LW_STEP("acquire.slow");
                return (seen & LW_OWNER_DIED) != 0 ? EOWNERDEAD : 0;
            }
            continue;
        }
        uint32_t wanted = seen | LW_WAITERS | (starving ? LW_STARVING : 0);
        if (wanted != seen) {
            if (!lw_swap(word, seen, wanted)) {
                continue;
            }
            if ((seen & LW_WAITERS) == 0) {
                object->contended = lw_clock(CLOCK_REALTIME);
            }
        }
        LW_STEP("acquire.wait");
        int woken = lw_sleep_on(word, wanted, deadline < now + LW_SLICE_NS ? deadline : now + LW_SLICE_NS);
        *slept |= woken != EAGAIN;
        LW_STEP("acquire.woken");
        if (woken == ETIMEDOUT) {
            if (lw_now() >= deadline) {
                return ETIMEDOUT;
            }
            if (lw_is_replaced(region)) {
                return ESTALE; /* nobody who could wake it may be left */
            }
            lw_look_after(region, lw_get(word));
        } else if (woken != 0 && woken != EAGAIN && woken != EINTR) {
            return woken;
        }
    }
}

/* The fast path has not got it. */
static inline int lw_lock_slowly(const struct lw_mutex_handle *mutex, uint32_t mine, uint64_t deadline)
{
    uint32_t *word = lw_word(mutex);
    int slept = 0;
    if (lw_owns(lw_get(word), mine)) {
        return EDEADLK;
    }
    int result = lw_spin(word, mine);
    if (result != EBUSY) {
        return result;
    }
    uint32_t record = lw_begin_wait(mutex);
    result = lw_block(mutex, mine, deadline, &slept);
    lw_end_wait(mutex, record);
    if (slept && result != 0 && result != EOWNERDEAD) {
        lw_wake(word, 1); /* it may have been the wake of another */
    }
    return result;
}

/*
 * Takes the mutex, and blocks while somebody else has it. What was done under it is visible to the next owner.
 *
 * returns  0                taken
 *          EOWNERDEAD       taken, and its last owner died with it: repair what it guards and call lw_mutex_consistent, or it is lost to all by unlocking
 *          ENOTRECOVERABLE  not taken: somebody has unlocked it without repairing
 *          EDEADLK          not taken: the calling thread has it already
 *          ESTALE           not taken: the region's file was replaced while it waited
 *          EBADF            not taken: the handle is a parent's, in a child that was forked
 */
static inline int lw_mutex_lock(const struct lw_mutex_handle *mutex)
{
    if (mutex->region->memory == NULL) {
        return EBADF;
    }
    uint32_t mine = lw_mine(mutex->region);
    return lw_swap(lw_word(mutex), 0, mine) ? 0 : lw_lock_slowly(mutex, mine, LW_NEVER);
}

/*
 * The same until a deadline: ETIMEDOUT if it comes first, EINVAL if it is none. It is absolute and on CLOCK_MONOTONIC, as pthread_mutex_clocklock(3)
 * has it, and not on CLOCK_REALTIME, as pthread_mutex_timedlock(3) has it. A deadline that has passed takes what is free.
 */
static inline int lw_mutex_timedlock(const struct lw_mutex_handle *mutex, const struct timespec *deadline)
{
    if (mutex->region->memory == NULL) {
        return EBADF;
    }
    uint32_t mine = lw_mine(mutex->region);
    if (lw_swap(lw_word(mutex), 0, mine)) {
        return 0;
    }
    if (deadline->tv_nsec < 0 || deadline->tv_nsec >= 1000000000) {
        return EINVAL;
    }
    uint64_t seconds = deadline->tv_sec < 0 ? 0 : (uint64_t) deadline->tv_sec;
    return lw_lock_slowly(mutex, mine, seconds >= LW_NEVER / 1000000000u ? LW_NEVER : seconds * 1000000000u + (uint64_t) deadline->tv_nsec);
}

/* Takes the mutex if nobody has it, or its owner is dead. Does not block. EBUSY if somebody has it, the calling thread included; else as lw_mutex_lock. */
static inline int lw_mutex_trylock(const struct lw_mutex_handle *mutex)
{
    if (mutex->region->memory == NULL) {
        return EBADF;
    }
    uint32_t mine = lw_mine(mutex->region);
    uint32_t *word = lw_word(mutex);
    int result = lw_take_if_free(word, mine);
    if (result == EBUSY) {
        lw_look_after(mutex->region, lw_get(word)); /* nobody may be waiting, and so looking */
        result = lw_take_if_free(word, mine);
    }
    return result;
}

/* Says that what the mutex guards is as it should be, after EOWNERDEAD. EPERM if the calling thread does not have it; EINVAL if its last owner did not die. */
static inline int lw_mutex_consistent(const struct lw_mutex_handle *mutex)
{
    if (mutex->region->memory == NULL) {
        return EBADF;
    }
    uint32_t *word = lw_word(mutex);
    uint32_t seen = lw_get(word);
    if (!lw_owns(seen, lw_mine(mutex->region))) {
        return EPERM;
    }
    if ((seen & LW_OWNER_DIED) == 0) {
        return EINVAL;
    }
    __atomic_fetch_and(word, ~LW_OWNER_DIED, __ATOMIC_SEQ_CST);
    return 0;
}

/* Lets the mutex go. EPERM if the calling thread does not have it. Without lw_mutex_consistent after EOWNERDEAD, nobody gets it any more. Does not block. */
static inline int lw_mutex_unlock(const struct lw_mutex_handle *mutex)
{
    if (mutex->region->memory == NULL) {
        return EBADF;
    }
    uint32_t mine = lw_mine(mutex->region);
    uint32_t *word = lw_word(mutex);
    for (;;) {
        uint32_t seen = lw_get(word);
        if (!lw_owns(seen, mine)) {
            return EPERM;
        }
        int lost = (seen & LW_OWNER_DIED) != 0;
        uint32_t next = lost ? LW_UNRECOVERABLE : (seen & LW_STARVING) != 0 ? LW_STARVING | LW_WAITERS : 0;
        if (lw_swap(word, seen, next)) {
            if (seen != mine) {
                LW_STEP("release.freed");
            }
            if (lost) {
                lw_wake(word, INT_MAX);
            } else if ((seen & LW_WAITERS) != 0) {
                lw_wake(word, 1);
            }
            return 0;
        }
    }
}

#endif
