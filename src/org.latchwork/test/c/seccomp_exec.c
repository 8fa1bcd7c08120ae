/*
 * Runs a program under a seccomp filter that refuses system calls, as the runtime of a container does.
 *
 *   seccomp_exec CALL=ERRNO... -- PROGRAM ARGUMENT...
 *
 * CALL is io_uring_setup, io_uring_enter or futex_waitv; ERRNO is EPERM, EACCES, ENOMEM or ENOSYS. All other calls pass.
 */
#include "linux.h"
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif

#define MOST 8

struct named {
    const char *name;
    int number;
};

static const struct named calls[] = {
    {"io_uring_setup", SYS_io_uring_setup}, {"io_uring_enter", SYS_io_uring_enter}, {"futex_waitv", SYS_futex_waitv},
};
static const struct named errors[] = {{"EPERM", EPERM}, {"EACCES", EACCES}, {"ENOMEM", ENOMEM}, {"ENOSYS", ENOSYS}};

#define NUMBER(table, name) number(table, sizeof(table) / sizeof(*table), name)

static int number(const struct named *table, size_t length, const char *name)
{
    for (size_t i = 0; i < length; i++)
        if (!strcmp(table[i].name, name))
            return table[i].number;
    fprintf(stderr, "seccomp_exec: what is %s?\n", name);
    exit(2);
}

int main(int argc, char **argv)
{
    struct sock_filter filter[4 + 2 * MOST + 1];
    unsigned short length = 0;
    filter[length++] = (struct sock_filter) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
    filter[length++] = (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0);
    filter[length++] = (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    filter[length++] = (struct sock_filter) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    int i = 1;
    for (; i < argc && strcmp(argv[i], "--"); i++) {
        char *error = strchr(argv[i], '=');
        if (!error || i > MOST)
            return 2;
        *error++ = 0;
        filter[length++] = (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned) NUMBER(calls, argv[i]), 0, 1);
        filter[length++] = (struct sock_filter) BPF_STMT(BPF_RET | BPF_K,
                                                         SECCOMP_RET_ERRNO | ((unsigned) NUMBER(errors, error) & SECCOMP_RET_DATA));
    }
    filter[length++] = (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = {length, filter};
    /* Without new privileges nobody needs any to install a filter. */
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) {
        perror("seccomp_exec: prctl");
        return 2;
    }
    execvp(argv[i + 1], argv + i + 1);
    perror(argv[i + 1]);
    return 2;
}
