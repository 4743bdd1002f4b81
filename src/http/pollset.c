/*
 * pollset.c
 *		One descriptor that is readable when one of many sockets or timers is
 *		ready.
 *
 * Linux's epoll, with timerfds in it.  Another kernel needs another way to
 * nest (kqueue does it), and only this file changes.
 *
 * See http.c for the wait, and for what happens when a socket or timer is ready.
 */
#include "postgres.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "storage/fd.h"

#include "http/pollset.h"

/* Events requested from the kernel at once; further ones remain ready. */
#define PCA_POLLSET_EVENT_BATCH		16

void
pca_pollset_init(PcaPollset *events)
{
	events->descriptor = -1;
	for (int i = 0; i < PCA_POLLSET_NTIMERS; i++)
		events->timers[i] = -1;
}

/* Open an epoll or timer descriptor, and count it. */
static int
open_descriptor(bool timer)
{
	int			fd = -1;

	if (AcquireExternalFD())
	{
		if (timer)
			fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
		else
			fd = epoll_create1(EPOLL_CLOEXEC);
		if (fd < 0)
		{
			int			saved = errno;

			ReleaseExternalFD();
			errno = saved;
		}
	}
	if (fd < 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not open a descriptor to wait for the network: %m")));
	return fd;
}

/* Add a timer to the set. */
static void
nest_timer(PcaPollset *events, PcaPollsetTimer timer)
{
	struct epoll_event event = {.events = EPOLLIN};

	event.data.fd = events->timers[timer];
	if (epoll_ctl(events->descriptor, EPOLL_CTL_ADD, events->timers[timer], &event) < 0)
		ereport(ERROR,
				(errcode_for_socket_access(),
				 errmsg("could not watch a timer: %m")));
}

void
pca_pollset_open(PcaPollset *events)
{
	events->descriptor = open_descriptor(false);
	for (int i = 0; i < PCA_POLLSET_NTIMERS; i++)
	{
		events->timers[i] = open_descriptor(true);
		nest_timer(events, i);
	}
}

void
pca_pollset_close(PcaPollset *events)
{
	for (int i = 0; i < PCA_POLLSET_NTIMERS; i++)
	{
		if (events->timers[i] >= 0)
		{
			close(events->timers[i]);
			ReleaseExternalFD();
		}
	}
	if (events->descriptor >= 0)
	{
		close(events->descriptor);
		ReleaseExternalFD();
	}
	pca_pollset_init(events);
}

bool
pca_pollset_watch(PcaPollset *events, int socket, bool readable, bool writable)
{
	struct epoll_event event = {0};

	event.data.fd = socket;
	event.events = (readable ? EPOLLIN : 0) | (writable ? EPOLLOUT : 0);
	if (event.events == 0)
	{
		/* the kernel has forgotten a socket that is closed already */
		(void) epoll_ctl(events->descriptor, EPOLL_CTL_DEL, socket, &event);
		return true;
	}
	if (epoll_ctl(events->descriptor, EPOLL_CTL_MOD, socket, &event) == 0)
		return true;
	return errno == ENOENT &&
		epoll_ctl(events->descriptor, EPOLL_CTL_ADD, socket, &event) == 0;
}

void
pca_pollset_set_timer(PcaPollset *events, PcaPollsetTimer timer, int64 timeout)
{
	struct itimerspec when;

	memset(&when, 0, sizeof(when));
	if (timeout >= 0)
	{
		when.it_value.tv_sec = timeout / 1000;
		when.it_value.tv_nsec = (timeout % 1000) * 1000000;

		/* all zero would stop the timer */
		if (timeout == 0)
			when.it_value.tv_nsec = 1;
	}
	(void) timerfd_settime(events->timers[timer], 0, &when, NULL);
}

/* Convert an event of the kernel. */
static PcaPollsetEvent
convert_event(PcaPollset *events, const struct epoll_event *event)
{
	PcaPollsetEvent ready = {.socket = event->data.fd};

	for (int i = 0; i < PCA_POLLSET_NTIMERS; i++)
	{
		uint64		expirations;

		if (event->data.fd != events->timers[i])
			continue;
		ready.socket = -1;
		ready.timer = i;
		if (read(events->timers[i], &expirations, sizeof(expirations)) < 0)
			Assert(errno == EAGAIN);
	}
	ready.readable = (event->events & EPOLLIN) != 0;
	ready.writable = (event->events & EPOLLOUT) != 0;
	ready.failed = (event->events & (EPOLLERR | EPOLLHUP)) != 0;
	return ready;
}

int
pca_pollset_poll(PcaPollset *events, PcaPollsetEvent *ready, int max)
{
	struct epoll_event batch[PCA_POLLSET_EVENT_BATCH];
	int			n;

	n = epoll_wait(events->descriptor, batch, Min(max, PCA_POLLSET_EVENT_BATCH), 0);
	for (int i = 0; i < n; i++)
		ready[i] = convert_event(events, &batch[i]);
	return Max(n, 0);
}

int64
pca_pollset_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
