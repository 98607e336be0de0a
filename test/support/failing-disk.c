/*
 * Preloaded: fails with EIO for files in folders `*.queue` while the directory that FAILING_DISK names has a file of the
 * operation's name: open, read, write, unlink.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static int fails(const char *operation, const char *path)
{
	char control[4096];
	const char *directory = getenv("FAILING_DISK");

	if (!directory || !path || !strstr(path, ".queue/"))
		return 0;
	snprintf(control, sizeof(control), "%s/%s", directory, operation);
	if (access(control, F_OK) != 0)
		return 0;
	errno = EIO;
	return 1;
}

static int fails_fd(const char *operation, int fd)
{
	char link[64], path[4096];
	ssize_t length;

	if (fd < 3)
		return 0;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, path, sizeof(path) - 1);
	if (length < 0)
		return 0;
	path[length] = 0;
	return fails(operation, path);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int open(const char *path, int flags, ...)
{
	va_list rest;
	mode_t mode = 0;

	va_start(rest, flags);
	if (flags & O_CREAT)
		mode = va_arg(rest, mode_t);
	va_end(rest);
	return fails("open", path) ? -1 : REAL(open)(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
	va_list rest;
	mode_t mode = 0;

	va_start(rest, flags);
	if (flags & O_CREAT)
		mode = va_arg(rest, mode_t);
	va_end(rest);
	return fails("open", path) ? -1 : REAL(open64)(path, flags, mode);
}

ssize_t read(int fd, void *buffer, size_t size)
{
	return fails_fd("read", fd) ? -1 : REAL(read)(fd, buffer, size);
}

ssize_t write(int fd, const void *buffer, size_t size)
{
	return fails_fd("write", fd) ? -1 : REAL(write)(fd, buffer, size);
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
	return fails_fd("write", fd) ? -1 : REAL(writev)(fd, parts, count);
}

int unlink(const char *path)
{
	return fails("unlink", path) ? -1 : REAL(unlink)(path);
}
