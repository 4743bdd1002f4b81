/*
 * refuse.c
 *		What does a program do when the kernel refuses a call?
 *
 * Loaded before the C library.  The file that REFUSE names says what is refused,
 * once: "FUNCTION N", the call after the next N of a function.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* Whether this call is to fail: the one after as many as the file says, once. */
static int
refused(const char *function)
{
	const char *name = getenv("REFUSE");
	FILE	   *file = name ? fopen(name, "r+") : NULL;
	char		which[32] = "";
	int			after = 0;
	int			found = file && fscanf(file, "%31s %d", which, &after) == 2 && strcmp(which, function) == 0;

	if (found && after == 0)
		unlink(name);
	else if (found)
	{
		rewind(file);
		fprintf(file, "%s %d \n", function, after - 1);
	}
	if (file)
		fclose(file);
	return found && after == 0;
}

/* Whether it is a socket of a network, not PostgreSQL's own to its client. */
static int
is_network(int fd)
{
	struct sockaddr_storage address = {.ss_family = AF_UNIX};
	socklen_t	length = sizeof(address);

	return getsockname(fd, (struct sockaddr *) &address, &length) == 0 && address.ss_family != AF_UNIX;
}

int
epoll_ctl(int epoll, int what, int fd, struct epoll_event *event)
{
	int			(*real) (int, int, int, struct epoll_event *) = dlsym(RTLD_NEXT, "epoll_ctl");

	if (what == EPOLL_CTL_ADD && is_network(fd) && refused("epoll_ctl"))
	{
		errno = ENOSPC;
		return -1;
	}
	return real(epoll, what, fd, event);
}

int
socket(int family, int type, int protocol)
{
	int			(*real) (int, int, int) = dlsym(RTLD_NEXT, "socket");

	if (family != AF_UNIX && refused("socket"))
	{
		errno = EMFILE;
		return -1;
	}
	return real(family, type, protocol);
}
