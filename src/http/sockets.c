/*
 * sockets.c
 *		Opens, closes and counts the sockets of a session.
 *
 * They are counted because PostgreSQL's file manager must know how many
 * descriptors are used by others.
 */
#include "postgres.h"

#include <unistd.h>

#include "http/sockets.h"

/*
 * Add an open socket; false if there are too many.  If its number is known, libcurl
 * has closed the socket that had it.
 */
static bool
add_socket(PcaSockets *sockets, int fd)
{
	for (int i = 0; i < sockets->count; i++)
	{
		if (sockets->fds[i] == fd)
			return true;
	}
	if (sockets->count == PCA_SOCKETS_MAX)
		return false;
	sockets->fds[sockets->count++] = fd;
	return true;
}

int
pca_sockets_open(PcaSockets *sockets, int family, int type, int protocol)
{
	int			fd = socket(family, type | SOCK_CLOEXEC, protocol);

	if (fd < 0 || add_socket(sockets, fd))
		return fd;
	(void) close(fd);
	return -1;
}

int
pca_sockets_close(PcaSockets *sockets, int fd)
{
	for (int i = sockets->count - 1; i >= 0; i--)
	{
		if (sockets->fds[i] == fd)
			sockets->fds[i] = sockets->fds[--sockets->count];
	}
	return close(fd);
}

void
pca_sockets_forget_closed(PcaSockets *sockets)
{
	for (int i = sockets->count - 1; i >= 0; i--)
	{
		int			type;
		socklen_t	length = sizeof(type);

		if (getsockopt(sockets->fds[i], SOL_SOCKET, SO_TYPE, &type, &length) < 0)
			sockets->fds[i] = sockets->fds[--sockets->count];
	}
}
