/*
 * The Linux interfaces that the runtime binds: the one input that jextract reads.
 * Keep it to includes, to constants that older kernel headers lack, and to what jextract would make costly.
 */
#define _GNU_SOURCE 1

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <linux/futex.h>
#include <linux/io_uring.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>

/* futex2, Linux 6.7: absent from the headers of Linux 6.1 */
#ifndef SYS_futex_wake
#define SYS_futex_wake 454
#endif
#ifndef SYS_futex_wait
#define SYS_futex_wait 455
#endif
#ifndef SYS_futex_requeue
#define SYS_futex_requeue 456
#endif
#ifndef FUTEX2_SIZE_U32
#define FUTEX2_SIZE_U32 0x02
/* The same release gave io_uring these operations (enum io_uring_op, which no #ifndef sees). */
#define IORING_OP_FUTEX_WAIT 51
#define IORING_OP_FUTEX_WAITV 53
#endif
#ifndef FUTEX2_PRIVATE
#define FUTEX2_PRIVATE FUTEX_PRIVATE_FLAG
#endif

/* io_uring's set-up flag of Linux 6.6 */
#ifndef IORING_SETUP_NO_SQARRAY
#define IORING_SETUP_NO_SQARRAY (1U << 16)
#endif

/*
 * struct stat with its three reserved words as fields instead of an array. jextract's class of a struct makes a var handle for each array
 * as soon as it is used, and that alone was 20 ms of every short program. The kernel fills it as it fills the original; the compiler
 * checks that it may.
 */
struct file_status {
    dev_t st_dev;
    ino_t st_ino;
    nlink_t st_nlink;
    mode_t st_mode;
    uid_t st_uid;
    gid_t st_gid;
    int padding;
    dev_t st_rdev;
    off_t st_size;
    blksize_t st_blksize;
    blkcnt_t st_blocks;
    struct timespec st_atim;
    struct timespec st_mtim;
    struct timespec st_ctim;
    long reserved0;
    long reserved1;
    long reserved2;
};
_Static_assert(sizeof(struct file_status) == sizeof(struct stat), "struct stat has another size");
_Static_assert(offsetof(struct file_status, st_ino) == offsetof(struct stat, st_ino), "st_ino lies elsewhere");
_Static_assert(offsetof(struct file_status, st_mode) == offsetof(struct stat, st_mode), "st_mode lies elsewhere");
_Static_assert(offsetof(struct file_status, st_size) == offsetof(struct stat, st_size), "st_size lies elsewhere");
_Static_assert(offsetof(struct file_status, st_ctim) == offsetof(struct stat, st_ctim), "st_ctim lies elsewhere");

/*
 * io_uring's submission entry as a futex operation uses it: the original is a page of unions, which grows with every kernel.
 */
struct ring_sqe {
    __u8 opcode;
    __u8 flags;
    __u16 ioprio;
    __s32 fd;
    __u64 off;
    __u64 addr;
    __u32 len;
    __u32 operation_flags;
    __u64 user_data;
    __u64 rest0;
    __u64 rest1;
    __u64 rest2;
};
_Static_assert(sizeof(struct ring_sqe) == sizeof(struct io_uring_sqe), "struct io_uring_sqe has another size");
_Static_assert(offsetof(struct ring_sqe, addr) == offsetof(struct io_uring_sqe, addr), "addr lies elsewhere");
_Static_assert(offsetof(struct ring_sqe, len) == offsetof(struct io_uring_sqe, len), "len lies elsewhere");
_Static_assert(offsetof(struct ring_sqe, user_data) == offsetof(struct io_uring_sqe, user_data), "user_data lies elsewhere");

/* struct io_uring_params without its array, for the reason told at struct file_status. */
struct ring_params {
    __u32 sq_entries;
    __u32 cq_entries;
    __u32 flags;
    __u32 sq_thread_cpu;
    __u32 sq_thread_idle;
    __u32 features;
    __u32 wq_fd;
    __u32 reserved0;
    __u32 reserved1;
    __u32 reserved2;
    struct io_sqring_offsets sq_off;
    struct io_cqring_offsets cq_off;
};
_Static_assert(sizeof(struct ring_params) == sizeof(struct io_uring_params), "struct io_uring_params has another size");
_Static_assert(offsetof(struct ring_params, features) == offsetof(struct io_uring_params, features), "features lies elsewhere");
_Static_assert(offsetof(struct ring_params, cq_off) == offsetof(struct io_uring_params, cq_off), "cq_off lies elsewhere");

/* One entry of getdents64(2) without the name, which begins right behind d_type: an array again. */
struct directory_entry {
    ino64_t d_ino;
    off64_t d_off;
    unsigned short d_reclen;
    unsigned char d_type;
};
_Static_assert(offsetof(struct directory_entry, d_reclen) == offsetof(struct dirent64, d_reclen), "d_reclen lies elsewhere");
_Static_assert(offsetof(struct directory_entry, d_type) == offsetof(struct dirent64, d_type), "d_type lies elsewhere");
_Static_assert(offsetof(struct directory_entry, d_type) + 1 == offsetof(struct dirent64, d_name), "d_name lies elsewhere");

/* struct statfs, of which only the type is read. */
struct file_system {
    long f_type;
    long rest0;
    long rest1;
    long rest2;
    long rest3;
    long rest4;
    long rest5;
    long rest6;
    long rest7;
    long rest8;
    long rest9;
    long rest10;
    long rest11;
    long rest12;
    long rest13;
};
_Static_assert(sizeof(struct file_system) == sizeof(struct statfs), "struct statfs has another size");
_Static_assert(offsetof(struct file_system, f_type) == offsetof(struct statfs, f_type), "f_type lies elsewhere");

/* One event of inotify(7) without the name, which begins right behind len: an array again. */
struct folder_event {
    int wd;
    uint32_t mask;
    uint32_t cookie;
    uint32_t len;
};
_Static_assert(sizeof(struct folder_event) == sizeof(struct inotify_event), "struct inotify_event has another size");
_Static_assert(offsetof(struct folder_event, mask) == offsetof(struct inotify_event, mask), "mask lies elsewhere");
_Static_assert(offsetof(struct folder_event, len) == offsetof(struct inotify_event, len), "len lies elsewhere");
_Static_assert(sizeof(struct folder_event) == offsetof(struct inotify_event, name), "name lies elsewhere");
