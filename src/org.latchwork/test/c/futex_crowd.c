/*
 * Wakes the waiters of many words of a shared file.
 *
 *   futex_crowd wake   FILE WORDS    wakes each word's waiter once: one that has not come yet is awaited
 *   futex_crowd change FILE WORDS    sets each word to 1, then wakes all its waiters
 *   futex_crowd all    FILE WORDS    wakes all waiters of all words
 *
 * Prints how many waiters it has woken.
 */
#include "linux.h"
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static long wake(uint32_t *word, int count)
{
    long woken = syscall(SYS_futex, word, FUTEX_WAKE, count, NULL, NULL, 0);
    if (woken < 0) {
        perror("FUTEX_WAKE");
        exit(2);
    }
    return woken;
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    long words = atol(argv[3]), woken = 0;
    int fd = open(argv[2], O_RDWR | O_CLOEXEC);
    uint32_t *word = mmap(NULL, words * sizeof(*word), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fd < 0 || word == MAP_FAILED) {
        perror(argv[2]);
        return 2;
    }
    for (long i = 0; i < words; i++) {
        if (!strcmp(argv[1], "wake")) {
            long one;
            while ((one = wake(word + i, INT_MAX)) == 0)
                usleep(1000);
            woken += one;
        } else {
            if (!strcmp(argv[1], "change"))
                __atomic_store_n(word + i, 1, __ATOMIC_SEQ_CST);
            woken += wake(word + i, INT_MAX);
        }
    }
    printf("%ld\n", woken);
    return 0;
}
