/*
 * pollset.h
 *		One descriptor that is readable when any of many sockets or timers is.
 *
 * PostgreSQL waits for one descriptor of a foreign scan (an async Append has
 * room for no more), libcurl for several sockets and a timer: they are nested.
 */
#ifndef PCA_POLLSET_H
#define PCA_POLLSET_H

#include "postgres.h"

/* The timers of a set. */
typedef enum PcaPollsetTimer
{
	PCA_POLLSET_LIBCURL,		/* libcurl's */
	PCA_POLLSET_ALARM,			/* ours */
	PCA_POLLSET_NTIMERS
} PcaPollsetTimer;

/* A set of events.  Its descriptors are -1 while it is closed. */
typedef struct PcaPollset
{
	int			descriptor;		/* the one to wait for */
	int			timers[PCA_POLLSET_NTIMERS];
} PcaPollset;

/* One thing that is ready. */
typedef struct PcaPollsetEvent
{
	int			socket;			/* -1: it is a timer */
	PcaPollsetTimer timer;
	bool		readable;
	bool		writable;
	bool		failed;
} PcaPollsetEvent;

/* Make a set that is closed. */
extern void pca_pollset_init(PcaPollset *events);

/*
 * Open a closed set.  Its descriptors are counted by PostgreSQL's file manager.
 * Raises an error when there are none left; the set is to be closed then, too.
 */
extern void pca_pollset_open(PcaPollset *events);

/* Close whatever is open.  Never raises. */
extern void pca_pollset_close(PcaPollset *events);

/*
 * Watch the socket from now on for these; for none, forget it.  False with
 * errno when the kernel refuses.  Never raises.
 */
extern bool pca_pollset_watch(PcaPollset *events, int socket, bool readable, bool writable);

/*
 * Let the timer go off once, after that many milliseconds, instead of when it
 * would have; -1 stops it.  Never raises.
 */
extern void pca_pollset_set_timer(PcaPollset *events, PcaPollsetTimer timer, int64 timeout);

/*
 * Take up to max things that are ready, without waiting; returns how many.  A
 * timer that went off is stopped; a socket stays ready until it is read from.
 * Never raises.
 */
extern int	pca_pollset_poll(PcaPollset *events, PcaPollsetEvent *ready, int max);

/* Milliseconds on a clock that is never set. */
extern int64 pca_pollset_now(void);

#endif							/* PCA_POLLSET_H */
