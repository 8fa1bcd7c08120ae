/*
 * The other side of a checkpoint: the protocol as C test suites speak it, with their habits, so that the Java side meets what it meets in
 * the field.
 *
 *   checkpoint OFFSET FILE init
 *   checkpoint OFFSET FILE wait ID TIMEOUT_MS [THREADS]
 *   checkpoint OFFSET FILE wake ID N TIMEOUT_MS
 *   checkpoint OFFSET FILE exec COMMAND...
 *   checkpoint OFFSET FILE late ID
 *
 * OFFSET is where the first word lies; "68:plain" stands for a file without magic. FILE "-" is what LTP_IPC_PATH names. Exit status 0:
 * done; 1: the time was over; 2: no checkpoint file.
 *
 * Habits kept on purpose: init writes four bytes and no more, over whatever is there; a signal starts the whole timeout of a wait again; a
 * wake tries once a millisecond and wakes all that it finds, so that it can overshoot and then fails.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const char magic[4] = "LTPM";

struct wait {
    uint32_t *word;
    long timeout_ms;
    int timed_out;
};

static void fail(const char *what)
{
    perror(what);
    exit(2);
}

static char *attach(const char *path, int has_magic, int init)
{
    int fd = open(path, init ? O_RDWR | O_CREAT : O_RDWR, 0666);
    if (fd < 0)
        fail(path);
    if (init && write(fd, magic, sizeof(magic)) != sizeof(magic))
        fail("write");
    char *page = mmap(NULL, getpagesize(), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (page == MAP_FAILED)
        fail("mmap");
    close(fd);
    if (has_magic && memcmp(page, magic, sizeof(magic)) != 0) {
        fprintf(stderr, "%s: bad magic\n", path);
        exit(2);
    }
    return page;
}

static void *wait_at(void *argument)
{
    struct wait *wait = argument;
    struct timespec timeout = {wait->timeout_ms / 1000, wait->timeout_ms % 1000 * 1000000};
    long result;
    do {
        result = syscall(SYS_futex, wait->word, FUTEX_WAIT, *wait->word, &timeout);
    } while (result == -1 && errno == EINTR);
    wait->timed_out = result != 0;
    return NULL;
}

/* Prints "woken" or "timed out" for each thread, in no order that means anything. */
static int wait_in_threads(uint32_t *word, long timeout_ms, int threads)
{
    struct wait *waits = calloc(threads, sizeof(*waits));
    pthread_t *ids = calloc(threads, sizeof(*ids));
    int timed_out = 0;
    for (int i = 0; i < threads; i++) {
        waits[i] = (struct wait) {word, timeout_ms, 0};
        if (i > 0 && pthread_create(&ids[i], NULL, wait_at, &waits[i]) != 0)
            fail("pthread_create");
    }
    wait_at(&waits[0]);
    for (int i = 0; i < threads; i++) {
        if (i > 0)
            pthread_join(ids[i], NULL);
        puts(waits[i].timed_out ? "timed out" : "woken");
        timed_out |= waits[i].timed_out;
    }
    return timed_out;
}

static int wake(uint32_t *word, long count, long timeout_ms)
{
    long woken = 0;
    for (long tries = 0; tries <= timeout_ms; tries++) {
        woken += syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX);
        if (woken == count)
            return 0;
        usleep(1000);
    }
    return 1;
}

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

/* For measuring: each line of stdin is a time on CLOCK_MONOTONIC at which to wait; the answer is how long the wait took, in nanoseconds. */
static int wait_late(uint32_t *word)
{
    long long arrival;
    prctl(PR_SET_TIMERSLACK, 1);
    while (scanf("%lld", &arrival) == 1) {
        struct timespec until = {arrival / 1000000000, arrival % 1000000000};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
        int64_t start = now();
        syscall(SYS_futex, word, FUTEX_WAIT, *word, NULL);
        printf("%lld\n", (long long) (now() - start));
        fflush(stdout);
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fputs("usage: checkpoint OFFSET FILE init|wait|wake|exec|late ...\n", stderr);
        return 2;
    }
    char *suffix;
    long offset = strtol(argv[1], &suffix, 10);
    const char *path = strcmp(argv[2], "-") == 0 ? getenv("LTP_IPC_PATH") : argv[2];
    const char *command = argv[3];
    if (path == NULL) {
        fputs("LTP_IPC_PATH is not set\n", stderr);
        return 2;
    }
    char *page = attach(path, *suffix == 0, strcmp(command, "init") == 0);
    if (argc == 4)
        return 0;
    if (strcmp(command, "exec") == 0) {
        execv(argv[4], argv + 4); /* the mapping goes, the environment stays */
        fail(argv[4]);
    }
    uint32_t *word = (uint32_t *) (page + offset) + atol(argv[4]);
    if (strcmp(command, "late") == 0)
        return wait_late(word);
    if (strcmp(command, "wake") == 0)
        return wake(word, atol(argv[5]), atol(argv[6]));
    return wait_in_threads(word, atol(argv[5]), argc > 6 ? atoi(argv[6]) : 1);
}
