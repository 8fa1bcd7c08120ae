/*
 * What a wake costs without a JVM: the protocol of the Java benchmark, step by step, on the same kernel interfaces.
 *
 *   futex_floor wake block|spin processes|threads WAKER_CPU WAITER_CPU WARM_UP_MS MEASURE_MS MAX_WAKES PAUSE_NS
 *   futex_floor round-trip block|spin CPU_A CPU_B BATCHES BATCH
 *   futex_floor empty-wake CPU BATCHES BATCH
 *
 * wake prints one JSON object, the others one number per batch: nanoseconds.
 */
#define _GNU_SOURCE 1

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define CACHE_LINE 64
#define SPIN_NANOS 1000000L
#define READS_BETWEEN_CLOCKS 64
#define SLEEPER 1u
#define PROOF_NANOS 100000000L
#define STOP UINT32_MAX
#define ROUND_TRIP_WARM_UP 1000

struct word {
    _Alignas(CACHE_LINE) _Atomic uint32_t value;
};

/* What both sides map. The first word is the one that is measured; the others carry the protocol. */
struct shared {
    struct word futex, pong;
    struct word go, ready, done, attached;
    _Alignas(CACHE_LINE) int64_t stamp;
    _Alignas(CACHE_LINE) bool measuring;
    pid_t pid, tid;
    int64_t count, cpu, waited, voluntary, involuntary;
    int64_t latencies[];
};

static struct shared *shared;
static bool spins, give_way;
static int futex_flags;
static int waker_cpu, waiter_cpu;

static void die(const char *what)
{
    perror(what);
    exit(2);
}

static int64_t now(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return t.tv_sec * 1000000000L + t.tv_nsec;
}

static int64_t nano_time(void)
{
    return now(CLOCK_MONOTONIC);
}

static int64_t cpu_nanos(void)
{
    return now(CLOCK_THREAD_CPUTIME_ID);
}

static void pin(int cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0)
        die("sched_setaffinity");
}

static void relax(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

static void futex_wait(_Atomic uint32_t *word, uint32_t expected, int flags)
{
    if (syscall(SYS_futex, word, FUTEX_WAIT_BITSET | flags, expected, NULL, NULL, FUTEX_BITSET_MATCH_ANY) != 0
            && errno != EAGAIN && errno != EINTR)
        die("FUTEX_WAIT_BITSET");
}

static void futex_wake(_Atomic uint32_t *word, int flags)
{
    if (syscall(SYS_futex, word, FUTEX_WAKE | flags, 1, NULL, NULL, 0) < 0)
        die("FUTEX_WAKE");
}

/* The wake and the wait that are measured. */

static void block_wake(uint32_t number)
{
    atomic_store(&shared->futex.value, number);
    futex_wake(&shared->futex.value, futex_flags);
}

static void block_await(uint32_t number)
{
    uint32_t seen;
    while ((seen = atomic_load(&shared->futex.value)) != number)
        futex_wait(&shared->futex.value, seen, futex_flags);
}

static void spin_wake(uint32_t number)
{
    if (atomic_exchange(&shared->futex.value, number << 1) & SLEEPER)
        futex_wake(&shared->futex.value, futex_flags);
}

static void spin_await(uint32_t number)
{
    uint32_t woken = number << 1, seen;
    int64_t end = nano_time() + SPIN_NANOS;
    do {
        for (int i = 0; i < READS_BETWEEN_CLOCKS; i++) {
            if (atomic_load_explicit(&shared->futex.value, memory_order_acquire) == woken)
                return;
            relax();
        }
    } while (nano_time() < end);
    while ((seen = atomic_load(&shared->futex.value)) != woken) {
        if ((seen & SLEEPER) || atomic_compare_exchange_strong(&shared->futex.value, &seen, seen | SLEEPER))
            futex_wait(&shared->futex.value, seen | SLEEPER, futex_flags);
    }
}

/* The protocol around it. */

static void signal_word(struct word *word, uint32_t value)
{
    atomic_store(&word->value, value);
    if (give_way)
        futex_wake(&word->value, 0);
}

static uint32_t await_other(struct word *word, uint32_t value)
{
    uint32_t seen;
    while ((seen = atomic_load_explicit(&word->value, memory_order_acquire)) == value) {
        if (give_way)
            futex_wait(&word->value, value, 0);
        else
            relax();
    }
    return seen;
}

static void waiter_once(uint32_t number)
{
    bool measuring = shared->measuring;
    struct rusage before, after;
    signal_word(&shared->ready, number);
    getrusage(RUSAGE_THREAD, &before);
    int64_t from = nano_time();
    int64_t before_cpu = cpu_nanos(), cpu = cpu_nanos();
    if (spins)
        spin_await(number);
    else
        block_await(number);
    int64_t woken = nano_time();
    cpu = cpu_nanos() - cpu - (cpu - before_cpu);
    getrusage(RUSAGE_THREAD, &after);
    if (measuring) {
        shared->latencies[shared->count++] = woken - shared->stamp;
        shared->cpu += cpu;
        shared->waited += woken - from;
        shared->voluntary += after.ru_nvcsw - before.ru_nvcsw;
        shared->involuntary += after.ru_nivcsw - before.ru_nivcsw;
    }
    signal_word(&shared->done, number);
}

static void *waiter(void *unused)
{
    (void)unused;
    pin(waiter_cpu);
    shared->pid = getpid();
    shared->tid = gettid();
    signal_word(&shared->attached, 1);
    uint32_t number = 0;
    while ((number = await_other(&shared->go, number)) != STOP)
        waiter_once(number);
    return NULL;
}

static bool does_as_expected(int probe, const char *expected)
{
    char line[256];
    ssize_t length = pread(probe, line, sizeof line, 0);
    return length >= (ssize_t)strlen(expected) && strncmp(line, expected, strlen(expected)) == 0;
}

static bool prove(int probe, const char *expected)
{
    int64_t end = nano_time() + PROOF_NANOS;
    while (!does_as_expected(probe, expected)) {
        if (nano_time() > end)
            return false;
        if (give_way)
            sched_yield();
    }
    return true;
}

static uint64_t random_below(uint64_t bound)
{
    static uint64_t x = 88172645463325252u; /* xorshift64 */
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return x % bound;
}

static int64_t proven, waker_cpu_nanos;

static uint32_t phase(int probe, const char *expected, uint32_t number, int millis, long max_wakes, uint64_t pause)
{
    int64_t end = nano_time() + millis * 1000000L;
    for (long i = 0; i < max_wakes && nano_time() < end; i++, number++) {
        signal_word(&shared->go, number);
        await_other(&shared->ready, number - 1);
        prove(probe, expected);
        int64_t resume = nano_time() + random_below(pause);
        while (nano_time() < resume)
            relax();
        proven += prove(probe, expected);
        int64_t before_cpu = cpu_nanos(), cpu = cpu_nanos(); /* what lies between the two is the clock's own cost */
        shared->stamp = nano_time();
        if (spins)
            spin_wake(number);
        else
            block_wake(number);
        waker_cpu_nanos += cpu_nanos() - cpu - (cpu - before_cpu);
        await_other(&shared->done, number - 1);
    }
    return number;
}

static void waker(int warm_up, int measure, long max_wakes, uint64_t pause)
{
    pin(waker_cpu);
    await_other(&shared->attached, 0);

    char path[64], expected[64];
    snprintf(path, sizeof path, "/proc/%d/task/%d/syscall", shared->pid, shared->tid);
    int probe = open(path, O_RDONLY | O_CLOEXEC);
    if (probe < 0)
        die(path);
    if (spins)
        strcpy(expected, "running");
    else
        snprintf(expected, sizeof expected, "%d 0x%lx 0x%x ", SYS_futex, (unsigned long)&shared->futex, FUTEX_WAIT_BITSET | futex_flags);

    uint32_t number = phase(probe, expected, 1, warm_up, LONG_MAX, pause);
    proven = waker_cpu_nanos = 0;
    shared->measuring = true;
    phase(probe, expected, number, measure, max_wakes, pause);
    signal_word(&shared->go, STOP);
    printf("{\"proven\":%ld,\"wakerCpuNanos\":%ld,\"waiterCpuNanos\":%ld,\"waitedNanos\":%ld,"
           "\"voluntarySwitches\":%ld,\"involuntarySwitches\":%ld,\"latencies\":[",
           proven, waker_cpu_nanos, shared->cpu, shared->waited, shared->voluntary, shared->involuntary);
    for (int64_t i = 0; i < shared->count; i++)
        printf("%s%ld", i ? "," : "", shared->latencies[i]);
    printf("]}\n");
}

/* A child that ends with this process. */
static pid_t fork_child(void)
{
    pid_t parent = getpid();
    pid_t child = fork();
    if (child < 0)
        die("fork");
    if (child == 0 && (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent))
        exit(2);
    return child;
}

static void map_shared(long latencies)
{
    size_t bytes = sizeof *shared + latencies * sizeof shared->latencies[0];
    shared = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        die("mmap");
}

static void wake(char **args)
{
    bool threads = strcmp(args[1], "threads") == 0;
    long max_wakes = atol(args[6]);
    spins = strcmp(args[0], "spin") == 0;
    futex_flags = threads ? FUTEX_PRIVATE_FLAG : 0;
    waker_cpu = atoi(args[2]);
    waiter_cpu = atoi(args[3]);
    give_way = waker_cpu == waiter_cpu;
    map_shared(max_wakes);
    if (threads) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, waiter, NULL) != 0)
            die("pthread_create");
        waker(atoi(args[4]), atoi(args[5]), max_wakes, atol(args[7]));
        pthread_join(thread, NULL);
    } else if (fork_child() == 0) {
        waiter(NULL);
        _exit(0);
    } else {
        waker(atoi(args[4]), atoi(args[5]), max_wakes, atol(args[7]));
        wait(NULL);
    }
}

/* Round trips: each side says the number to the other and waits until the other has said it. */

static void say(struct word *word, uint32_t number)
{
    if (spins) {
        atomic_store_explicit(&word->value, number, memory_order_release);
    } else {
        atomic_store(&word->value, number);
        futex_wake(&word->value, 0);
    }
}

static void hear(struct word *word, uint32_t number)
{
    uint32_t seen;
    while ((seen = atomic_load_explicit(&word->value, memory_order_acquire)) != number) {
        if (spins)
            relax();
        else
            futex_wait(&word->value, seen, 0);
    }
}

static void round_trip(char **args)
{
    int batches = atoi(args[3]), batch = atoi(args[4]);
    uint32_t rounds = ROUND_TRIP_WARM_UP + (uint32_t)batches * batch;
    spins = strcmp(args[0], "spin") == 0;
    map_shared(batches);
    if (fork_child() == 0) {
        pin(atoi(args[2]));
        for (uint32_t i = 1; i <= rounds; i++) {
            hear(&shared->futex, i);
            say(&shared->pong, i);
        }
        _exit(0);
    }
    pin(atoi(args[1]));
    uint32_t i = 1;
    for (; i <= ROUND_TRIP_WARM_UP; i++) {
        say(&shared->futex, i);
        hear(&shared->pong, i);
    }
    for (int b = 0; b < batches; b++) {
        int64_t from = nano_time();
        for (int r = 0; r < batch; r++, i++) {
            say(&shared->futex, i);
            hear(&shared->pong, i);
        }
        shared->latencies[b] = nano_time() - from;
    }
    wait(NULL);
    for (int b = 0; b < batches; b++)
        printf("%ld\n", shared->latencies[b]);
}

static void empty_wake(char **args)
{
    int batches = atoi(args[1]), batch = atoi(args[2]);
    pin(atoi(args[0]));
    map_shared(batches);
    for (int b = 0; b < batches; b++) {
        int64_t from = nano_time();
        for (int r = 0; r < batch; r++)
            futex_wake(&shared->futex.value, 0);
        shared->latencies[b] = nano_time() - from;
    }
    for (int b = 0; b < batches; b++)
        printf("%ld\n", shared->latencies[b]);
}

int main(int argc, char **argv)
{
    if (argc == 10 && strcmp(argv[1], "wake") == 0)
        wake(argv + 2);
    else if (argc == 7 && strcmp(argv[1], "round-trip") == 0)
        round_trip(argv + 2);
    else if (argc == 5 && strcmp(argv[1], "empty-wake") == 0)
        empty_wake(argv + 2);
    else {
        fprintf(stderr, "usage: see the head of futex_floor.c\n");
        return 1;
    }
    return 0;
}
