/*
 * sockets.h
 *		Opens, closes and counts the sockets of a session.
 */
#ifndef PCA_SOCKETS_H
#define PCA_SOCKETS_H

#include "postgres.h"

#include <sys/socket.h>

/*
 * Limit of the open sockets: the largest max_parallel_requests (64), each with two
 * addresses tried at once, the token request's, and idle connections.
 */
#define PCA_SOCKETS_MAX	256

/* The open sockets.  All zero, there are none. */
typedef struct PcaSockets
{
	int			count;
	int			fds[PCA_SOCKETS_MAX];
} PcaSockets;

/*
 * Open a socket, as socket(2) does.  Returns -1 if that fails or if there are too
 * many.  Raises no error.
 */
extern int	pca_sockets_open(PcaSockets *sockets, int family, int type, int protocol);

/* Close a socket.  Returns the result of close(2). */
extern int	pca_sockets_close(PcaSockets *sockets, int fd);

/*
 * Remove the sockets that are not open any more: libcurl closes those that were
 * not connected yet itself.
 */
extern void pca_sockets_forget_closed(PcaSockets *sockets);

#endif							/* PCA_SOCKETS_H */
