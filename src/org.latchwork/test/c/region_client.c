/*
 * Does with a region what it is told, one command a line, by the client of latchwork.h, and answers each with a line, as RegionChild does in Java:
 * what came of it, or "! " and the error. LW_FAULT=NAME:N kills it when it passes the step of that name for the Nth time.
 *
 * With arguments it is a worker instead: region_client REGION WORDS NUMBER does what KillWorker does, but for the condition.
 */
#define _GNU_SOURCE 1

#include <signal.h>

static void pass(const char *name);

#define LW_STEP(name) pass(name)
#define LW_CLIENT 1
#include "latchwork.h"

#include <sys/wait.h>

static const char *fault_name = "";
static size_t fault_length;
static int fault_left;

static void pass(const char *name)
{
    if (strlen(name) == fault_length && strncmp(name, fault_name, fault_length) == 0 && __atomic_sub_fetch(&fault_left, 1, __ATOMIC_SEQ_CST) == 0) {
        kill(getpid(), SIGKILL);
    }
}

static void read_fault(void)
{
    const char *fault = getenv("LW_FAULT");
    if (fault != NULL && strchr(fault, ':') != NULL) {
        fault_name = fault;
        fault_length = (size_t) (strchr(fault, ':') - fault);
        fault_left = atoi(strchr(fault, ':') + 1);
    }
}

static struct lw_region *region;

static const char *answer(int error)
{
    static char text[64];
    if (error == 0) {
        return "done";
    }
    snprintf(text, sizeof text, "! %s", strerrorname_np(error));
    return text;
}

/* What locking came to, in RegionChild's words: whether the owner had died. */
static const char *locked(int result)
{
    return result == 0 ? "false" : result == EOWNERDEAD ? "true" : answer(result);
}

static struct timespec after(long millis)
{
    uint64_t deadline = lw_now() + (uint64_t) millis * 1000000u;
    struct timespec time = {(time_t) (deadline / 1000000000u), (long) (deadline % 1000000000u)};
    return time;
}

static uint32_t *map_words(const char *file)
{
    int fd = open(file, O_RDWR | O_CLOEXEC);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0) {
        perror(file);
        exit(1);
    }
    void *words = mmap(NULL, (size_t) status.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    return words == MAP_FAILED ? NULL : (uint32_t *) words;
}

/* As TwoPartCounter.countUnder. */
static int count(const struct lw_mutex_handle *mutex, volatile uint32_t *words, int worker, int times)
{
    for (int n = 0; n < times; n++) {
        uint32_t counted = 0;
        int result = lw_mutex_lock(mutex);
        if (result != 0 && result != EOWNERDEAD) {
            return result;
        }
        for (int i = 2; i < 16; i++) {
            counted += words[i];
        }
        if (result == EOWNERDEAD) {
            words[0] = words[1] = counted;
            lw_mutex_consistent(mutex);
        } else if (words[0] != counted || words[1] != counted) {
            return EILSEQ; /* broken, and nobody has said so */
        }
        words[0] = words[0] + 1;
        words[1] = words[1] + 1;
        words[2 + worker] = words[2 + worker] + 1;
        lw_mutex_unlock(mutex);
    }
    return 0;
}

static void *unlock(void *mutex)
{
    return (void *) (intptr_t) lw_mutex_unlock((const struct lw_mutex_handle *) mutex);
}

/* The child says what its parent's handles are good for, attaches anew, takes the mutex "child's", and lives on with it. */
static void forked(const struct lw_mutex_handle *parents, const char *path)
{
    struct lw_mutex_handle own;
    struct lw_region *parents_region = region;
    printf("%d %s", (int) getpid(), strerrorname_np(lw_mutex_lock(parents)));
    printf(" %s", strerrorname_np(lw_mutex_unlock(parents)));
    printf(" %s", strerrorname_np(lw_mutex_open(region, "another", &own)));
    lw_detach(parents_region);
    printf(" %s", answer(lw_attach(path, &region)));
    printf(" %s", answer(lw_mutex_open(region, "child's", &own)));
    printf(" %s\n", locked(lw_mutex_lock(&own)));
    fflush(stdout);
    fclose(stdin);
    fclose(stdout); /* or the test would wait for its end, to see its parent's */
    while (1) {
        pause();
    }
}

static int descriptors(void)
{
    int open_ones = 0;
    for (int fd = 0; fd < 1024; fd++) {
        open_ones += fcntl(fd, F_GETFD) >= 0;
    }
    return open_ones;
}

static void obey(const char *command, const char *name, const char *text, long number, long times)
{
    struct lw_mutex_handle mutex;
    if (strcmp(command, "open") == 0) {
        puts(answer(lw_attach(name, &region)));
    } else if (strcmp(command, "make") == 0) {
        puts(answer(lw_create(name, (uint32_t) atoi(text), (uint32_t) number, (uint64_t) times, 0660)));
    } else if (strcmp(command, "inherit") == 0) {
        int fd = open(name, O_RDWR | O_CLOEXEC);
        puts(answer(lw_attach_fd(fd, &region)));
        close(fd);
    } else if (strcmp(command, "close") == 0) {
        lw_detach(region);
        puts("done");
    } else if (strcmp(command, "again") == 0) { /* attaches and leaves, so many times */
        int before = descriptors();
        int error = 0;
        for (int i = atoi(text); i > 0 && error == 0; i--) {
            struct lw_region *other;
            error = lw_attach(name, &other);
            if (error == 0) {
                lw_detach(other);
            }
        }
        printf("%s %d\n", answer(error), descriptors() - before);
    } else if (strcmp(command, "wait") == 0) {
        puts(answer(lw_wait(map_words(name), (uint32_t) atoi(text), NULL)));
    } else if (strcmp(command, "wake") == 0) {
        printf("%d\n", lw_wake(map_words(name), atoi(text)));
    } else {
        int error = lw_mutex_open(region, name, &mutex);
        if (error != 0) {
            puts(answer(error));
        } else if (strcmp(command, "mutex") == 0) {
            puts("done");
        } else if (strcmp(command, "lock") == 0) {
            puts(locked(lw_mutex_lock(&mutex)));
        } else if (strcmp(command, "trylock") == 0) {
            puts(locked(lw_mutex_trylock(&mutex)));
        } else if (strcmp(command, "timed") == 0) {
            struct timespec deadline = after(atoi(text));
            uint64_t begin = lw_now();
            int result = lw_mutex_timedlock(&mutex, &deadline);
            printf("%s%s\n", locked(result), lw_now() - begin < (uint64_t) atoi(text) * 1000000u ? "" : " at the deadline");
        } else if (strcmp(command, "nodeadline") == 0) {
            struct timespec deadline = {0, 1000000000};
            puts(locked(lw_mutex_timedlock(&mutex, &deadline)));
        } else if (strcmp(command, "repair") == 0) {
            puts(answer(lw_mutex_consistent(&mutex)));
        } else if (strcmp(command, "unlock") == 0) {
            puts(answer(lw_mutex_unlock(&mutex)));
        } else if (strcmp(command, "stranger") == 0) { /* another thread unlocks */
            pthread_t thread;
            void *result;
            pthread_create(&thread, NULL, unlock, &mutex);
            pthread_join(thread, &result);
            puts(answer((int) (intptr_t) result));
        } else if (strcmp(command, "held") == 0) { /* the word of this thread */
            printf("%u\n", lw_mine(region));
        } else if (strcmp(command, "count") == 0) {
            puts(answer(count(&mutex, map_words(text), (int) number, (int) times)));
        } else if (strcmp(command, "fork") == 0) {
            pid_t child = fork();
            if (child == 0) {
                forked(&mutex, text);
            }
        } else if (strcmp(command, "exec") == 0) {
            execl("/bin/sh", "sh", "-c", "echo executed; exec sleep 1000", (char *) NULL);
        } else {
            puts("! what?");
        }
    }
}

/* The words are KillWorker's. */
static int work(const char *path, const char *words_file, int number)
{
    struct lw_mutex_handle mutex;
    volatile uint32_t *words = map_words(words_file);
    int error = lw_attach(path, &region);
    if (error == 0) {
        error = lw_mutex_open(region, "orders", &mutex);
    }
    if (error == 0) {
        puts("ready");
        fflush(stdout);
    }
    while (error == 0 && words[2] == 0) {
        uint32_t begun = 0;
        int result = lw_mutex_lock(&mutex);
        if (result != 0 && result != EOWNERDEAD) {
            error = result;
            break;
        }
        for (int i = 16; i < 80; i++) {
            begun += words[i];
        }
        if (result == EOWNERDEAD) {
            words[0] = words[1] = begun;
            __atomic_fetch_add(&words[3], 1, __ATOMIC_SEQ_CST);
            lw_mutex_consistent(&mutex);
        } else if (words[0] != begun || words[1] != begun) {
            __atomic_fetch_add(&words[4], 1, __ATOMIC_SEQ_CST);
        }
        words[16 + number] = words[16 + number] + 1;
        words[0] = words[0] + 1;
        words[1] = words[1] + 1;
        lw_mutex_unlock(&mutex);
    }
    if (error != 0) {
        fprintf(stderr, "region_client: %s\n", strerrorname_np(error));
        return 1;
    }
    lw_detach(region);
    return 0;
}

int main(int argc, char **argv)
{
    char line[4096];
    read_fault();
    if (argc == 4) {
        return work(argv[1], argv[2], atoi(argv[3]));
    }
    while (fgets(line, sizeof line, stdin) != NULL) {
        char *words[5] = {NULL, NULL, NULL, NULL, NULL};
        char *rest = line;
        for (int i = 0; i < 5; i++) {
            char *word = strsep(&rest, " \n");
            words[i] = word == NULL ? (char *) "" : word;
        }
        obey(words[0], words[1], words[2], atol(words[3]), atol(words[4]));
        fflush(stdout);
    }
    return 0;
}
