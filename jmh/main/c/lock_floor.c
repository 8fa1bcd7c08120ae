/*
 * Locks of glibc, and compiled as C++ with -DBOOST those of Boost.Interprocess, in a file that processes map: what Latchwork's are compared with.
 *
 *     lock_floor KIND FILE init
 *     lock_floor KIND FILE START MILLIS THREADS INSIDE
 *
 * From START (CLOCK_MONOTONIC, ns) on, each of THREADS threads takes the lock, does INSIDE steps of work, lets it go, does as many steps, for MILLIS.
 * Prints how often all of them together have had it, and the 99.9 % quantile of what taking it took, in ns, of every eighth time.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#ifdef BOOST
#include <new>
#include <boost/interprocess/sync/interprocess_mutex.hpp>
#endif

#define SAMPLES (1 << 17)

struct shared {
    pthread_mutex_t mutex;
    pthread_rwlock_t rwlock;
    sem_t semaphore;
#ifdef BOOST
    boost::interprocess::interprocess_mutex boost_mutex;
#endif
};

static struct shared *shared;
static char kind; /* m mutex, r robust mutex, w rwlock for reading, s semaphore, b Boost's mutex */
static long start, end_, inside;
static volatile uint64_t sink = 88172645463325252ULL;

static long now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000L + t.tv_nsec;
}

static inline void take(void)
{
    switch (kind) {
    case 'w': pthread_rwlock_rdlock(&shared->rwlock); break;
    case 's': sem_wait(&shared->semaphore); break;
#ifdef BOOST
    case 'b': shared->boost_mutex.lock(); break;
#endif
    default: pthread_mutex_lock(&shared->mutex);
    }
}

static inline void let_go(void)
{
    switch (kind) {
    case 'w': pthread_rwlock_unlock(&shared->rwlock); break;
    case 's': sem_post(&shared->semaphore); break;
#ifdef BOOST
    case 'b': shared->boost_mutex.unlock(); break;
#endif
    default: pthread_mutex_unlock(&shared->mutex);
    }
}

static void work(long steps)
{
    uint64_t x = sink;
    /* xorshift: steps that no compiler makes fewer of */
    for (long i = 0; i < steps; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
    }
    sink = x;
}

struct result {
    long operations, samples;
    uint32_t *taken;
};

static void *run(void *argument)
{
    struct result *result = (struct result *) argument;
    result->taken = (uint32_t *) calloc(SAMPLES, sizeof(uint32_t));
    while (now() < start)
        ;
    long n = 0;
    for (;; n++) {
        if (n % 8 == 0) {
            long before = now();
            if (before >= end_)
                break;
            take();
            long after = now();
            result->taken[result->samples++ % SAMPLES] = after - before > UINT32_MAX ? UINT32_MAX : (uint32_t) (after - before);
        } else {
            take();
        }
        if (inside)
            work(inside);
        let_go();
        if (inside)
            work(inside);
    }
    result->operations = n;
    return NULL;
}

static int compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *) a, y = *(const uint32_t *) b;
    return x < y ? -1 : x > y;
}

int main(int argc, char **argv)
{
    kind = argv[1][0];
    int fd = open(argv[2], O_RDWR | O_CREAT, 0600);
    if (fd < 0 || ftruncate(fd, sizeof(struct shared)))
        return perror(argv[2]), 1;
    shared = (struct shared *) mmap(NULL, sizeof(struct shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (argc == 4) {
        pthread_mutexattr_t attributes;
        pthread_rwlockattr_t rw_attributes;
        pthread_mutexattr_init(&attributes);
        pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
        if (kind == 'r')
            pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
        pthread_rwlockattr_init(&rw_attributes);
        pthread_rwlockattr_setpshared(&rw_attributes, PTHREAD_PROCESS_SHARED);
        pthread_mutex_init(&shared->mutex, &attributes);
        pthread_rwlock_init(&shared->rwlock, &rw_attributes);
        sem_init(&shared->semaphore, 1, 1);
#ifdef BOOST
        new (&shared->boost_mutex) boost::interprocess::interprocess_mutex();
#endif
        return 0;
    }
    start = atol(argv[3]);
    end_ = start + atol(argv[4]) * 1000000L;
    int threads = atoi(argv[5]);
    inside = atol(argv[6]);
    pthread_t ids[64];
    struct result results[64];
    memset(results, 0, sizeof results);
    for (int i = 0; i < threads; i++)
        pthread_create(&ids[i], NULL, run, &results[i]);
    long operations = 0, samples = 0;
    uint32_t *all = (uint32_t *) malloc(sizeof(uint32_t) * SAMPLES * threads);
    for (int i = 0; i < threads; i++) {
        pthread_join(ids[i], NULL);
        long count = results[i].samples < SAMPLES ? results[i].samples : SAMPLES;
        memcpy(all + samples, results[i].taken, sizeof(uint32_t) * count);
        operations += results[i].operations;
        samples += count;
    }
    qsort(all, samples, sizeof *all, compare);
    printf("%ld %u\n", operations, samples ? all[(long) (samples * 0.999)] : 0);
    return 0;
}
