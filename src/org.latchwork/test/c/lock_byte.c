/* lock_byte FILE OFFSET: waits for a line, locks that byte by an open file description lock, says "locked", and sleeps. */
#define _GNU_SOURCE 1

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    int fd = argc == 3 ? open(argv[1], O_RDWR) : -1;
    struct flock byte = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = argc == 3 ? atol(argv[2]) : 0, .l_len = 1};
    if (fd < 0 || getchar() == EOF || fcntl(fd, F_OFD_SETLK, &byte) != 0) {
        perror("lock_byte FILE OFFSET");
        return 1;
    }
    puts("locked");
    fflush(stdout);
    while (1) {
        pause();
    }
}
