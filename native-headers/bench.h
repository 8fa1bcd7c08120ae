/*
 * The Linux interfaces that the benchmarks bind beyond the runtime's: placement, the cost of a wait, and what link(2) is waited for with.
 */
#define _GNU_SOURCE 1

#include <errno.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>
#include <linux/futex.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/syscall.h>
