/*
 * A participant in C, by hand: region_hand MODE FILE MUTEX. It attaches, takes the mutex, says "held", waits for a line, and then:
 *
 *     exec   becomes another program, in which the lock's descriptor is closed
 *     fork   has forked a child, before it said "held PID", which sleeps with a copy of the lock's descriptor
 *     exit   ends
 */
#define _GNU_SOURCE 1

#include "latchwork.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static void require(int good, const char *what)
{
    if (!good) {
        perror(what);
        exit(1);
    }
}

static char *map(const char *file)
{
    int fd = open(file, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    struct stat status;
    require(fd >= 0 && fstat(fd, &status) == 0, file);
    char *memory = mmap(NULL, (size_t) status.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    require(memory != MAP_FAILED, "mmap");
    close(fd);
    return memory;
}

/* Its descriptor is never closed on purpose: the lock is held for life. */
static uint32_t take_slot(const char *file, struct lw_header *header)
{
    int fd = open(file, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    require(fd >= 0, file);
    for (uint32_t slot = 0; slot < header->participants; slot++) {
        uint64_t offset = header->participants_offset + slot * sizeof(struct lw_participant);
        struct lw_participant *participant = (struct lw_participant *) ((char *) header + offset);
        struct flock byte = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t) offset, .l_len = 1};
        if (participant->state == LW_SLOT_FREE && fcntl(fd, F_OFD_SETLK, &byte) == 0) {
            participant->pid = (uint32_t) getpid();
            __atomic_store_n(&participant->state, LW_SLOT_LIVE, __ATOMIC_SEQ_CST);
            return slot;
        }
    }
    require(0, "no slot is free");
    return 0;
}

static uint32_t find(struct lw_header *header, const char *name)
{
    struct lw_object *objects = (struct lw_object *) ((char *) header + header->objects_offset);
    for (uint32_t i = 0; i < header->objects; i++) {
        if (objects[i].type == LW_MUTEX && strncmp(objects[i].name, name, LW_NAME_SIZE) == 0) {
            return i;
        }
    }
    require(0, "no such mutex");
    return 0;
}

int main(int argc, char **argv)
{
    require(argc == 4, "usage: region_hand MODE FILE MUTEX");
    struct lw_header *header = (struct lw_header *) map(argv[2]);
    require(header->magic == LW_MAGIC && header->layout == LW_LAYOUT, "the header");
    uint32_t slot = take_slot(argv[2], header);
    uint32_t index = find(header, argv[3]);

    struct lw_cell *cells = (struct lw_cell *) ((char *) header + header->cells_offset + slot * header->cells_stride);
    __atomic_fetch_or(&cells[index].attached, LW_ATTACHED, __ATOMIC_SEQ_CST);
    struct lw_object *object = (struct lw_object *) ((char *) header + header->objects_offset) + index;
    uint32_t expected = 0;
    require(__atomic_compare_exchange_n(&object->mutex.word, &expected, slot + 1, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST), "the mutex");

    if (strcmp(argv[1], "fork") == 0) {
        pid_t child = fork();
        require(child >= 0, "fork");
        if (child == 0) {
            fclose(stdin);
            fclose(stdout);
            while (1) {
                pause();
            }
        }
        printf("held %d\n", (int) child);
    } else {
        puts("held");
    }
    fflush(stdout);
    getchar();
    if (strcmp(argv[1], "exec") == 0) {
        execl("/bin/sh", "sh", "-c", "echo executed; exec sleep 1000", (char *) NULL);
        require(0, "execl");
    }
    return 0;
}
