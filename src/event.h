/*
 * event.h
 *		One descriptor that is readable when any of many sockets or timers is.
 *
 * PostgreSQL waits for one descriptor of a foreign scan (an async Append has
 * room for no more), libcurl for several sockets and a timer: they are nested.
 */
#ifndef PCA_EVENT_H
#define PCA_EVENT_H

#include "postgres.h"

/* The timers of a set. */
typedef enum PcaEventTimer
{
	PCA_EVENT_PROTOCOL,			/* libcurl's */
	PCA_EVENT_ALARM,			/* ours */
	PCA_EVENT_NTIMERS
} PcaEventTimer;

/* A set of events.  Its descriptors are -1 while it is closed. */
typedef struct PcaEvents
{
	int			descriptor;		/* the one to wait for */
	int			timers[PCA_EVENT_NTIMERS];
} PcaEvents;

/* One thing that is ready. */
typedef struct PcaEventReady
{
	int			socket;			/* -1: it is a timer */
	PcaEventTimer timer;
	bool		readable;
	bool		writable;
	bool		failed;
} PcaEventReady;

/* Make a set that is closed. */
extern void pca_event_init(PcaEvents *events);

/*
 * Open a closed set.  Its descriptors are counted by PostgreSQL's file manager.
 * Raises an error when there are none left; the set is to be closed then, too.
 */
extern void pca_event_open(PcaEvents *events);

/* Close whatever is open.  Never raises. */
extern void pca_event_close(PcaEvents *events);

/*
 * Watch the socket from now on for these; for none, forget it.  False with
 * errno when the kernel refuses.  Never raises.
 */
extern bool pca_event_watch(PcaEvents *events, int socket, bool readable, bool writable);

/*
 * Let the timer go off once, after that many milliseconds, instead of when it
 * would have; -1 stops it.  Never raises.
 */
extern void pca_event_arm(PcaEvents *events, PcaEventTimer timer, int64 timeout);

/*
 * Take up to max things that are ready, without waiting; returns how many.  A
 * timer that went off is stopped; a socket stays ready until it is read from.
 * Never raises.
 */
extern int	pca_event_take(PcaEvents *events, PcaEventReady *ready, int max);

/* Milliseconds on a clock that is never set. */
extern int64 pca_event_now(void);

#endif							/* PCA_EVENT_H */
