/*
 * What a recovery is measured with: an owner that is killed, and an observer that kills and tells when the kernel has dropped the owner's locks.
 *
 *     recovery_floor own REGION OBJECTS
 *     recovery_floor observe REGION
 *
 * An owner answers a line with "held", when it has the mutexes 0, 1, 2, ... of the region, and waits for its end. Whoever owns has a second byte of the file
 * locked by the description that its slot's lock is on: the witness, far behind the file's end. An observer answers a line with the pid of an owner by three
 * times in ns: just before its kill(2), CLOCK_MONOTONIC; when the witness was seen to be free, CLOCK_MONOTONIC; and how late it saw another byte become
 * free that it let go itself.
 *
 * The kernel drops all locks of a description in one go, in the last close of it, under the inode's lock for file locks; so the witness goes with the slot's
 * byte, and nobody who recovers ever touches it. The observer sleeps in F_OFD_SETLKW until then, for which the dying process pays one more wake. Asking by
 * F_OFD_GETLK in a loop would see it half a microsecond after the fact, but would take one CPU from those who recover, of two on a small machine, and the
 * inode's lock from all of them; asking after every sleep of some length would be late by that length. What the sleeper sees is late by its way to a CPU,
 * 5 to 50 us, which is what the third figure tells; its thread is SCHED_FIFO where that is allowed, so that busy CPUs make little of a difference.
 */
#define _GNU_SOURCE 1
#define LW_CLIENT 1
#include "latchwork.h"

#include <sched.h>
#include <signal.h>

#define WITNESS (1ll << 40)
#define OWN_BYTE (WITNESS + 1)

static _Noreturn void fail(const char *what, int error)
{
    fprintf(stderr, "recovery_floor: %s: %s\n", what, strerror(error));
    exit(1);
}

static int hold(const char *path, int objects)
{
    struct lw_region *region;
    char line[64];
    int error = lw_attach(path, &region);
    if (error != 0)
        fail(path, error);
    for (int i = 0; i < objects; i++) {
        struct lw_mutex_handle mutex;
        snprintf(line, sizeof line, "%d", i);
        error = lw_mutex_open(region, line, &mutex);
        if (error == 0)
            error = lw_mutex_lock(&mutex);
        if (error != 0)
            fail(line, error);
    }
    error = lw_lock_bytes(region->lock_fd, F_WRLCK, WITNESS, 1);
    if (error != 0)
        fail("witness", error);
    while (fgets(line, sizeof line, stdin)) {
        puts("held");
        fflush(stdout);
    }
    return 0;
}

/* One wait until a byte is free. */
struct look {
    pthread_t thread;
    int fd;
    off_t byte;
    pid_t tid;
    uint64_t seen;
};

static void *await_free(void *argument)
{
    struct look *look = argument;
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = look->byte, .l_len = 1};
    __atomic_store_n(&look->tid, (pid_t) syscall(SYS_gettid), __ATOMIC_RELEASE);
    while (fcntl(look->fd, F_OFD_SETLKW, &lock) != 0)
        if (errno != EINTR)
            fail("F_OFD_SETLKW", errno);
    look->seen = lw_now();
    lw_lock_bytes(look->fd, F_UNLCK, (uint64_t) look->byte, 1);
    return NULL;
}

/* Returns when the thread sleeps in its fcntl(2). */
static void begin(struct look *look, int fd, off_t byte)
{
    pthread_attr_t attributes;
    struct sched_param priority = {.sched_priority = 1};
    char name[64], call[256], expected[16];
    *look = (struct look) {.fd = fd, .byte = byte};
    pthread_attr_init(&attributes);
    pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
    pthread_attr_setschedpolicy(&attributes, SCHED_FIFO);
    pthread_attr_setschedparam(&attributes, &priority);
    int error = pthread_create(&look->thread, &attributes, await_free, look);
    if (error == EPERM)
        error = pthread_create(&look->thread, NULL, await_free, look);
    if (error != 0)
        fail("pthread_create", error);
    pid_t tid;
    while ((tid = __atomic_load_n(&look->tid, __ATOMIC_ACQUIRE)) == 0)
        lw_sleep(20000);
    snprintf(name, sizeof name, "/proc/self/task/%d/syscall", tid);
    snprintf(expected, sizeof expected, "%d ", SYS_fcntl);
    for (;;) {
        error = lw_read_text(name, call, sizeof call);
        if (error != 0)
            fail(name, error);
        if (strncmp(call, expected, strlen(expected)) == 0)
            return;
        lw_sleep(20000);
    }
}

static uint64_t end(struct look *look)
{
    pthread_join(look->thread, NULL);
    return look->seen;
}

static int observe(const char *path)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    int other = open(path, O_RDWR | O_CLOEXEC);
    char line[64];
    if (fd < 0 || other < 0)
        fail(path, errno);
    while (fgets(line, sizeof line, stdin)) {
        pid_t pid = (pid_t) atoi(line);
        struct look look;
        if (lw_lock_bytes(fd, F_WRLCK, WITNESS, 1) != EAGAIN)
            fail("the witness, which the owner should have", EINVAL);

        int error = lw_lock_bytes(other, F_WRLCK, OWN_BYTE, 1);
        if (error != 0)
            fail("own byte", error);
        begin(&look, fd, OWN_BYTE);
        uint64_t let_go = lw_now();
        lw_lock_bytes(other, F_UNLCK, OWN_BYTE, 1);
        uint64_t late = end(&look) - let_go;

        begin(&look, fd, WITNESS);
        uint64_t killed = lw_now();
        if (kill(pid, SIGKILL) != 0)
            fail("kill", errno);
        uint64_t dropped = end(&look);
        printf("%llu %llu %llu\n", (unsigned long long) killed, (unsigned long long) dropped, (unsigned long long) late);
        fflush(stdout);
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "own") == 0)
        return hold(argv[2], atoi(argv[3]));
    if (argc == 3 && strcmp(argv[1], "observe") == 0)
        return observe(argv[2]);
    fprintf(stderr, "usage: recovery_floor own REGION OBJECTS | observe REGION\n");
    return 1;
}
