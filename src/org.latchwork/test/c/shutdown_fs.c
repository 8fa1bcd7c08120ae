/*
 * Shuts a file system down without flushing anything, as a loss of power does: shutdown_fs MOUNTPOINT.
 * ext4's EXT4_IOC_SHUTDOWN and XFS's XFS_IOC_GOINGDOWN are one number, and 2 says "no log flush" to both.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>

#define GOING_DOWN _IOR('X', 125, uint32_t)

int main(int argc, char **argv)
{
	uint32_t no_log_flush = 2;
	int fd = open(argc == 2 ? argv[1] : "", O_RDONLY);

	if (fd < 0 || ioctl(fd, GOING_DOWN, &no_log_flush) != 0) {
		perror("shutdown_fs");
		return 1;
	}
	return 0;
}
