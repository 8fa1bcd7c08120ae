/*
 * Futex words of a shared file, used as a C program does it.
 *
 *   futex_words wait         FILE FIRST LAST    waits on one word after the other while it is 0
 *   futex_words wait-private FILE FIRST LAST    the same with FUTEX_PRIVATE_FLAG
 *   futex_words wake         FILE INDEX COUNT   prints how many were woken
 *   futex_words wake-private FILE INDEX COUNT
 *
 * A waiter first prints the address of word 0 in hexadecimal, then a line for each wait that has ended.
 */
#include "linux.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define BYTES 4096

int main(int argc, char **argv)
{
    if (argc != 5)
        return 2;
    int private = strstr(argv[1], "-private") ? FUTEX_PRIVATE_FLAG : 0;
    int fd = open(argv[2], O_RDWR | O_CLOEXEC);
    uint32_t *words = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fd < 0 || words == MAP_FAILED) {
        perror(argv[2]);
        return 2;
    }
    int first = atoi(argv[3]), last = atoi(argv[4]);
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (!strncmp(argv[1], "wake", 4)) {
        printf("%ld\n", syscall(SYS_futex, words + first, FUTEX_WAKE | private, last, NULL, NULL, 0));
        return 0;
    }
    printf("%lx\n", (unsigned long) words);
    for (int i = first; i <= last; i++) {
        long result = syscall(SYS_futex, words + i, FUTEX_WAIT | private, 0, NULL, NULL, 0);
        printf("%s %d\n", result == 0 ? "WOKEN" : errno == EAGAIN ? "VALUE_DIFFERS" : strerror(errno), i);
    }
    return 0;
}
