/*
 * What publishing costs in C: the system calls of PublishStore.publish, and nothing else. No hash is computed.
 *
 *     publish_floor DIRECTORY SIZE SEED
 *
 * Then, for each line on stdin: "new N" publishes N files that are not there, "again N" the same N files once more, "find N" looks for
 * them. Each is answered by a line.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int root, folders[256];
static char *content;
static char *there;
static size_t size;
static long first, next, seed;

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void named(long number, char *name)
{
	sprintf(name, "%lx-%08lx", seed, number);
}

static void stamp(long number)
{
	memcpy(content, &seed, sizeof(seed));
	memcpy(content + sizeof(seed), &number, sizeof(number));
}

static void publish(long number)
{
	int directory = folders[number & 255], fd;
	char name[64];

	named(number, name);
	stamp(number);
	if (utimensat(directory, name, NULL, AT_SYMLINK_NOFOLLOW) == 0) {
		struct stat status;

		fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
		if (fd < 0 || fstat(fd, &status) != 0 || status.st_size != (off_t) size
				|| pread(fd, there, size, 0) != (ssize_t) size || memcmp(there, content, size) != 0)
			fail("another content");
	} else {
		fd = openat(root, ".", O_RDWR | O_TMPFILE | O_CLOEXEC, 0444);
		if (fd < 0 || pwrite(fd, content, size, 0) != (ssize_t) size)
			fail("O_TMPFILE");
		if (linkat(fd, "", directory, name, AT_EMPTY_PATH) != 0) {
			char self[32];

			sprintf(self, "/proc/self/fd/%d", fd);
			if (linkat(AT_FDCWD, self, directory, name, AT_SYMLINK_FOLLOW) != 0)
				fail("linkat");
		}
	}
	close(fd);
}

static void find(long number)
{
	struct stat status;
	char name[64];

	named(number, name);
	if (fstatat(folders[number & 255], name, &status, AT_SYMLINK_NOFOLLOW) != 0)
		fail("not there");
}

int main(int argc, char **argv)
{
	char command[16];
	long count;

	if (argc != 4)
		return 1;
	root = open(argv[1], O_DIRECTORY | O_CLOEXEC);
	size = atol(argv[2]);
	seed = atol(argv[3]);
	content = malloc(size);
	there = malloc(size + 1);
	srandom(seed);
	for (size_t i = 0; i < size; i++)
		content[i] = random() >> 8;
	mkdirat(root, "names", 0777);
	for (int i = 0; i < 256; i++) {
		char folder[32];

		sprintf(folder, "names/%02x", i);
		mkdirat(root, folder, 0777);
		folders[i] = openat(root, folder, O_DIRECTORY | O_CLOEXEC);
	}
	while (scanf("%15s %ld", command, &count) == 2) {
		if (strcmp(command, "new") == 0) {
			first = next;
			next += count;
		}
		for (long i = 0; i < count; i++)
			(strcmp(command, "find") == 0 ? find : publish)(first + i);
		puts("done");
		fflush(stdout);
	}
	return 0;
}
