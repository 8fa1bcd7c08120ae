/*
 * One of two processes that wake each other and count: the other half of org.latchwork.wait.CountingPeer.
 *
 *   futex_counting FILE SIDE MILLISECONDS
 *
 * SIDE is 0 or 1. The file's words, 64 bytes apart, for each side s:
 *   s * PAIRS + i             tokens for side s, in pair i; the sign bit says that no more will come
 *   (2 + s) * PAIRS + i       never changes; threads of side s wait on it, the other side wakes one at a time and counts
 *   4 * PAIRS + s             1 when side s wakes nobody any more
 * Prints "tokens sent, tokens received, exact wakes sent, exact wakes received".
 */
#include "linux.h"
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define PAIRS 4
#define STRIDE 16
#define ENDED INT32_MIN

static int32_t *words;
static int side;
static long end; /* ns, CLOCK_MONOTONIC */
static long sent, received, wakes, woken;

static int32_t *word(int index)
{
    return words + (long) index * STRIDE;
}

static long now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000L + time.tv_nsec;
}

static void give(int32_t *tokens)
{
    __atomic_fetch_add(tokens, 1, __ATOMIC_SEQ_CST);
    syscall(SYS_futex, tokens, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static int take(int32_t *tokens)
{
    for (;;) {
        int32_t seen = __atomic_load_n(tokens, __ATOMIC_SEQ_CST);
        if ((seen & INT32_MAX) > 0) {
            if (__atomic_compare_exchange_n(tokens, &seen, seen - 1, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
                return 1;
        } else if (seen < 0) {
            return 0;
        } else {
            syscall(SYS_futex, tokens, FUTEX_WAIT, 0, NULL, NULL, 0);
        }
    }
}

static void *tokens(void *argument)
{
    int pair = (int) (long) argument;
    int32_t *mine = word(side * PAIRS + pair), *others = word((1 - side) * PAIRS + pair);
    long given = 0, taken = 0;
    while (now() < end) {
        give(others);
        given++;
        if (!take(mine))
            break;
        taken++;
    }
    __atomic_fetch_or(others, ENDED, __ATOMIC_SEQ_CST);
    syscall(SYS_futex, others, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
    while (take(mine))
        taken++;
    __atomic_fetch_add(&sent, given, __ATOMIC_RELAXED);
    __atomic_fetch_add(&received, taken, __ATOMIC_RELAXED);
    return NULL;
}

static void *waker(void *argument)
{
    int32_t *target = word((2 + 1 - side) * PAIRS + (int) (long) argument);
    while (now() < end) {
        long one = syscall(SYS_futex, target, FUTEX_WAKE, 1, NULL, NULL, 0);
        __atomic_fetch_add(&wakes, one, __ATOMIC_RELAXED);
        usleep(50); /* the two cores are for the others, too */
    }
    return NULL;
}

static void *waiter(void *argument)
{
    int32_t *mine = word((2 + side) * PAIRS + (int) (long) argument);
    struct timespec timeout = {0, 5000000};
    for (;;) {
        int last = __atomic_load_n(word(4 * PAIRS + 1 - side), __ATOMIC_SEQ_CST);
        if (!syscall(SYS_futex, mine, FUTEX_WAIT, 0, &timeout, NULL, 0))
            __atomic_fetch_add(&woken, 1, __ATOMIC_RELAXED);
        if (last)
            return NULL;
    }
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    int fd = open(argv[1], O_RDWR | O_CLOEXEC);
    words = mmap(NULL, (4 * PAIRS + 2) * STRIDE * sizeof(*words), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fd < 0 || words == MAP_FAILED) {
        perror(argv[1]);
        return 2;
    }
    side = atoi(argv[2]);
    end = now() + atol(argv[3]) * 1000000L;
    pthread_t threads[3][PAIRS];
    for (long i = 0; i < PAIRS; i++) {
        pthread_create(&threads[0][i], NULL, waker, (void *) i);
        pthread_create(&threads[1][i], NULL, tokens, (void *) i);
        pthread_create(&threads[2][i], NULL, waiter, (void *) i);
    }
    for (int i = 0; i < PAIRS; i++)
        pthread_join(threads[0][i], NULL);
    __atomic_store_n(word(4 * PAIRS + side), 1, __ATOMIC_SEQ_CST);
    for (int kind = 1; kind < 3; kind++)
        for (int i = 0; i < PAIRS; i++)
            pthread_join(threads[kind][i], NULL);
    printf("%ld %ld %ld %ld\n", sent, received, wakes, woken);
    return 0;
}
