/*
 * pollset.h
 *		One descriptor that is readable when one of many sockets or timers is
 *		ready.
 *
 * PostgreSQL waits for one descriptor of a foreign scan (an async Append has one
 * for each), libcurl for several sockets and a timer: they are nested.
 */
#ifndef PCA_POLLSET_H
#define PCA_POLLSET_H

#include "postgres.h"

/* The timers of a set. */
typedef enum PcaPollsetTimer
{
	PCA_POLLSET_LIBCURL,		/* of libcurl */
	PCA_POLLSET_ALARM,			/* of http.c */
	PCA_POLLSET_NTIMERS
} PcaPollsetTimer;

/* A poll set.  Its descriptors are -1 while it is closed. */
typedef struct PcaPollset
{
	int			descriptor;		/* to wait for */
	int			timers[PCA_POLLSET_NTIMERS];
} PcaPollset;

/* A socket or timer that is ready. */
typedef struct PcaPollsetEvent
{
	int			socket;			/* -1: it is a timer */
	PcaPollsetTimer timer;
	bool		readable;
	bool		writable;
	bool		failed;
} PcaPollsetEvent;

/* Initialize a closed set. */
extern void pca_pollset_init(PcaPollset *events);

/*
 * Open a closed set.  Its descriptors are counted by PostgreSQL's file manager.
 * Errors: no descriptor left; the caller must close the set then, too.
 */
extern void pca_pollset_open(PcaPollset *events);

/* Close what is open.  Raises no error. */
extern void pca_pollset_close(PcaPollset *events);

/*
 * Watch the socket for these events from now on; if both are false, stop watching
 * it.  Returns false, with errno set, if the kernel refuses.  Raises no error.
 */
extern bool pca_pollset_watch(PcaPollset *events, int socket, bool readable, bool writable);

/*
 * Let the timer fire once, timeout ms from now, in place of its earlier setting;
 * -1 stops it.  Raises no error.
 */
extern void pca_pollset_set_timer(PcaPollset *events, PcaPollsetTimer timer, int64 timeout);

/*
 * Store at most max events that are ready in ready[], without waiting; returns
 * their number.  A timer that fired is stopped; a socket is ready until it has
 * been read.  Raises no error.
 */
extern int	pca_pollset_poll(PcaPollset *events, PcaPollsetEvent *ready, int max);

/* Returns the time of a monotonic clock, in ms. */
extern int64 pca_pollset_now(void);

#endif							/* PCA_POLLSET_H */
