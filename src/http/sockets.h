/*
 * sockets.h
 *		The sockets that a set of connections has open.
 */
#ifndef PCA_SOCKETS_H
#define PCA_SOCKETS_H

#include "postgres.h"

#include <sys/socket.h>

/*
 * How many it may be: the largest max_parallel_requests (64) with two addresses
 * tried at once, the token's, and those that are kept.
 */
#define PCA_SOCKETS_MAX	256

/* All zero, it is none. */
typedef struct PcaSockets
{
	int			count;
	int			fds[PCA_SOCKETS_MAX];
} PcaSockets;

/* Make a socket; -1: there are too many, or the kernel refuses.  Never raises. */
extern int	pca_sockets_open(PcaSockets *sockets, int family, int type, int protocol);

/* Close it.  Returns what close() does. */
extern int	pca_sockets_close(PcaSockets *sockets, int fd);

/*
 * Forget those that libcurl has closed without a word, which it does with the
 * ones that were not connected yet.
 */
extern void pca_sockets_forget_closed(PcaSockets *sockets);

#endif							/* PCA_SOCKETS_H */
